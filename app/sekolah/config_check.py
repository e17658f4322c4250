"""Judges a candidate settings file before it is put in place: against its own rules, this machine and this server.

What only the place can tell is asked here: is the folder there, did that centre activate this server, does a sitting
fall into the hours, does the centre answer. Nothing is written, not even a database that is not there.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy
from sqlalchemy.orm import Session

from app.domain import centre_key
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import Identity
from app.sekolah.services import sync_hours
from app.sekolah.services.identity import find_identity
from app.settings import SekolahSettings, Settings, SettingsError, read_toml, settings_from
from app.sync.http_client import HttpClient

REACH_S = 10.0
LARGEST = 100_000  # bytes


def read_candidate(name: str, content: bytes) -> Settings:
    """The settings in a file, whatever environment and files there are besides; raises SettingsError."""
    if len(content) > LARGEST:
        raise SettingsError(name, "Berkas pengaturan terlalu besar.", "Pakai berkas yang hanya berisi pengaturan.")
    return settings_from(read_toml(name, content))


def check(settings: Settings, now: datetime) -> None:
    """Whether these settings fit this machine and this server; raises Refusal B-734 to B-739."""
    if not isinstance(settings, SekolahSettings):
        return
    if settings.usb_path:
        _check_usb(Path(settings.usb_path), settings.data_dir)
    engine = _existing_database(settings)
    if engine is None:
        return
    try:
        with Session(engine) as session:
            _check_identity(find_identity(session), settings)
            _check_sittings(session, settings, now)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise Refusal(
            "B-750",
            N_("Basis data server ini tidak dapat dibaca untuk mencocokkan pengaturan."),
            N_("Jalankan guyub doctor. Bila baru diperbarui, jalankan guyub db upgrade dahulu."),
            status=500,
        ) from error
    finally:
        engine.dispose()


def reach(settings: Settings) -> None:
    """Whether the centre answers at its address, by the proxy if there is one; raises what `HttpClient` refuses."""
    if isinstance(settings, SekolahSettings) and settings.centre_url:
        HttpClient(settings.centre_url, REACH_S, proxy=settings.proxy).call("GET", "/healthz")


def _check_usb(folder: Path, data_dir: Path) -> None:
    real, data = folder.resolve(), data_dir.resolve()
    if not folder.is_dir():
        raise Refusal(
            "B-739",
            N_("Folder USB %(value)s tidak ada di server ini."),
            N_("Pasang USB dahulu, atau tulis folder tempat USB benar-benar terpasang."),
            values={"value": str(folder)},
        )
    if real.is_relative_to(data) or data.is_relative_to(real):
        raise Refusal(
            "B-739",
            N_("Folder USB %(value)s berada di dalam data server, atau memuatnya."),
            N_("Tulis tempat USB terpasang, misalnya /media/usb. Data server bukan USB."),
            values={"value": str(folder)},
        )


def _existing_database(settings: SekolahSettings) -> sqlalchemy.Engine | None:
    """The database, if it is there and has been set up."""
    address = sqlalchemy.make_url(settings.database_url)
    if settings.uses_sqlite and not Path(address.database or "").is_file():
        return None
    engine = sqlalchemy.create_engine(address)
    try:
        if sqlalchemy.inspect(engine).has_table(Identity.__tablename__):
            return engine
    except sqlalchemy.exc.SQLAlchemyError:
        return engine  # it is there and does not answer: the caller says so
    engine.dispose()
    return None


def _check_identity(known: Identity | None, settings: SekolahSettings) -> None:
    if known is None or not known.confirmed:
        return
    if settings.centre_key and centre_key.parse(settings.centre_key) != known.centre_sign_public:
        raise Refusal(
            "B-734",
            N_("Kunci ini milik pusat lain: server ini aktif sebagai %(server)s pada pusat dengan kunci %(key)s."),
            N_("Pakai kunci pusat yang mengaktifkan server ini. Untuk pindah pusat, siapkan ulang servernya."),
            status=409,
            values={"server": known.server_id, "key": centre_key.as_text(known.centre_sign_public)[:9]},
        )
    if settings.server_id and settings.server_id != known.server_id:
        raise Refusal(
            "B-735",
            N_("ID Server %(value)s bukan milik server ini: server ini aktif sebagai %(known)s."),
            N_("Tulis ID yang benar untuk server ini; mungkin tertukar dengan server lain di sekolah."),
            status=409,
            values={"value": settings.server_id, "known": known.server_id},
        )


def _check_sittings(session: Session, settings: SekolahSettings, now: datetime) -> None:
    found = sync_hours.in_the_way(session, settings.sync_windows, settings.time_zone, now)
    if found:
        raise Refusal(
            "B-736",
            N_("Jam sinkronisasi %(value)s mengenai sesi %(title)s yang sudah ada di server ini."),
            N_("Pindahkan jam sinkronisasi: jalur dipakai ujian sejak satu jam sebelum mulai sampai selesai."),
            values={"value": str(found[1]), "title": found[0]},
        )
