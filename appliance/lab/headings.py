"""The headings of a lab's spreadsheet, and the child process that unpacks an xlsx with them under hard limits.

It must start fast and imports neither the web nor the database.
"""

from __future__ import annotations

from app.pusat.services import sheet_worker
from app.pusat.services.participant_columns import Words

WORDS = Words(
    {
        "name": (
            "nomor pc",
            "no pc",
            "no. pc",
            "nomor komputer",
            "no komputer",
            "no. komputer",
            "nama pc",
            "pc",
            "nomor",
        ),
        "mac": ("mac", "mac address", "alamat mac", "macaddress", "mac addr", "alamat fisik", "physical address"),
        "address": ("alamat", "alamat ip", "ip", "ip address", "ipv4", "no ip", "nomor ip"),
        "system": ("sistem", "sistem operasi", "os", "so"),
        "room": ("ruang", "ruangan", "lab", "ruang lab", "laboratorium"),
        "seat": ("tempat duduk", "kursi", "meja", "bangku", "no meja", "nomor meja", "duduk"),
        "spare": ("cadangan", "pc cadangan", "spare"),
        "server": ("server", "nama server", "server sekolah"),
    },
    ("mac", "address"),
    frozenset({"", "no", "no.", "keterangan", "catatan", "nama alat", "alamat sekarang"}),
)

if __name__ == "__main__":
    sheet_worker.main(WORDS)
