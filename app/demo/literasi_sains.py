"""Questions of the demo that the spreadsheet template carries: reading in groups, science with pictures, listening.

Each entry is one row group of the template; `app.demo.files` writes them as a spreadsheet and imports that.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One question as an author would fill it in: `right` are letters of options, or rows with their columns."""

    type: str
    stem: str
    options: tuple[str, ...] = ()
    right: str = ""
    rows: tuple[tuple[str, str], ...] = ()  # (statement or left side, letters of its columns)
    columns: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    guide: str = ""
    stimulus: str = ""
    picture: str = ""
    recording: str = ""
    plays: int = 0
    mark: float = 1.0


POND = (
    "<p><strong>Kolam di belakang sekolah</strong></p>"
    "<p>Tiga tahun lalu, lahan di belakang SMA Nusa Harapan hanya ditumbuhi ilalang. Setiap musim hujan airnya "
    "menggenang dan nyamuk berkembang biak. Ketua OSIS, Laras, mengusulkan agar genangan itu dijadikan kolam "
    "ikan nila. Banyak yang ragu: siapa yang akan memberi makan ikan saat libur?</p>"
    "<p>Laras membagi tugas menurut kelas. Setiap pekan satu kelas mencatat suhu air, memberi pakan, dan membersihkan "
    "saringan. Pada tahun kedua, panen pertama menghasilkan 84 kilogram ikan. Separuhnya dijual untuk membeli bibit, "
    "sisanya dimasak bersama di kantin. Kini jentik nyamuk jarang ditemukan, dan pelajaran biologi kerap dilakukan di "
    "tepi kolam.</p>"
)

LIBRARY = (
    "<p><strong>Jam buka perpustakaan daerah</strong></p>"
    "<p>Senin–Kamis: 08.00–12.00 dan 13.00–16.00<br>Jumat: 08.00–11.00 dan 13.30–16.00<br>"
    "Sabtu: 09.00–13.00, sore tutup</p>"
    "<p>Pengunjung yang meminjam buku wajib menunjukkan kartu anggota. Peminjaman paling lama 14 hari dan dapat "
    "diperpanjang satu kali. Keterlambatan dikenai denda Rp500 per buku per hari kerja.</p>"
)

LISTENING = "<p>Dengarkan pengumuman berikut. Rekaman dapat diputar paling banyak dua kali.</p>"

ENTRIES = (
    Entry(
        "single",
        "Apa masalah utama lahan itu sebelum kolam dibuat?",
        (
            "Genangan air menjadi tempat nyamuk berkembang biak.",
            "Lahan itu terlalu sempit untuk kegiatan siswa.",
            "Siswa tidak menyukai pelajaran biologi.",
            "Kantin sekolah kekurangan bahan makanan.",
            "Ilalang di lahan itu mudah terbakar.",
        ),
        "A",
        stimulus=POND,
    ),
    Entry(
        "single",
        "Kata <em>kerap</em> pada kalimat terakhir paling tepat diganti dengan …",
        ("sering", "jarang", "kadang", "selalu", "mulai"),
        "A",
        stimulus=POND,
    ),
    Entry(
        "multiple",
        "Manakah yang dikerjakan setiap kelas pada pekan tugasnya? Pilih semua yang benar.",
        (
            "Mencatat suhu air",
            "Memberi pakan ikan",
            "Membersihkan saringan",
            "Menjual hasil panen",
            "Mencari jentik nyamuk",
        ),
        "A,B,C",
        stimulus=POND,
    ),
    Entry(
        "category",
        "Tentukan apakah pernyataan berikut Benar atau Salah menurut bacaan.",
        columns=("Benar", "Salah"),
        rows=(
            ("Panen pertama terjadi pada tahun kedua.", "A"),
            ("Seluruh hasil panen dijual untuk membeli bibit.", "B"),
            ("Usul membuat kolam berasal dari ketua OSIS.", "A"),
            ("Semua orang langsung setuju dengan usul itu.", "B"),
        ),
        stimulus=POND,
    ),
    Entry(
        "short",
        "Berapa kilogram ikan yang dijual dari panen pertama? Tulis angkanya saja.",
        answers=("42",),
        stimulus=POND,
    ),
    Entry(
        "essay",
        "Menurut pendapatmu, apa yang membuat usul Laras berhasil? Jelaskan dengan dua alasan yang didukung bacaan.",
        guide="Skor 2: dua alasan dari bacaan (pembagian tugas, manfaat bersama, hasil nyata). Skor 1: satu alasan.",
        mark=2.0,
        stimulus=POND,
    ),
    Entry(
        "single",
        "Pada hari Sabtu pukul 14.00 seorang siswa datang ke perpustakaan. Apa yang ditemuinya?",
        (
            "Perpustakaan sudah tutup.",
            "Perpustakaan sedang istirahat dan buka lagi sore.",
            "Perpustakaan buka, tetapi tidak melayani peminjaman.",
            "Perpustakaan buka seperti hari Senin.",
        ),
        "A",
        stimulus=LIBRARY,
    ),
    Entry(
        "short",
        "Dua buku terlambat dikembalikan tiga hari kerja. Berapa rupiah dendanya? Tulis angkanya saja.",
        answers=("3000",),
        stimulus=LIBRARY,
    ),
    Entry(
        "category",
        "Perpustakaan buka atau tutup pada waktu berikut?",
        columns=("Buka", "Tutup"),
        rows=(("Jumat pukul 11.30", "B"), ("Rabu pukul 15.00", "A"), ("Sabtu pukul 09.30", "A")),
        stimulus=LIBRARY,
    ),
    Entry(
        "matching",
        "Pasangkan setiap keadaan dengan aturan yang berlaku. Satu keadaan dapat memiliki lebih dari satu aturan.",
        columns=("Tunjukkan kartu anggota", "Perpanjang satu kali", "Bayar denda"),
        rows=(
            ("Meminjam buku baru", "A"),
            ("Belum selesai membaca pada hari ke-14", "B"),
            ("Terlambat lalu meminjam buku lain", "A,C"),
        ),
        stimulus=LIBRARY,
    ),
    Entry(
        "single",
        "Perhatikan diagram. Desa dengan hasil panen terbesar adalah …",
        ("Sukamaju", "Mekarsari", "Cibuntu", "Tanjung", "Randu"),
        "D",
        picture="panen.png",
    ),
    Entry(
        "short",
        "Berapa ton jumlah hasil panen kelima desa pada diagram? Tulis angkanya saja.",
        answers=("245",),
        picture="panen.png",
    ),
    Entry(
        "single",
        "Kebun berbentuk persegi panjang dikelilingi jalan setapak selebar 1,5 m seperti pada gambar. Luas kebun tanpa "
        "jalan setapak adalah …",
        ("$153\\text{ m}^2$", "$240\\text{ m}^2$", "$87\\text{ m}^2$", "$194{,}25\\text{ m}^2$", "$204\\text{ m}^2$"),
        "A",
        picture="kebun.png",
    ),
    Entry(
        "category",
        "Perhatikan rangkaian dengan sakelar S. Tentukan Benar atau Salah setiap pernyataan.",
        columns=("Benar", "Salah"),
        rows=(
            ("Jika S dibuka, semua lampu padam.", "A"),
            ("L2 dan L3 tersusun paralel.", "A"),
            ("Jika L2 putus, L3 ikut padam.", "B"),
            ("Jika L1 putus, L2 tetap menyala.", "B"),
        ),
        picture="rangkaian.png",
    ),
    Entry(
        "multiple",
        "Pernyataan mana yang sesuai dengan grafik suhu air? Pilih semua yang benar.",
        (
            "Suhu air naik sekitar 13 °C setiap menit pada empat menit pertama.",
            "Air mulai mendidih pada menit ke-6.",
            "Suhu tetap 100 °C walaupun pemanasan berlanjut.",
            "Suhu awal air adalah 0 °C.",
            "Suhu air turun setelah menit ke-7.",
        ),
        "A,B,C",
        picture="suhu.png",
    ),
    Entry(
        "single",
        "Jika populasi katak pada jaring-jaring makanan itu habis, akibat yang paling mungkin terjadi adalah …",
        (
            "populasi belalang meningkat",
            "populasi padi meningkat",
            "populasi kelinci langsung habis",
            "populasi tikus langsung habis",
            "populasi rumput meningkat",
        ),
        "A",
        picture="jaring-makanan.png",
    ),
    Entry(
        "matching",
        "Pasangkan makhluk hidup pada jaring-jaring makanan dengan perannya.",
        columns=("Produsen", "Konsumen tingkat I", "Konsumen tingkat II"),
        rows=(("Padi", "A"), ("Belalang", "B"), ("Katak", "C")),
        picture="jaring-makanan.png",
    ),
    Entry(
        "short",
        "Berapa banyak persegi kecil pada pola ke-10? Tulis angkanya saja.",
        answers=("100",),
        picture="pola.png",
    ),
    Entry(
        "single",
        "Kapan kegiatan bakti sosial dilaksanakan?",
        ("Sabtu, 5 Desember", "Kamis, 5 Desember", "Sabtu, 15 Desember", "Jumat, 4 Desember"),
        "A",
        stimulus=LISTENING,
        recording="pengumuman.mp3",
        plays=2,
    ),
    Entry(
        "multiple",
        "Apa saja yang harus dibawa setiap siswa? Pilih semua yang benar.",
        ("Botol minum", "Topi", "Bibit pohon mangga", "Payung", "Buku tulis"),
        "A,B,C",
        stimulus=LISTENING,
        recording="pengumuman.mp3",
        plays=2,
    ),
    Entry(
        "short",
        "Kepada siapa siswa yang sakit melapor? Tulis namanya saja.",
        answers=("Lestari", "Ibu Lestari", "Bu Lestari"),
        stimulus=LISTENING,
        recording="pengumuman.mp3",
        plays=2,
    ),
    Entry(
        "single",
        "Rumus kimia air kapur adalah …",
        ("Ca(OH)<sub>2</sub>", "CaCO<sub>3</sub>", "CaO", "CaCl<sub>2</sub>", "Ca<sub>3</sub>N<sub>2</sub>"),
        "A",
    ),
    Entry(
        "matching",
        "Pasangkan organel sel dengan fungsinya.",
        columns=("Respirasi sel", "Fotosintesis", "Pengatur kegiatan sel", "Sintesis protein"),
        rows=(("Mitokondria", "A"), ("Kloroplas", "B"), ("Nukleus", "C"), ("Ribosom", "D")),
    ),
    Entry(
        "category",
        "Tergolong perubahan fisika atau perubahan kimia?",
        columns=("Fisika", "Kimia"),
        rows=(("Es mencair", "A"), ("Besi berkarat", "B"), ("Kertas terbakar", "B"), ("Gula larut dalam air", "A")),
    ),
    Entry(
        "single",
        "Benda bermassa 2 kg dipercepat 3 m/s<sup>2</sup>. Menurut $F = ma$, gaya yang bekerja adalah …",
        ("6 N", "5 N", "1,5 N", "0,67 N", "9 N"),
        "A",
    ),
    Entry(
        "essay",
        "Rancanglah percobaan sederhana untuk menunjukkan bahwa tumbuhan memerlukan cahaya. Sebutkan alat, langkah, "
        "dan cara menyimpulkannya.",
        guide="Skor 3: alat, langkah dengan pembanding, dan simpulan. Skor 2: dua unsur. Skor 1: satu unsur.",
        mark=3.0,
    ),
)
