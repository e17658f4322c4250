"""What the centre's page tests share: forms sent as a browser sends them, and sheets made by a real library."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import csrf_token

Send = Callable[..., TestResponse]
HEADER = [
    "NPSN",
    "NOMOR PESERTA",
    "NISN",
    "NIS",
    "NAMA SISWA",
    "JENIS KELAMIN",
    "KELAS",
    "TEMPAT LAHIR",
    "TANGGAL LAHIR",
]
SITI = ["", "K01-0001", "0051234001", "1201", "Siti Rahma", "P", "XII IPA 1", "Bandung", "05-06-2009"]
BUDI = ["", "K01-0002", "0051234002", "1202", "Budi Santoso", "L", "XII IPA 2", "Ambon", "17-08-2008"]


def send(client: FlaskClient, path: str, data: dict[str, Any] | None = None, page: str | None = None) -> TestResponse:
    """Fill in the form on `page` (the same address if not given) and send it; redirects are followed."""
    shown = client.get(page or path)
    assert shown.status_code == 200, shown.text
    fields = {"csrf_token": csrf_token(shown.text), **(data or {})}
    return client.post(path, data=fields, follow_redirects=True)


def sheet(rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> bytes:
    """An xlsx with this header and these rows, written by the real library."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in (header, *rows):
        page.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def school(dewi: FlaskClient) -> str:
    """A school with one server and a room of four seats; its NPSN."""
    fields = {"npsn": "20104001", "name": "SMA Nusantara", "city": "Bandung", "province": "Jawa Barat"}
    send(dewi, "/sekolah/baru", {**fields, "time_zone": "Asia/Jakarta"})
    send(dewi, "/sekolah/20104001/server", {"name": "Server Lab"}, "/sekolah/20104001")
    send(dewi, "/server/P20104001-01/ruang", {"name": "Lab 1", "seats": "4"}, "/sekolah/20104001")
    return "20104001"


def import_sheet(client: FlaskClient, data: bytes, npsn: str = "20104001", name: str = "peserta.xlsx") -> TestResponse:
    """Upload a participant sheet and stay on its preview."""
    return send(client, "/peserta/impor", {"npsn": npsn, "file": (io.BytesIO(data), name)})


def confirm(client: FlaskClient, preview: TestResponse) -> TestResponse:
    """Press the import button of a preview."""
    token = csrf_token(preview.text)
    return client.post(preview.request.path, data={"csrf_token": token}, follow_redirects=True)
