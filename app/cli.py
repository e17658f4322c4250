"""The command `guyub`: verbs grouped by who uses them.

Commands parse, call one service, print. What a program may read has `--json`. A refusal ends with code 2, its cause
and its remedy; a fault ends with code 1 and its trace.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, BinaryIO

import click

from app.domain.refusals import Refusal
from app.settings import Settings, SettingsError, check_time_zones, load_settings

GROUPS = {
    "Setiap hari": ("serve", "demo", "staff"),
    "Teknisi": ("config", "db", "audit", "sekolah", "rehearse", "pusat", "box", "lab", "doctor", "backup", "readiness"),
    "Penulis soal": ("questions",),
}
BORROWED = {
    "questions": "app.pusat.services.question_files.command",
    "demo": "app.demo.command",
    "sekolah": "app.sekolah.command",
    "pusat": "app.pusat.command",
    "rehearse": "app.rehearsal.command",
    "readiness": "app.lab_command",
    "box": "appliance.command",
    "lab": "appliance.lab.command",
    "doctor": "appliance.doctor.command",
    "backup": "appliance.backup.command",
}


class GroupedCommands(click.Group):
    """Help by reader, and commands of other rooms loaded only when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted({*self.commands, *(name for name, module in BORROWED.items() if _exists(module))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in BORROWED and _exists(BORROWED[cmd_name]):
            command: click.Command = getattr(import_module(BORROWED[cmd_name]), cmd_name)
            return command
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        left = self.list_commands(ctx)
        sections = {title: [name for name in names if name in left] for title, names in GROUPS.items()}
        named = {name for names in sections.values() for name in names}
        sections["Lainnya"] = [name for name in left if name not in named]
        for title, names in sections.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name, command.get_short_help_str(90)) for name, command in commands if command]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@click.group(cls=GroupedCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--role", type=click.Choice(["pusat", "sekolah"]), help="Peran server ini (GUYUB_ROLE).")
@click.option("--data-dir", type=click.Path(), help="Folder data (GUYUB_DATA_DIR).")
@click.version_option(package_name="guyub")
@click.pass_context
def guyub(ctx: click.Context, role: str | None, data_dir: str | None) -> None:
    """Guyub, server ujian sekolah."""
    ctx.obj = {"role": role, "data_dir": data_dir}


def main() -> None:
    """Run the command; expected failures are told in two lines."""
    try:
        guyub(standalone_mode=True)
    except SettingsError as error:
        _tell(f"{error.code} {error.name}".strip(), error.cause, error.remedy)
    except Refusal as refusal:
        values = refusal.values
        _tell(refusal.code, refusal.cause % values if values else refusal.cause, refusal.remedy % values)


def _tell(name: str, cause: str, remedy: str) -> None:
    click.echo(f"{name}: {cause}\n{remedy}", err=True)
    sys.exit(2)


def given_settings(ctx: click.Context, **more: str | int | None) -> Settings:
    """Settings of this command: options win over environment and file."""
    check_time_zones()
    return load_settings(None, **ctx.find_root().obj, **more)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@guyub.command()
@click.option("--part", type=click.Choice(["exam", "web", "front", "both"]), default="both", help="Yang dijalankan.")
@click.option("--server", type=click.Choice(["auto", "nginx", "gunicorn", "waitress"]), default="auto")
@click.option("--host", help="Alamat (GUYUB_HOST).")
@click.option("--port", type=int, help="Port (GUYUB_PORT).")
@click.pass_context
def serve(ctx: click.Context, part: str, server: str, host: str | None, port: int | None) -> None:
    """Jalankan server dan jaga prosesnya."""
    from app.serving import serve as start

    sys.exit(start(given_settings(ctx, host=host, port=port), part=part, server=server))


@guyub.group()
def config() -> None:
    """Pengaturan server ini."""


@config.command("check")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--reach", is_flag=True, help="Tanyai juga pusat di alamatnya.")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def check_config(ctx: click.Context, file: BinaryIO | None, reach: bool, as_json: bool) -> None:
    """Periksa pengaturan dan tampilkan hasilnya. Dengan FILE: calon pengaturan, sebelum dipasang (- dari masukan)."""
    try:
        settings = _candidate(file, reach) if file else given_settings(ctx)
    except (SettingsError, Refusal) as error:
        if not (file and as_json):
            raise
        click.echo(json.dumps({"ok": False, **_told(error)}, ensure_ascii=False))
        sys.exit(2)
    values = dataclasses.asdict(settings)
    values["database_url"] = _without_password(str(values["database_url"]))
    if file and as_json:
        click.echo(json.dumps({"ok": True, "settings": values}, ensure_ascii=False, default=str))
        return
    if as_json:
        _print_json(values)
        return
    for name, value in values.items():
        click.echo(f"{name} = {value}")
    click.echo("Pengaturan dapat dipakai.")


def _candidate(file: BinaryIO, reach: bool) -> Settings:
    from app.sekolah import config_check
    from app.services.system_clock import SystemClock

    check_time_zones()
    settings = config_check.read_candidate(getattr(file, "name", "-"), file.read(config_check.LARGEST + 1))
    config_check.check(settings, SystemClock().now())
    if reach:
        config_check.reach(settings)
    return settings


def _told(error: SettingsError | Refusal) -> dict[str, str]:
    if isinstance(error, SettingsError):
        return {"code": error.code, "name": error.name, "cause": error.cause, "remedy": error.remedy}
    values = error.values
    cause, remedy = (text % values if values else text for text in (error.cause, error.remedy))
    return {"code": error.code, "name": "", "cause": cause, "remedy": remedy}


def _without_password(address: str) -> str:
    from sqlalchemy import make_url

    return make_url(address).render_as_string(hide_password=True)


def open_app(ctx: click.Context) -> Any:
    """The web application of this server, for commands that need its database."""
    from app.factory import create_app

    return create_app(given_settings(ctx))


@guyub.group("db")
def database() -> None:
    """Basis data."""


@database.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Sesuaikan basis data dengan versi program; SQLite dicadangkan dahulu."""
    import flask_migrate

    from app.models import db
    from app.services.database_upgrade import newest_revision, upgrade_database
    from app.services.system_clock import SystemClock

    app = open_app(ctx)
    with app.app_context():
        folder = given_settings(ctx).data_dir / "backups"
        backup = upgrade_database(db.engine, folder, SystemClock(), flask_migrate.upgrade)
    if backup:
        click.echo(f"Cadangan: {backup}")
    click.echo(f"Basis data pada versi {newest_revision()}.")


@database.command("is-current")
@click.pass_context
def is_current(ctx: click.Context) -> None:
    """Kode keluar 0 bila basis data sesuai versi program, 3 bila belum; tidak mengubah apa-apa."""
    from sqlalchemy import create_engine

    from app.services.database_upgrade import current_revision, newest_revision

    engine = create_engine(given_settings(ctx).database_url)
    try:
        found = current_revision(engine)
    finally:
        engine.dispose()
    click.echo(f"Basis data pada versi {found or '-'}, program memerlukan {newest_revision()}.")
    sys.exit(0 if found == newest_revision() else 3)


@guyub.group()
def staff() -> None:
    """Akun petugas."""


@staff.command("add")
@click.argument("username")
@click.option("--name", prompt="Nama lengkap", help="Nama lengkap.")
@click.option("--staff-role", "staff_role", required=True, help="author, operator, administrator, proktor, teknisi.")
@click.option("--password-stdin", is_flag=True, help="Baca kata sandi dari masukan; tanpa ini dibuatkan.")
@click.pass_context
def add_account(ctx: click.Context, username: str, name: str, staff_role: str, password_stdin: bool) -> None:
    """Tambah akun petugas."""
    from app.services import staff_accounts
    from app.services.system_clock import SystemClock

    password = _read_or_make_password(password_stdin)
    from app.web.transactions import current_session

    with open_app(ctx).app_context():
        staff_accounts.add_staff(
            current_session(),
            SystemClock(),
            username=username,
            name=name,
            role=staff_role,
            password=password,
            place=given_settings(ctx).role,
            actor="command",
        )
        current_session().commit()
    click.echo(f"Akun {username} sudah dibuat.")
    if not password_stdin:
        click.echo(f"Kata sandi: {password}")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def list_accounts(ctx: click.Context, as_json: bool) -> None:
    """Daftar akun petugas."""
    from app.services import staff_accounts
    from app.web.transactions import current_session

    with open_app(ctx).app_context():
        rows = [
            {"username": item.username, "name": item.name, "role": item.role, "active": item.active}
            for item in staff_accounts.list_staff(current_session())
        ]
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['username']:<20} {row['role']:<14} {'aktif' if row['active'] else 'ditutup':<8} {row['name']}"
        )


@staff.command("password")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Baca kata sandi dari masukan; tanpa ini dibuatkan.")
@click.pass_context
def set_password(ctx: click.Context, username: str, password_stdin: bool) -> None:
    """Ganti kata sandi petugas; semua perangkatnya keluar."""
    from app.services import staff_accounts
    from app.services.system_clock import SystemClock

    password = _read_or_make_password(password_stdin)
    from app.web.transactions import current_session

    with open_app(ctx).app_context():
        found = staff_accounts.find_staff(current_session(), username)
        if found is None:
            raise Refusal("W-116", "Akun ini tidak ada.", "Lihat daftar akun: guyub staff list")
        staff_accounts.change_password(current_session(), SystemClock(), found, password, "command")
        current_session().commit()
    click.echo(f"Kata sandi {username} sudah diganti.")
    if not password_stdin:
        click.echo(f"Kata sandi: {password}")


def _read_or_make_password(from_input: bool) -> str:
    from app.services import staff_accounts

    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return staff_accounts.easy_password(secrets.SystemRandom())


@guyub.group()
def audit() -> None:
    """Log audit."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Untuk dibaca program.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Periksa rantai log audit; kode keluar 1 bila putus."""
    from app.services import audit as log
    from app.web.transactions import current_session

    with open_app(ctx).app_context():
        broken, head = log.verify(current_session()), log.head(current_session())
    if as_json:
        _print_json(
            {
                "intact": broken is None,
                "broken_at": broken.number if broken else None,
                "reason": broken.reason if broken else None,
                "lines": head.number if head else 0,
                "head": head.hash.hex() if head else None,
            }
        )
    elif broken:
        click.echo(f"Rantai putus pada baris {broken.number} ({broken.reason}).")
    else:
        click.echo(f"Rantai utuh: {head.number if head else 0} baris, ujung {head.hash.hex() if head else '-'}.")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
