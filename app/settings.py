"""What one server is told when it starts: frozen, per role, from defaults < TOML file < environment.

An unknown name or an odd value stops the start with its cause and remedy; nothing is guessed, and nothing here is a
secret (those are made at first start, see `app.services.keyfiles`).
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from app.domain import sync_rules
from app.domain.refusals import Refusal

ENVIRONMENT_PREFIX = "GUYUB_"
NOT_SETTINGS = frozenset({"GUYUB_CONFIG", "GUYUB_TEST_DATABASE", "GUYUB_ACTIONS", "GUYUB_BOX_ROOT"})
T = TypeVar("T")
LOCAL_ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


class SettingsError(Exception):
    """A setting that cannot be used: which one, why, and what to do."""

    def __init__(self, name: str, cause: str, remedy: str, code: str = "") -> None:
        super().__init__(f"{name}: {cause} {remedy}")
        self.name = name
        self.code = code
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings that both roles have. Sizes are in MB (1,000,000 bytes), times in the unit of their name."""

    role: str
    data_dir: Path
    database_url: str
    host: str
    port: int
    language: str = "id"
    time_zone: str = "Asia/Jakarta"
    web_workers: int = 2
    web_threads: int = 8
    trusted_proxies: int = 0
    https: bool = False
    https_only: bool = False
    tls_port: int = 443
    tls_certificate: str = ""
    tls_key: str = ""
    sockets_dir: str = ""
    log_format: str = "json"
    log_level: str = "info"
    max_upload_mb: int = 64
    staff_session_hours: int = 12

    @property
    def keys_dir(self) -> Path:
        """Where secrets made at first start lie (0700, files 0600)."""
        return self.data_dir / "keys"

    @property
    def exchange_dir(self) -> Path:
        """The exchange tree: the files the two roles hand each other."""
        return self.data_dir / "exchange"

    @property
    def run_dir(self) -> Path:
        """Sockets, generated configuration and process files of one run."""
        return self.data_dir / "run"

    @property
    def parts_dir(self) -> Path:
        """Where the parts of this server meet: their unix sockets (a box lets systemd hold them, outside the data)."""
        return Path(self.sockets_dir) if self.sockets_dir else self.run_dir

    @property
    def secure_cookies(self) -> bool:
        """Whether pages are reached by https and nothing else."""
        return self.https or self.https_only

    @property
    def uses_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")


@dataclass(frozen=True, slots=True, kw_only=True)
class PusatSettings(Settings):
    """The centre."""

    role: str = "pusat"
    host: str = "127.0.0.1"
    port: int = 8100
    centre_name: str = "Pusat Guyub"
    public_url: str = ""
    several_hosts: bool = False  # this is one node of several: what they share lies in the database

    @property
    def incoming_dir(self) -> Path:
        """Chunks of uploads that are not complete yet."""
        return self.data_dir / "incoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class SekolahSettings(Settings):
    """A school's server. It listens on the whole LAN: that is what it is for."""

    role: str = "sekolah"
    host: str = "0.0.0.0"  # noqa: S104 - exam PCs reach it over the LAN
    port: int = 8200
    centre_url: str = ""
    centre_key: str = ""  # the centre's signing key (`guyub pusat key`): no other centre is believed
    server_id: str = ""  # the only *ID Server* that this machine may be activated as
    proxy: str = ""
    sync_windows: str = ""  # local hours in which packages are fetched without anybody asking, e.g. 18:00-22:00
    exam_hours: str = "06:00-18:00"  # local; no such fetching then
    sync_kbps: int = 0  # the most that packages and results take of the line, kbit/s; 0 means all of it
    package_mb: int = 200  # what a package may have, for judging `sync_kbps`
    usb_path: str = ""  # where a stick is mounted, besides the usual places
    exam_threads: int = 64
    sync_interval_s: int = 60
    disk_reserve_mb: int = 100  # what 500 students write in a day, and as much again

    @property
    def open_dir(self) -> Path:
        """Papers and media that have been released; nothing lies here before."""
        return self.data_dir / "open"


_CHOICES: dict[str, tuple[str, ...]] = {
    "role": ("pusat", "sekolah"),
    "language": ("id", "en"),
    "time_zone": LOCAL_ZONES,
    "log_format": ("json", "console"),
    "log_level": ("debug", "info", "warning", "error"),
}
_RANGES: dict[str, tuple[int, int]] = {
    "port": (1, 65535),
    "web_workers": (0, 64),
    "web_threads": (0, 256),
    "tls_port": (1, 65535),
    "exam_threads": (1, 1024),
    "trusted_proxies": (0, 5),
    "max_upload_mb": (1, 2000),
    "staff_session_hours": (1, 48),
    "sync_interval_s": (5, 3600),
    "disk_reserve_mb": (0, 100_000),
    "sync_kbps": (0, sync_rules.MOST_KBPS),
    "package_mb": (1, 10_000),
}
_CLASSES: dict[str, type[Settings]] = {"pusat": PusatSettings, "sekolah": SekolahSettings}


def load_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings of this server. `given` (from the command line) wins over everything; raises SettingsError."""
    environment = os.environ if environment is None else environment
    from_environment = {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in NOT_SETTINGS
    }
    explicit = {name: value for name, value in given.items() if value is not None}
    early = {**from_environment, **explicit}
    file = _config_file(environment, early)
    return settings_from({**_read_file(file), **early})


def settings_from(values: dict[str, Any]) -> Settings:
    """Settings of these values and no others; raises SettingsError."""
    values = dict(values)
    role = _chosen("role", values.pop("role", None))
    settings_class = _CLASSES[role]
    known = {field.name: field for field in dataclasses.fields(settings_class)}
    for name in values:
        if name not in known:
            raise SettingsError(
                name,
                f"Pengaturan ini tidak dikenal untuk peran {role}.",
                "Hapus atau betulkan namanya; daftar nama ada di README.",
            )
    data_dir = Path(str(values.pop("data_dir", Path("data") / role))).absolute()
    values.setdefault("database_url", f"sqlite:///{data_dir / 'guyub.sqlite'}")
    checked: dict[str, Any] = {name: _checked(name, known[name].type, value) for name, value in values.items()}
    if checked.get("several_hosts") and str(checked["database_url"]).startswith("sqlite"):
        raise SettingsError(
            "several_hosts",
            "Beberapa mesin tidak dapat berbagi satu berkas SQLite.",
            "Isi database_url dengan alamat PostgreSQL, atau hapus several_hosts.",
        )
    settings = settings_class(role=role, data_dir=data_dir, **checked)
    if isinstance(settings, SekolahSettings):
        given_hours = settings.sync_windows, settings.exam_hours, settings.sync_kbps, settings.package_mb
        _by_sync_rule("sync_windows", lambda: sync_rules.hold_together(*given_hours))
    return settings


def as_environment(settings: Settings) -> dict[str, str]:
    """The environment that gives a program these settings and no others, whatever file or environment named them."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    empty = {field.name for field in dataclasses.fields(settings) if field.default in {"", dataclasses.MISSING}}
    return plain | {
        f"{ENVIRONMENT_PREFIX}{name.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in dataclasses.asdict(settings).items()
        if value != "" or name not in empty
    }


def _config_file(environment: Mapping[str, str], early: Mapping[str, object]) -> Path | None:
    """The TOML file: named by GUYUB_CONFIG (then it must exist), else guyub.toml in the data folder if it is there."""
    named = environment.get("GUYUB_CONFIG")
    if named:
        path = Path(named)
        if not path.is_file():
            raise SettingsError(
                "GUYUB_CONFIG", f"Berkas {path} tidak ada.", "Betulkan alamat berkasnya atau hapus GUYUB_CONFIG."
            )
        return path
    data_dir = early.get("data_dir") or (Path("data") / str(early["role"]) if "role" in early else None)
    if data_dir is None:
        return None
    path = Path(str(data_dir)) / "guyub.toml"
    return path if path.is_file() else None


def _read_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return read_toml(str(path), path.read_bytes())
    except OSError as error:
        raise SettingsError(str(path), f"Berkas tidak terbaca: {error}.", "Periksa berkas dan hak bacanya.") from error


def read_toml(name: str, content: bytes) -> dict[str, Any]:
    """The values in a settings file; raises SettingsError under this name."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(
            name, f"Berkas pengaturan tidak terbaca: {error}.", "Betulkan berkas itu (format TOML, UTF-8)."
        ) from error


def _checked(name: str, type_name: object, value: object) -> object:
    kind = str(type_name)
    if kind == "int":
        return _whole_number(name, value)
    if kind == "bool":
        return _yes_or_no(name, value)
    if not isinstance(value, str | Path):
        raise SettingsError(name, f"Nilai {value!r} bukan teks.", "Tulis nilainya di antara tanda kutip.")
    text = str(value)
    if name in _CHOICES:
        return _chosen(name, text)
    if name in sync_rules.RULES:
        return _by_sync_rule(name, lambda: sync_rules.checked(name, text))
    if name == "public_url" and text:
        return _web_address(name, text)
    if name == "database_url":
        return _database_address(text)
    if name == "host" and not text.strip():
        raise SettingsError(name, "Alamat kosong.", "Tulis alamat, misalnya 127.0.0.1.")
    return text


def _chosen(name: str, value: object) -> str:
    choices = _CHOICES[name]
    if value not in choices:
        told = "belum diisi" if value is None else f"{value!r} bukan pilihan"
        raise SettingsError(
            name, f"Nilai {told}.", f"Pilih salah satu: {', '.join(choices)} (GUYUB_{name.upper()} atau guyub.toml)."
        )
    return str(value)


def _whole_number(name: str, value: object) -> int:
    low, high = _RANGES[name]
    try:
        number = value if isinstance(value, int) and not isinstance(value, bool) else int(str(value), 10)
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        raise SettingsError(
            name, f"Nilai {value!r} bukan bilangan yang dapat dipakai.", f"Pakai bilangan bulat {low} sampai {high}."
        )
    return number


def _yes_or_no(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    answer = words.get(str(value).strip().lower())
    if answer is None:
        raise SettingsError(name, f"Nilai {value!r} bukan ya atau tidak.", "Pakai true atau false.")
    return answer


def _by_sync_rule(name: str, rule: Callable[[], T]) -> T:
    try:
        return rule()
    except Refusal as refusal:
        cause, remedy = (text % refusal.values if refusal.values else text for text in (refusal.cause, refusal.remedy))
        about = "sync_kbps" if refusal.code == "B-738" else name
        raise SettingsError(about, cause, remedy, refusal.code) from refusal


def _web_address(name: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(
            name, f"Nilai {text!r} bukan alamat web.", "Tulis seperti https://pusat.example.id tanpa tanda tanya."
        )
    return text.rstrip("/")


def _database_address(text: str) -> str:
    for start in ("sqlite:///", "postgresql+psycopg://"):
        if text.startswith(start) and len(text) > len(start):
            return text
    if text.startswith("postgresql://"):
        return text.replace("postgresql://", "postgresql+psycopg://", 1)
    raise SettingsError(
        "database_url",
        "Basis data ini tidak didukung.",
        "Pakai sqlite:///berkas atau postgresql://pengguna@host/nama.",
    )


def check_time_zones() -> None:
    """Refuse to start where the system has no time zone data (Windows without the tzdata package)."""
    if not set(LOCAL_ZONES) <= available_timezones():
        raise SettingsError(
            "time_zone", "Data zona waktu tidak ada di komputer ini.", "Pasang paket tzdata: pip install tzdata."
        )
