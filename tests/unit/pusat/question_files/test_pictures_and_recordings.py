"""Pictures are judged by their bytes and written anew, recordings by their first bytes; the rest is refused."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from word_example import picture as example

from app.pusat.services.question_files import pictures
from app.pusat.services.question_files.problems import Problem

MP3 = b"ID3\x04" + bytes(400)
OGG = b"OggS" + bytes(24) + b"\x01vorbis" + bytes(400)
WAV = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(20) + b"data" + bytes(400)
M4A = b"\x00\x00\x00\x20ftypM4A " + bytes(300) + b"mp4a" + bytes(100)


@pytest.mark.parametrize(("kind", "extension"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_the_four_kinds_are_kept_under_the_hash_of_what_is_kept(kind: str, extension: str) -> None:
    media = pictures.picture(example(kind=kind), "a.bin")
    assert media.name == f"{hashlib.sha256(media.data).hexdigest()}.{extension}"
    with Image.open(io.BytesIO(media.data)) as image:
        assert (image.format, image.size) == (kind, (12, 9))


def test_nothing_rides_along_in_a_picture() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "rumah Siti"
    Image.new("RGB", (8, 8), "red").save(out, "JPEG", exif=exif, comment=b"rumah Siti")
    media = pictures.picture(out.getvalue() + b"<script>rumah Siti", "foto.jpg")
    assert b"Siti" not in media.data
    assert b"script" not in media.data


def test_large_pictures_are_made_as_large_as_a_screen_needs() -> None:
    with Image.open(io.BytesIO(pictures.picture(example(size=(4000, 1000)), "a").data)) as image:
        assert image.size == (2000, 500)


def test_animations_keep_their_frames() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(pictures.picture(out.getvalue(), "a").data)) as image:
        assert getattr(image, "n_frames", 1) == 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "SVG"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC"),
        (b"\xd7\xcd\xc6\x9a" + bytes(60), "WMF"),
        (b"\x01\x00\x00\x00" + bytes(36) + b" EMF" + bytes(40), "EMF"),
        (example()[:50], "rusak"),
        (b"BM" + bytes(60), "tidak dikenal"),
        (b"", "tidak dikenal"),
    ],
)
def test_other_kinds_are_refused_with_the_way_out(data: bytes, said: str) -> None:
    with pytest.raises(Problem) as caught:
        pictures.picture(data, "gambar1")
    assert said in caught.value.sentence
    assert "gambar1" in caught.value.sentence


def test_a_picture_bomb_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(Problem, match="piksel"):
        pictures.picture(out.getvalue(), "bom.png")


@pytest.mark.parametrize(("data", "extension"), [(MP3, "mp3"), (OGG, "ogg"), (WAV, "wav"), (M4A, "m4a")])
def test_recordings_are_known_by_their_first_bytes(data: bytes, extension: str) -> None:
    media = pictures.recording(data, "lagu")
    assert media.name.endswith(extension)
    assert media.data == data


@pytest.mark.parametrize("data", [b"", b"ID3", b"<html>" + bytes(400), b"RIFF" + bytes(400), b"OggS" + bytes(400)])
def test_broken_recordings_are_refused(data: bytes) -> None:
    with pytest.raises(Problem):
        pictures.recording(data, "rusak.mp3")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 200), st.binary(min_size=1, max_size=8))
def test_damaged_pictures_are_problems_and_nothing_else(kind: str, at: int, noise: bytes) -> None:
    whole = example(kind=kind)
    damaged = whole[: at % len(whole)] + noise + whole[at % len(whole) + len(noise) :]
    try:
        pictures.picture(damaged, "a")
    except Problem:
        return
