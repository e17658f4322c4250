"""Every reason why a file or message between the two servers is refused, with the words a proctor reads.

One table, so that no two refusals share a code and none is without a remedy. `reason` is a stable English keyword for
tests and logs; `code`, cause and remedy are for people. This module judges nothing itself.
"""

from __future__ import annotations

from typing import NamedTuple

from app.domain.refusals import Refusal
from app.domain.wording import N_


class Wording(NamedTuple):
    """What a refusal says: code for the telephone, cause and remedy in Indonesian source text."""

    code: str
    cause: str
    remedy: str


class ProtocolRefusal(Refusal):
    """A refusal of this room. `reason` is its keyword; it also travels as `extra["reason"]`."""

    def __init__(self, reason: str, wording: Wording, values: dict[str, object]) -> None:
        super().__init__(
            wording.code,
            wording.cause,
            wording.remedy,
            status=409,
            values=values,
            extra={"reason": reason},
        )
        self.reason = reason


_SYNC_AGAIN = N_("Ulangi sinkronisasi. Jika tetap gagal, minta berkas baru dari pusat.")

WORDINGS: dict[str, Wording] = {
    # documents
    "not-signed": Wording("S-301", N_("Berkas ini bukan dokumen Guyub yang bertanda tangan."), _SYNC_AGAIN),
    "wrong-kind": Wording("S-302", N_("Berkas ini dokumen jenis lain daripada yang diperlukan."), _SYNC_AGAIN),
    "unknown-key": Wording(
        "S-303",
        N_("Berkas ditandatangani dengan kunci yang tidak dikenal server ini."),
        N_("Pastikan berkas berasal dari pusat yang sama dengan saat aktivasi, lalu hubungi pusat."),
    ),
    "bad-signature": Wording("S-304", N_("Tanda tangan berkas tidak cocok dengan isinya."), _SYNC_AGAIN),
    "not-canonical": Wording("S-305", N_("Isi berkas tidak ditulis dalam bentuk baku."), _SYNC_AGAIN),
    "too-large": Wording("S-306", N_("Berkas lebih besar daripada batas yang diizinkan."), _SYNC_AGAIN),
    "future-schema": Wording(
        "S-307",
        N_("Berkas dibuat oleh versi program yang lebih baru."),
        N_("Perbarui program di server ini, lalu ulangi."),
    ),
    "bad-field": Wording("S-308", N_("Isian %(field)s dalam berkas tidak sah."), _SYNC_AGAIN),
    # what is on offer
    "index-rollback": Wording(
        "S-310",
        N_("Daftar paket yang diterima lebih lama daripada yang sudah pernah diterima server ini."),
        N_("Unduh lagi langsung dari pusat. Jangan memakai salinan lama."),
    ),
    "index-expired": Wording(
        "S-311",
        N_("Masa berlaku daftar paket sudah habis."),
        N_("Periksa jam server, lalu unduh daftar terbaru dari pusat."),
    ),
    "clock-behind": Wording(
        "S-312",
        N_("Jam server ini tertinggal dari waktu pembuatan berkas."),
        N_("Setel jam dan tanggal server, lalu ulangi."),
    ),
    "foreign-server": Wording(
        "S-313",
        N_("Berkas ini dibuat untuk server lain (%(found)s), bukan untuk server ini (%(expected)s)."),
        N_("Periksa ID Server, lalu unduh berkas untuk server ini."),
    ),
    "foreign-sitting": Wording(
        "S-314",
        N_("Berkas ini milik sesi lain (%(found)s), bukan sesi %(expected)s."),
        N_("Pilih berkas sesi yang benar, lalu ulangi."),
    ),
    "not-listed": Wording(
        "S-315",
        N_("Berkas %(path)s tidak tercantum dalam daftar paket dari pusat."),
        N_("Unduh semua berkas lagi dari pusat. Jangan mencampur berkas dari unduhan yang berbeda."),
    ),
    "manifest-rollback": Wording(
        "S-316",
        N_("Paket ini versi %(found)s, padahal server sudah memiliki versi %(expected)s."),
        N_("Unduh versi terbaru langsung dari pusat. Jangan memakai salinan lama."),
    ),
    "manifest-expired": Wording(
        "S-317",
        N_("Masa berlaku paket ujian sudah habis."),
        N_("Periksa jam server. Jika jam sudah benar, minta pusat menerbitkan paket baru."),
    ),
    "version-reused": Wording(
        "S-318",
        N_("Ada dua berkas berbeda dengan nomor versi yang sama."),
        N_("Jangan dipakai. Laporkan kepada pusat dan unduh lagi setelah ada versi baru."),
    ),
    "missing-file": Wording(
        "S-319",
        N_("Berkas %(path)s tidak ada."),
        N_("Ulangi sinkronisasi atau salin lagi seluruh folder dari pusat."),
    ),
    "file-damaged": Wording(
        "S-320",
        N_("Berkas %(path)s rusak: isinya tidak sama dengan yang dicatat pusat."),
        N_("Ulangi unduhan berkas itu. Jika dari USB, salin ulang atau pakai USB lain."),
    ),
    "version-mixed": Wording(
        "S-321",
        N_("Berkas-berkas paket berasal dari versi yang berbeda."),
        N_("Unduh semua berkas lagi dari pusat."),
    ),
    # opening
    "box-not-opened": Wording(
        "S-325",
        N_("Berkas tidak dapat dibuka dengan kunci server ini."),
        N_("Pastikan server ini yang diaktifkan di pusat. Setelah pemasangan ulang, aktifkan lagi lalu sinkronkan."),
    ),
    "wrong-release": Wording(
        "S-326",
        N_("Rilis ini bukan untuk paket yang ada di server ini."),
        N_("Sinkronkan paket terbaru, lalu ambil lagi rilisnya."),
    ),
    "key-not-opened": Wording(
        "S-327",
        N_("Kunci paket tidak dapat dibuka."),
        N_("Sinkronkan paket lagi. Jika tetap gagal, hubungi pusat."),
    ),
    "payload-damaged": Wording(
        "S-328",
        N_("Isi paket soal rusak atau terpotong."),
        N_("Unduh paket lagi dari pusat atau salin ulang dari USB."),
    ),
    "payload-malformed": Wording(
        "S-329",
        N_("Susunan isi paket soal tidak sah."),
        N_("Hubungi pusat dan minta paket baru."),
    ),
    "key-in-paper": Wording(
        "S-330",
        N_("Naskah memuat isian yang tidak boleh dikirim ke sekolah: %(field)s."),
        N_("Jangan terbitkan naskah ini. Susun ulang naskah tanpa kunci jawaban."),
    ),
    # codes
    "code-length": Wording(
        "S-335",
        N_("Kode harus %(expected)s huruf atau angka, yang diketik %(found)s."),
        N_("Ketik lagi seluruh kode, kelompok demi kelompok."),
    ),
    "code-group": Wording(
        "S-336",
        N_("Ada yang salah ketik dalam kelompok ke-%(groups)s."),
        N_("Minta pusat membacakan lagi kelompok itu, lalu ketik ulang."),
    ),
    "code-wrong": Wording(
        "S-337",
        N_("Kode terbaca utuh, tetapi bukan untuk paket ini."),
        N_("Sebutkan ID Server dan sesi kepada pusat, lalu minta kode untuk paket versi %(version)s."),
    ),
    # activation
    "activation-proof": Wording(
        "S-340",
        N_("Kode aktivasi tidak cocok dengan permintaan aktivasi."),
        N_("Periksa ID Server dan kode aktivasi, lalu aktifkan lagi."),
    ),
    "activation-answer": Wording(
        "S-341",
        N_("Jawaban aktivasi tidak berasal dari pusat yang memberi kode ini."),
        N_("Jangan diteruskan. Periksa alamat pusat, lalu aktifkan lagi dengan kode yang benar."),
    ),
    "activation-mixed": Wording(
        "S-342",
        N_("Jawaban aktivasi ini untuk permintaan yang lain."),
        N_("Pakai jawaban untuk permintaan terakhir, atau ulangi aktivasi."),
    ),
    # results
    "bundle-damaged": Wording(
        "P-350",
        N_("Berkas hasil rusak atau tidak lengkap."),
        N_("Minta sekolah mengunggah ulang berkas hasil."),
    ),
    "receipt-mixed": Wording(
        "S-351",
        N_("Tanda terima ini untuk berkas hasil yang lain."),
        N_("Unggah lagi hasilnya. Jangan menghapus data sebelum tanda terima cocok."),
    ),
    "authorization": Wording(
        "P-355",
        N_("Permintaan tidak bertanda tangan sah dari server yang terdaftar."),
        N_("Periksa ID Server dan aktifkan lagi server jika pernah dipasang ulang."),
    ),
    "authorization-time": Wording(
        "P-356",
        N_("Jam server sekolah berbeda %(seconds)s detik dari jam pusat."),
        N_("Setel jam dan tanggal server sekolah, lalu ulangi."),
    ),
    # transport
    "no-connection": Wording(
        "S-370",
        N_("Pusat tidak dapat dihubungi: %(detail)s."),
        N_("Periksa sambungan internet, lalu coba lagi. Ujian dapat berjalan tanpa internet."),
    ),
    "not-found": Wording(
        "S-371",
        N_("Berkas %(path)s belum tersedia."),
        N_("Tunggu sampai pusat menerbitkannya, lalu coba lagi."),
    ),
    "centre-refused": Wording(
        "S-372",
        N_("Pusat menolak permintaan (%(status)s %(detail)s)."),
        N_("Ikuti petunjuk dari pusat. Jika tidak jelas, sebutkan kode ini melalui telepon."),
    ),
    "centre-busy": Wording(
        "S-373",
        N_("Pusat sedang sibuk atau ditutup sementara (%(status)s)."),
        N_("Coba lagi beberapa menit lagi. Yang sudah diunduh tidak hilang."),
    ),
    "unsafe-path": Wording(
        "S-374",
        N_("Nama berkas %(path)s tidak diizinkan."),
        N_("Gunakan hanya folder guyub yang dibuat oleh program ini."),
    ),
    "storage": Wording(
        "S-375",
        N_("Berkas tidak dapat ditulis: %(detail)s."),
        N_("Periksa ruang kosong dan pemasangan disk atau USB, lalu ulangi."),
    ),
    "no-stick": Wording(
        "S-376",
        N_("Folder guyub tidak ditemukan di USB."),
        N_("Pasang USB yang benar, atau siapkan dulu foldernya dari halaman USB."),
    ),
}


def refuse(reason: str, **values: object) -> ProtocolRefusal:
    """The refusal for `reason`, to be raised by the caller. An unknown reason is a bug (KeyError)."""
    return ProtocolRefusal(reason, WORDINGS[reason], values)
