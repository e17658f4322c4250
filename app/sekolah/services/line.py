"""The line to the centre: where its address comes from, and what is made of it.

A school's server is told the address by its settings, or by the technician at activation where the settings are silent.
Opening a line reaches nobody; only using it does. A server whose settings name a centre talks to no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain import centre_key
from app.domain.clock import Clock
from app.domain.refusals import Refusal
from app.domain.wording import N_
from app.models import StateEntry
from app.sekolah.services.identity import Office, find_identity
from app.sekolah.services.workplace import Workplace
from app.sync.http_client import HttpClient
from app.sync.pacing import pace_of
from app.sync.transport import HttpTransport
from app.sync.uploading import CentreApi

ADDRESS_NAME = "centre_address"
ACTIVATION_PATH = "/api/v1/activation"


@dataclass(frozen=True)
class Line:
    """A line to one address, through `proxy` if there is one, with at most `kbps` kbit/s if that is not 0."""

    address: str
    clock: Clock
    proxy: str = ""
    kbps: int = 0

    def tree(self) -> HttpTransport:
        """The exchange tree over the network."""
        return HttpTransport(self.address, proxy=self.proxy, pace=pace_of(self.kbps))

    def api(self, office: Office) -> CentreApi:
        """The centre's calls, signed by this server."""
        return CentreApi(self._client(), office.server, lambda: int(self.clock.now().timestamp()))

    def activate(self, request: bytes) -> bytes:
        """Send an activation request; gives the answer's bytes."""
        return self._client().call("POST", ACTIVATION_PATH, request)

    def _client(self) -> HttpClient:
        return HttpClient(self.address, proxy=self.proxy, pace=pace_of(self.kbps))


def open_line(place: Workplace) -> Line:
    """The line to the centre; refuses (S-205) when no address is known."""
    refuse_other_centre(place)
    with place.look() as session:
        address = address_of(session, place.centre_url)
    if not address:
        raise Refusal(
            "S-205",
            N_("Alamat pusat belum diisi di server ini."),
            N_("Isi alamat pusat di halaman Aktivasi Server, atau pakai berkas dan USB."),
            status=409,
        )
    return Line(address, place.clock, place.proxy, place.sync_kbps)


def refuse_other_centre(place: Workplace) -> None:
    """Refuses S-210 where this server was activated by another centre, or as another server, than its settings say."""
    with place.look() as session:
        known = find_identity(session)
    if known is None or not known.confirmed:
        return
    other_centre = place.centre_key and centre_key.parse(place.centre_key) != known.centre_sign_public
    if other_centre or (place.server_id and place.server_id != known.server_id):
        raise Refusal(
            "S-210",
            N_("Server ini aktif sebagai %(server)s pada pusat lain daripada yang tertulis di pengaturannya."),
            N_("Betulkan kunci pusat dan ID Server di pengaturan, atau siapkan ulang server ini untuk pusat itu."),
            status=409,
            values={"server": known.server_id},
        )


def address_of(session: Session, from_settings: str) -> str:
    """The centre's address: settings first, then what the technician gave; empty if neither."""
    if from_settings:
        return from_settings
    entry = session.get(StateEntry, ADDRESS_NAME)
    return str(entry.value["url"]) if entry else ""


def keep_address(session: Session, clock: Clock, typed: str) -> None:
    """Remember the address the technician gave; refuses (S-206) what is no web address."""
    address = typed.strip().rstrip("/")
    if "://" not in address:
        address = f"https://{address}"
    try:
        HttpClient(address)
    except ValueError as error:
        raise Refusal(
            "S-206",
            N_("Alamat pusat ini bukan alamat web."),
            N_("Tulis seperti https://pusat.example.id, lalu kirim lagi."),
        ) from error
    session.merge(StateEntry(name=ADDRESS_NAME, value={"url": address}, changed_at=clock.now()))
    session.flush()
