"""What all tests share: a database of their own, both applications, a clock they own, and no network but loopback."""

from __future__ import annotations

import os
import random
import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from argon2 import PasswordHasher
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from hypothesis import settings as example_settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session

from app.domain.permissions import Role
from app.factory import create_app
from app.models import Staff, db
from app.sekolah.views import student_api
from app.services import staff_accounts
from app.services.database_upgrade import newest_revision
from app.settings import PusatSettings, SekolahSettings, Settings, load_settings
from app.web.current import Given
from app.web.jobs import JOBS
from app.web.transactions import reading

example_settings.register_profile("any machine", deadline=None)  # a busy machine is slow, not wrong
example_settings.load_profile("any machine")

SERVERS_HASHER = staff_accounts._hasher  # programs that a test starts keep this one
staff_accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # the tests' own thousand logins

EXAM_DAY = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 07.30 WIB
PASSWORD = "sandi untuk uji coba"


class CompiledTemplates(BytecodeCache):
    """Templates compiled once in a test run, not once for each application of a test."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_templates = CompiledTemplates()


@dataclass
class FakeClock:
    """A clock that stands still until a test moves it."""

    wall: datetime = EXAM_DAY
    boot: int = 1_000_000

    def now(self) -> datetime:
        return self.wall

    def boot_ms(self) -> int:
        return self.boot

    def advance(self, seconds: float) -> None:
        """Real time passes: both clocks move."""
        self.wall += timedelta(seconds=seconds)
        self.boot += round(seconds * 1000)

    def jump(self, seconds: float) -> None:
        """Somebody sets the wall clock: only that one moves."""
        self.wall += timedelta(seconds=seconds)


@dataclass
class Databases:
    """Makes empty databases of the kind under test and drops them afterwards."""

    template: str
    made: list[str] = field(default_factory=list)

    def make(self, folder: Path) -> str:
        """The address of a new, empty database."""
        if not self.template:
            return f"sqlite:///{folder / 'guyub.sqlite'}"
        name = f"guyub_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}"')
        self.made.append(name)
        return sqlalchemy.make_url(self.template).set(database=name).render_as_string(hide_password=False)

    def drop(self) -> None:
        """Drop what was made."""
        for name in self.made:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')
        self.made.clear()

    def _run(self, statement: str) -> None:
        engine = sqlalchemy.create_engine(self.template, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = address[0]
            if host != "localhost" and not ip_address(host).is_loopback:
                raise AssertionError(f"a test wanted to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20261123)


@pytest.fixture
def databases() -> Iterator[Databases]:
    """PostgreSQL when GUYUB_TEST_DATABASE names this worker's server, else SQLite files."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    made = Databases(os.environ.get("GUYUB_TEST_DATABASE", "").replace("WORKER", worker))
    yield made
    made.drop()


@pytest.fixture
def settings_pusat(tmp_path: Path, databases: Databases) -> PusatSettings:
    folder = tmp_path / "pusat"
    folder.mkdir()
    settings = load_settings({}, role="pusat", data_dir=folder, database_url=databases.make(folder))
    assert isinstance(settings, PusatSettings)
    return settings


@pytest.fixture
def settings_sekolah(tmp_path: Path, databases: Databases) -> SekolahSettings:
    folder = tmp_path / "sekolah"
    folder.mkdir()
    settings = load_settings({}, role="sekolah", data_dir=folder, database_url=databases.make(folder))
    assert isinstance(settings, SekolahSettings)
    return settings


def furnished_app(settings: Settings, clock: FakeClock, chance: random.Random) -> Iterator[Flask]:
    """The application with its tables; the tables come from the models, migrations have their own tests."""
    app = create_app(settings, Given(settings, clock=clock, random=chance))
    app.jinja_env.bytecode_cache = _templates
    app.testing = False  # tests see what users see: the error pages
    with app.app_context():
        db.create_all()
        db.session.execute(
            sqlalchemy.text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        )
        db.session.execute(sqlalchemy.text("DELETE FROM alembic_version"))
        db.session.execute(
            sqlalchemy.text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest_revision()}
        )
        db.session.commit()
        app.wsgi_app = in_context_of_its_own(app)  # type: ignore[method-assign]
        with reading():
            yield app
        db.session.remove()
        take_down(app)


def take_down(app: Flask) -> None:
    """End what the application runs beside its requests, then close its database: a thread would keep a connection."""
    with app.app_context():
        app.extensions[JOBS].join()
        if student_api.EXTENSION in app.extensions:
            app.extensions[student_api.EXTENSION].marks.stop()
        for engine in db.engines.values():
            engine.dispose()


def in_context_of_its_own(app: Flask) -> Callable[..., Any]:
    """Requests of a test are as separate from the test as they are in a server: own `g`, own database session.

    What the test has written so far is committed first; what a request wrote is seen by the test afterwards.
    """
    whole = app.wsgi_app

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        if has_app_context():  # not in the threads of a test's own server
            db.session.commit()
        with app.app_context():
            return whole(environ, start_response)

    return call


@pytest.fixture
def pusat_app(settings_pusat: PusatSettings, clock: FakeClock, chance: random.Random) -> Iterator[Flask]:
    yield from furnished_app(settings_pusat, clock, chance)


@pytest.fixture
def sekolah_app(settings_sekolah: SekolahSettings, clock: FakeClock, chance: random.Random) -> Iterator[Flask]:
    yield from furnished_app(settings_sekolah, clock, chance)


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Session:
    """The database session for services, on the application the test uses (the centre's if it uses none)."""
    name = "sekolah_app" if "sekolah_app" in request.fixturenames else "pusat_app"
    request.getfixturevalue(name)
    return db.session


@pytest.fixture
def add_person(clock: FakeClock) -> Callable[[Flask, str, str], Staff]:
    """Adds a staff account with the tests' password."""

    def add(app: Flask, username: str, role: str) -> Staff:
        staff = staff_accounts.add_staff(
            db.session,
            clock,
            username=username,
            name=username.title(),
            role=role,
            password=PASSWORD,
            place="pusat" if role in {Role.AUTHOR, Role.OPERATOR, Role.ADMINISTRATOR} else "sekolah",
            actor="test",
        )
        db.session.commit()
        return staff

    return add


def sign_in(app: Flask, username: str) -> FlaskClient:
    """A browser of this person, signed in through the form."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    token = csrf_token(client.get("/staf/masuk").text)
    answer = client.post("/staf/masuk", data={"username": username, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.text
    return client


def csrf_token(page: str) -> str:
    """The CSRF token of a form on the page."""
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def dewi(pusat_app: Flask, add_person: Callable[[Flask, str, str], Staff]) -> FlaskClient:
    """Dewi, administrator at the centre, signed in."""
    add_person(pusat_app, "dewi", Role.ADMINISTRATOR)
    return sign_in(pusat_app, "dewi")


@pytest.fixture
def ratna(sekolah_app: Flask, add_person: Callable[[Flask, str, str], Staff]) -> FlaskClient:
    """Ratna, proktor at the school, signed in."""
    add_person(sekolah_app, "ratna", Role.PROKTOR)
    return sign_in(sekolah_app, "ratna")


@pytest.fixture
def anto(sekolah_app: Flask, add_person: Callable[[Flask, str, str], Staff]) -> FlaskClient:
    """Anto, teknisi at the school, signed in."""
    add_person(sekolah_app, "anto", Role.TEKNISI)
    return sign_in(sekolah_app, "anto")
