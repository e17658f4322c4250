"""A small paper with every type of question, pictures, a formula and a recording, made here from nothing."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
from typing import Any

from PIL import Image, ImageDraw


def _picture(label: str, size: tuple[int, int] = (900, 420)) -> bytes:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.line((60, height - 50, width - 30, height - 50), fill="black", width=4)
    draw.line((60, 20, 60, height - 50), fill="black", width=4)
    for index, share in enumerate((0.35, 0.6, 0.5, 0.85)):
        left = 110 + index * (width - 180) // 4
        draw.rectangle((left, height - 50 - share * (height - 90), left + 110, height - 50), fill="#3f7fbf")
    draw.text((80, 20), label, fill="black", font_size=28)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _recording(seconds: float) -> bytes:
    rate = 8000
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        tones = (math.sin(2 * math.pi * 440 * step / rate) * 3000 for step in range(int(rate * seconds)))
        sound.writeframes(b"".join(struct.pack("<h", int(tone)) for tone in tones))
    return out.getvalue()


def _choices(prefix: str, *texts: str) -> list[dict[str, str]]:
    return [{"id": f"{prefix}{index}", "html": text} for index, text in enumerate(texts)]


def _question(name: str, kind: str, stem: str, **parts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"stimulus": None, "options": [], "columns": [], "rows": [], "shuffle": True}
    return {"id": name, "type": kind, "stem": stem, **empty, "audio_plays": 0, **parts}


FORMULA = (
    '<span class="katex"><span class="katex-html" aria-hidden="true"><span class="base"><span class="strut" '
    'style="height:0.8141em;"></span><span class="mord mathnormal">x</span><span class="mord">²</span><span '
    'class="mspace" style="margin-right:0.2222em;"></span><span class="mbin">+</span><span class="mspace" '
    'style="margin-right:0.2222em;"></span><span class="mord">5</span><span class="mord mathnormal">x</span><span '
    'class="mspace" style="margin-right:0.2778em;"></span><span class="mrel">=</span><span class="mord">0</span>'
    "</span></span></span>"
)
READING = (
    "<h3>Pasar Terapung Lok Baintan</h3><p>Sejak sebelum matahari terbit, puluhan perahu kecil sudah berkumpul di "
    "Sungai Martapura. Para ibu membawa sayur, buah, ikan, dan kue buatan sendiri. Mereka tidak memakai timbangan "
    "digital; harga disepakati dengan tawar-menawar, dan sebagian masih bertukar barang.</p><p>Beberapa tahun terakhir "
    "jumlah pedagang berkurang. Jalan darat membuat orang lebih mudah berbelanja di toko. Pemerintah daerah dan "
    "warga lalu mengadakan hari pasar pada akhir pekan, melatih pemandu muda, dan menata dermaga supaya "
    "aman bagi pengunjung.</p>"
    "<table><tr><th>Tahun</th><th>Perahu pedagang</th><th>Pengunjung per hari</th></tr><tr><td>2016</td><td>140</td>"
    "<td>90</td></tr><tr><td>2020</td><td>75</td><td>20</td></tr><tr><td>2024</td><td>110</td><td>260</td></tr></table>"
)


def make_paper(recording_s: float = 2.0) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Gives the paper file and its media by name."""
    files = {"png": _picture("Penjualan buku per kuartal"), "wav": _recording(recording_s)}
    names = {kind: f"{hashlib.sha256(data).hexdigest()}.{kind}" for kind, data in files.items()}
    picture = f'<img src="/media/{names["png"]}" alt="Diagram batang penjualan buku">'
    questions = [
        _question(
            "q1",
            "single",
            f"<p>Perhatikan diagram berikut.</p><p>{picture}</p><p>Pada kuartal mana penjualan buku paling tinggi?</p>",
            options=_choices(
                "a", "Kuartal pertama", "Kuartal kedua", "Kuartal ketiga", "Kuartal keempat", "Semua sama"
            ),
        ),
        _question(
            "q2",
            "multiple",
            f"<p>Persamaan {FORMULA} mempunyai dua akar. Pilih semua pernyataan yang benar.</p>",
            options=_choices(
                "b", "Salah satu akarnya 0", "Salah satu akarnya −5", "Jumlah akarnya 5", "Kedua akarnya positif"
            ),
        ),
        _question(
            "q3",
            "category",
            "<p>Tentukan benar atau salah setiap pernyataan menurut bacaan.</p>",
            stimulus="s1",
            columns=_choices("c", "Benar", "Salah"),
            rows=_choices(
                "r",
                "Pasar dimulai sebelum matahari terbit.",
                "Semua pedagang memakai timbangan digital.",
                "Jumlah pengunjung pada 2024 lebih banyak daripada pada 2016.",
            ),
        ),
        _question(
            "q4",
            "single",
            "<p>Mengapa jumlah pedagang berkurang?</p>",
            stimulus="s1",
            options=_choices(
                "d",
                "Sungai makin dangkal sehingga perahu tidak dapat lewat pada musim kemarau",
                "Jalan darat membuat orang lebih mudah berbelanja di toko",
                "Pemerintah daerah melarang perahu",
                "Harga barang terlalu tinggi",
            ),
        ),
        _question(
            "q5",
            "matching",
            "<p>Pasangkan setiap alat dengan besaran yang diukurnya.</p>",
            columns=_choices(
                "m",
                "Suhu ruangan atau suhu tubuh",
                "Kuat arus listrik dalam rangkaian",
                "Massa benda",
                "Beda potensial listrik antara dua titik",
            ),
            rows=_choices("t", "Termometer", "Multimeter", "Neraca"),
        ),
        _question("q6", "short", "<p>Berapa hasil dari 12 × 15?</p>"),
        _question("q7", "essay", "<p>Jelaskan dengan kalimatmu sendiri mengapa air laut asin.</p>"),
        _question(
            "q8",
            "single",
            f'<p>Dengarkan rekaman, lalu pilih jawaban.</p><audio src="/media/{names["wav"]}"></audio>',
            options=_choices("e", "Nada tinggi", "Nada rendah", "Tidak ada nada"),
            audio_plays=2,
        ),
        _question(
            "q9",
            "category",
            "<p>Kelompokkan setiap sifat zat.</p>",
            columns=_choices("f", "Padat", "Cair", "Gas"),
            rows=_choices("u", "Bentuknya tetap", "Mengalir mengikuti wadah", "Mengisi seluruh ruang"),
        ),
        _question(
            "q10",
            "multiple",
            "<p>Gambar mana yang menunjukkan diagram batang?</p>",
            options=_choices("g", picture, "Tidak ada gambar", f"Rumus {FORMULA}"),
        ),
    ]
    paper = {
        "schema": 1,
        "title": "Simulasi Literasi dan Numerasi",
        "subject": "Literasi dan Numerasi",
        "questions": questions,
        "stimuli": {"s1": READING},
        "media": {
            names["png"]: {"type": "image/png", "size": len(files["png"])},
            names["wav"]: {"type": "audio/wav", "size": len(files["wav"])},
        },
    }
    return paper, {names[kind]: data for kind, data in files.items()}
