"""`guyub pusat …` at the console: releases, lists, and the way by stick."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from click.testing import CliRunner, Result

from app.cli import guyub
from app.domain.bundles import check_receipt
from app.sync.transport import FolderTransport, stick_folder
from app.sync.uploading import find_receipt, put_on_stick
from tests.functional.pusat.exam_day.conftest import Day, three_runs


def run(day: Day, *words: str) -> Result:
    day.forget()
    settings = day.app.extensions["guyub"].settings
    environment = {"GUYUB_DATABASE_URL": settings.database_url}
    line = ["--role", "pusat", "--data-dir", str(settings.data_dir), "pusat", *words]
    return CliRunner().invoke(guyub, line, env=environment, catch_exceptions=False)


def test_what_is_due_is_released_from_the_console(published: Day) -> None:
    # the console has the real clock; the sitting of the tests is long past or yet to come, so release it by its plan
    from app.models import Sitting
    from app.services.system_clock import SystemClock

    with published.place.transaction() as session:
        session.get_one(Sitting, "sesi-1").release_at = SystemClock().now()
    assert json.loads(run(published, "release-due", "--json").stdout) == {"released": 1}
    assert json.loads(run(published, "release-due", "--json").stdout) == {"released": 0}
    assert published.fetch(f"servers/{published.server.server}/sesi-1.release").status_code == 200
    assert json.loads(run(published, "refresh-lists", "--json").stdout) == {"servers": 1}


def test_a_stick_goes_out_and_comes_back_from_the_console(published: Day, tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    assert run(published, "to-stick", published.server.server, str(stick)).exit_code == 0
    transport = FolderTransport(stick)
    index = f"servers/{published.server.server}/index.signed"
    assert transport.read(index) == published.fetch(index).data
    archive = tmp_path / "guyub.zip"
    assert run(published, "to-stick", published.server.server, str(archive)).exit_code == 0
    assert f"guyub/{index}" in zipfile.ZipFile(archive).namelist()

    bundle = three_runs(published)
    put_on_stick(stick_folder(stick), published.server.server, bundle.data)
    assert run(published, "from-stick", str(stick)).exit_code == 0
    found = find_receipt(transport, published.server.server, "sesi-1", bundle.name, published.centre)
    assert found is not None
    check_receipt(found[0], bundle.name, published.server.server, "sesi-1", published.centre)
    again = run(published, "from-stick", str(stick))
    assert again.exit_code == 0


def test_what_is_refused_from_a_stick_is_told_and_the_rest_is_taken(published: Day, tmp_path: Path) -> None:
    bundle = three_runs(published)
    folder = stick_folder(tmp_path, create=True)
    put_on_stick(folder, published.server.server, bundle.data)
    put_on_stick(folder, published.server.server, bundle.data + b"x")
    answer = run(published, "from-stick", str(tmp_path))
    assert answer.exit_code == 1
    assert "1 berkas hasil" in answer.stdout
    assert "P-350" in answer.output
