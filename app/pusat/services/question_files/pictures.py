"""Pictures and recordings: judged by their bytes, never by their name, and kept only in kinds every exam PC can show.

Pictures are decoded and written anew, so that nothing rides along in them (places, camera data, trailing files), and
made no larger than a screen needs. Vector and phone formats are refused with the way out. Recordings stay as they are.
"""

from __future__ import annotations

import hashlib
import io
import warnings

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from app.domain.wording import N_

from .items import Media
from .problems import Problem

MOST_PIXELS = 40_000_000  # decoded; four bytes each
LONGEST_SIDE = 2_000  # pixels kept
MOST_FRAMES = 200
LARGEST_PICTURE = 20 * 1024 * 1024  # bytes
LARGEST_AUDIO = 30 * 1024 * 1024  # bytes
_KINDS = {"PNG": ("png", "image/png"), "JPEG": ("jpg", "image/jpeg"), "GIF": ("gif", "image/gif")}
_KINDS["WEBP"] = ("webp", "image/webp")
_PHONE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"dash")


def _media(data: bytes, extension: str, mime: str) -> Media:
    return Media(f"{hashlib.sha256(data).hexdigest()}.{extension}", mime, data)


def _refuse_foreign(data: bytes, name: str) -> None:
    head = data[:64]
    text_head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[4:8] == b"ftyp" and data[8:12] in _PHONE_BRANDS:
        raise Problem(N_("Gambar %(name)s berformat foto ponsel (HEIC/AVIF). Simpan ulang sebagai JPEG."), name=name)
    if head[:4] == b"\xd7\xcd\xc6\x9a" or head[:6] in (b"\x01\x00\x09\x00\x00\x03", b"\x02\x00\x09\x00\x00\x03"):
        raise Problem(
            N_("Gambar %(name)s berformat WMF. Salin gambarnya, tempel khusus sebagai PNG, lalu simpan."), name=name
        )
    if head[:4] == b"\x01\x00\x00\x00" and head[40:44] == b" EMF":
        raise Problem(
            N_("Gambar %(name)s berformat EMF. Salin gambarnya, tempel khusus sebagai PNG, lalu simpan."), name=name
        )
    if b"<svg" in text_head or text_head.startswith((b"<?xml", b"<!doctype svg")):
        raise Problem(N_("Gambar %(name)s berformat SVG. Simpan ulang sebagai PNG."), name=name)


def _bare(image: Image.Image) -> Image.Image:
    """The picture without what its file said beside it (comments, camera data, colour profiles)."""
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    return image


def _encode(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    frames = getattr(image, "n_frames", 1)
    if kind in ("GIF", "WEBP") and frames > 1:
        pictures = [_bare(frame.copy()) for frame in ImageSequence.Iterator(image)]
        pictures[0].save(
            out,
            kind,
            save_all=True,
            append_images=pictures[1:],
            duration=image.info.get("duration", 100),
            loop=image.info.get("loop", 0),
        )
        return out.getvalue()
    still = _bare(ImageOps.exif_transpose(image))
    if max(still.size) > LONGEST_SIDE:
        still = still.convert("RGBA" if "transparency" in still.info or still.mode in ("RGBA", "LA", "PA") else "RGB")
        still.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if kind == "JPEG":
        (still if still.mode in ("RGB", "L") else still.convert("RGB")).save(out, kind, quality=88, exif=b"")
    elif kind == "PNG":
        still.save(out, kind)
    else:
        still.save(out, kind, exif=b"", **({"quality": 88} if kind == "WEBP" else {}))
    return out.getvalue()


def picture(data: bytes, name: str) -> Media:
    """The checked, re-encoded picture. `name` is how the file calls it, for the Problem raised if it cannot be kept."""
    if len(data) > LARGEST_PICTURE:
        raise Problem(N_("Gambar %(name)s lebih besar dari 20 MB. Perkecil gambarnya."), name=name)
    _refuse_foreign(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(_KINDS)) as image:
                kind = str(image.format)
                frames = getattr(image, "n_frames", 1)
                if image.width * image.height * max(1, frames if kind != "JPEG" else 1) > MOST_PIXELS:
                    raise Problem(N_("Gambar %(name)s terlalu banyak pikselnya. Perkecil gambarnya."), name=name)
                if frames > MOST_FRAMES:
                    raise Problem(N_("Gambar %(name)s berisi terlalu banyak bingkai animasi."), name=name)
                encoded = _encode(image, kind)
    except Image.DecompressionBombError as error:
        raise Problem(N_("Gambar %(name)s terlalu banyak pikselnya. Perkecil gambarnya."), name=name) from error
    except UnidentifiedImageError as error:
        raise Problem(N_("Gambar %(name)s tidak dikenal. Pakai PNG, JPEG, GIF, atau WebP."), name=name) from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, ZeroDivisionError) as error:
        raise Problem(N_("Gambar %(name)s rusak. Buka dan simpan ulang gambarnya."), name=name) from error
    return _media(encoded, *_KINDS[kind])


def _audio_kind(data: bytes) -> tuple[str, str] | None:
    if data[:3] == b"ID3" or (len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2):
        return "mp3", "audio/mpeg"
    if data[:4] == b"OggS" and (b"OpusHead" in data[:128] or b"\x01vorbis" in data[:128]):
        return "ogg", "audio/ogg"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE" and b"fmt " in data[:256] and b"data" in data[:65536]:
        return "wav", "audio/wav"
    if data[4:8] == b"ftyp" and data[8:12] in _AUDIO_BRANDS and b"mp4a" in data:
        return "m4a", "audio/mp4"
    return None


def recording(data: bytes, name: str) -> Media:
    """The checked recording, bytes unchanged. `name` is how the file calls it, for the Problem raised if refused."""
    if len(data) > LARGEST_AUDIO:
        raise Problem(N_("Rekaman %(name)s lebih besar dari 30 MB. Simpan ulang sebagai MP3 mono."), name=name)
    kind = _audio_kind(data)
    if kind is None or len(data) < 128:
        raise Problem(N_("Rekaman %(name)s rusak atau tidak dikenal. Pakai MP3, OGG, WAV, atau M4A."), name=name)
    return _media(data, *kind)
