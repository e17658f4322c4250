"""What lies on the school's disk: no question before the release, and never an answer key.

A question carries a marker text; so do an accepted short answer and a marking guide. Every file of the data folder is
searched, the database with its write-ahead log and the logs included, also inside gzip and zip.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end import centre_desk, exam_content, school_desk, town
from tests.end_to_end.exam_content import ANSWER_MARKER, CAPITAL, GUIDE_MARKER, MARKER, SITI, Deed
from tests.end_to_end.machines import Machine
from tests.end_to_end.people import Staff, Student

pytestmark = pytest.mark.timeout(280)


def test_no_question_before_its_release_and_never_a_key_lies_on_the_schools_disk(
    pusat: Machine, sekolah: Machine, staff: Callable[..., Staff], student: Callable[..., Student]
) -> None:
    word_file = exam_content.word_file(answer=ANSWER_MARKER, guide=f"Skor penuh bila {GUIDE_MARKER}")
    server, code = town.fill_centre(pusat, word_file)
    sitting = town.plan_sitting(pusat, datetime.now(UTC))
    town.pair(pusat, sekolah, server, code)
    town.publish(pusat, sitting)
    anto, dewi, ratna = staff(sekolah, "anto"), staff(pusat, "dewi"), staff(sekolah, "ratna")
    school_desk.sync(anto, sitting, sekolah)
    package = sum(path.stat().st_size for path in (sekolah.folder / "exchange" / "payloads").iterdir())
    assert package > 1000  # it is there, and sealed

    everything = [sekolah.folder, sekolah.log]
    assert found_in(everything, MARKER) == []
    assert found_in(everything, ANSWER_MARKER, GUIDE_MARKER) == []

    centre_desk.release(dewi, sitting)
    school_desk.fetch_release(ratna)
    assert found_in([sekolah.folder], MARKER) != []  # the search can find it
    assert found_in(everything, ANSWER_MARKER, GUIDE_MARKER) == []

    token = school_desk.activate_sitting(ratna)
    siti = student(sekolah, SITI, school_desk.login_cards(sekolah, sitting)[SITI])
    siti.start(token)
    siti.answer({CAPITAL: Deed(text="Jakarta")}, 1, len(exam_content.QUESTIONS))
    siti.finish()
    school_desk.close(ratna, sitting)
    school_desk.upload(ratna)
    assert found_in(everything, ANSWER_MARKER, GUIDE_MARKER) == []
    assert found_in([pusat.folder], ANSWER_MARKER, GUIDE_MARKER) != []  # the centre knows it, and the search finds it


def found_in(places: list[Path], *markers: str) -> list[str]:
    """Files that hold one of the markers, in UTF-8 or UTF-16, as they are or unpacked."""
    forms = [marker.encode(coding) for marker in markers for coding in ("utf-8", "utf-16-le")]
    return sorted(
        str(path)
        for place in places
        for path in ([place] if place.is_file() else place.rglob("*"))
        if path.is_file() and any(form in data for data in readings(path.read_bytes()) for form in forms)
    )


def readings(data: bytes) -> Iterator[bytes]:
    """The bytes of a file, and what they unpack to."""
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
