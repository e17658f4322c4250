"""What exam PCs ask to find out whether they are "online", and what they want to hear.

A PC that hears nothing warns, or leaves this LAN for another one. On a LAN that leads nowhere these names lead to the
server, and only there. Addresses and answers are those that the makers document for administrators: Windows NCSI,
Chrome and Android, Firefox, NetworkManager as Debian, Ubuntu, Fedora and GNOME set it, Apple. Probes by https cannot be
answered: nobody has the makers' certificates.
"""

from __future__ import annotations

from dataclasses import dataclass

_APPLE = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
_FIREFOX = '<meta http-equiv=\\"refresh\\" content=\\"0;url=https://support.mozilla.org/kb/captive-portal\\"/>'
WINDOWS_NAME = ("dns.msftncsi.com", "131.107.255.255")  # Windows only resolves it, and compares


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told at one path. `body` stands between double quotes in nginx's configuration; `\\n` ends a line."""

    path: str
    body: str = ""
    kind: str = "text/plain"

    @property
    def status(self) -> int:
        """204 where nothing is to be said."""
        return 200 if self.body else 204


HOSTS: tuple[str, ...] = (
    "connectivitycheck.gstatic.com",
    "connectivitycheck.android.com",
    "clients3.google.com",
    "www.gstatic.com",
    "www.msftconnecttest.com",
    "www.msftncsi.com",
    "detectportal.firefox.com",
    "network-test.debian.org",
    "connectivity-check.ubuntu.com",
    "nmcheck.gnome.org",
    "fedoraproject.org",
    "captive.apple.com",
)
ANSWERS: tuple[Answer, ...] = (
    Answer("/generate_204"),
    Answer("/gen_204"),
    Answer("/connecttest.txt", "Microsoft Connect Test"),
    Answer("/ncsi.txt", "Microsoft NCSI"),
    Answer("/success.txt", "success\\n"),
    Answer("/canonical.html", _FIREFOX, "text/html"),
    Answer("/nm", "NetworkManager is online\\n"),
    Answer("/check_network_status.txt", "NetworkManager is online\\n"),
    Answer("/static/hotspot.txt", "OK"),
    Answer("/hotspot-detect.html", _APPLE, "text/html"),
    Answer("/"),
)
