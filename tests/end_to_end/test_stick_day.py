"""The whole exam by USB stick: activation, package, release, results and receipt travel as files, and are the same
bytes that the network would carry.
"""

from __future__ import annotations

import hashlib
import io
import json
import urllib.request
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.end_to_end import centre_desk, exam_content, school_desk, town
from tests.end_to_end.exam_content import ANSWERS, SCORES, SITI
from tests.end_to_end.machines import Machine
from tests.end_to_end.people import Staff, Student
from tests.end_to_end.results import scores_at

pytestmark = pytest.mark.timeout(280)


def test_an_exam_by_stick_carries_the_same_bytes_as_by_network(
    pusat: Machine, sekolah: Machine, staff: Callable[..., Staff], student: Callable[..., Student]
) -> None:
    dewi, anto = staff(pusat, "dewi"), staff(sekolah, "anto")
    server, code = town.fill_centre(pusat, exam_content.word_file())
    sitting = town.plan_sitting(pusat, datetime.now(UTC))
    activate_by_file(dewi, anto, server, code)
    town.publish(pusat, sitting)

    package = carry_to_school(dewi, anto, server)
    assert sitting in school_desk.held(sekolah)
    same_by_network(pusat, package)
    kept_as_brought(sekolah, package)

    centre_desk.release(dewi, sitting)
    with_release = carry_to_school(dewi, anto, server)
    assert f"servers/{server}/{sitting}.release" in with_release
    assert package.items() <= with_release.items()
    same_by_network(pusat, with_release)

    ratna = staff(sekolah, "ratna")
    token = school_desk.activate_sitting(ratna)
    siti = student(sekolah, SITI, school_desk.login_cards(sekolah, sitting)[SITI])
    siti.start(token)
    siti.answer(ANSWERS[SITI], 1, len(exam_content.QUESTIONS))
    siti.finish()
    school_desk.close(ratna, sitting)

    ratna.go("/sekolah/unggah")
    results = contents(ratna.download("Unduh berkas hasil (.zip)"))
    assert [path.split("/")[:2] for path in results] == [["uploads", server]]
    kept_as_brought(sekolah, results)
    dewi.go(f"/armada/{server}")
    dewi.attach("file", "hasil.zip", packed(results))
    receipts = contents(dewi.download("Terima berkas"))
    assert list(receipts) == [path.replace("uploads/", "receipts/").replace(".bundle", ".receipt") for path in results]
    same_by_network(pusat, receipts)
    anto.go("/sekolah/usb")
    anto.upload("Kirim arsip", "guyub.zip", packed(receipts), field="archive")
    ratna.go("/sekolah/unggah")
    ratna.sees("Tanda terima disimpan")
    kept_as_brought(sekolah, receipts)
    assert sent_again_by_network(pusat, sekolah, sitting) == next(iter(receipts.values()))
    assert scores_at(pusat, sitting)[SITI].earned == pytest.approx(SCORES[SITI])


def activate_by_file(dewi: Staff, anto: Staff, server: str, code: str) -> None:
    """The request goes to the centre and the answer back, both as files."""
    anto.go("/sekolah/aktivasi")
    anto.fill(server_id=server, code=code)
    anto.press("Buat berkas permintaan")
    request = anto.download_link("Unduh berkas permintaan")
    dewi.go(f"/armada/{server}")
    dewi.attach("file", f"{server}.request", request)
    answers = contents(dewi.download("Terima berkas"))
    anto.go("/sekolah/aktivasi")
    anto.upload("Kirim jawaban", f"{server}.response", next(iter(answers.values())), field="answer")
    anto.press("Ya, ini sekolah kami")
    anto.sees(f"Server ini aktif untuk {exam_content.SCHOOL}")


def carry_to_school(dewi: Staff, anto: Staff, server: str) -> dict[str, bytes]:
    """The centre's folder for this server, downloaded there and handed in at the school."""
    dewi.go(f"/armada/{server}")
    archive = dewi.download_link("Unduh folder guyub (.zip)")
    anto.go("/sekolah/usb")
    anto.upload("Kirim arsip", "guyub.zip", archive, field="archive")
    anto.sees("Dari USB:")
    return contents(archive)


def contents(archive: bytes) -> dict[str, bytes]:
    """Path in the exchange tree → bytes."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        names = [name for name in found.namelist() if not name.endswith("/")]
        assert all(name.startswith("guyub/") for name in names), names
        return {name.removeprefix("guyub/"): found.read(name) for name in names}


def packed(files: dict[str, bytes]) -> bytes:
    """The folder as a PC packs it anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(f"guyub/{path}", data)
    return out.getvalue()


def same_by_network(pusat: Machine, files: dict[str, bytes]) -> None:
    """What the centre hands out under /exchange/ is, byte for byte, what was on the stick."""
    for path, data in files.items():
        with urllib.request.urlopen(f"{pusat.url}/exchange/{path}", timeout=20) as answer:  # noqa: S310 - loopback
            assert digest(answer.read()) == digest(data), path


def kept_as_brought(sekolah: Machine, files: dict[str, bytes]) -> None:
    """The school's own tree holds the same bytes."""
    for path, data in files.items():
        assert digest((sekolah.folder / "exchange" / path).read_bytes()) == digest(data), path


def sent_again_by_network(pusat: Machine, sekolah: Machine, sitting: str) -> bytes:
    """The receipt that the network gives for the bundle that came by stick."""
    from app.sekolah.services import identity, uploading
    from app.sekolah.services.line import Line

    with sekolah.office() as (place, session):
        office = identity.office(session, place.keys_dir)
        bundle = uploading.newest_bundle(session, sitting)
        assert bundle is not None
        api = Line(pusat.url, place.clock).api(office)
        state = api.call("GET", f"/api/v1/servers/{office.server_id}/uploads/{bundle.sha256}")
        from app.sync.uploading import upload

        data = (sekolah.folder / "exchange" / "uploads" / office.server_id / f"{bundle.sha256}.bundle").read_bytes()
        assert json.loads(state)["receipt"]
        return upload(api, office.server_id, sitting, data, office.centre)[0]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
