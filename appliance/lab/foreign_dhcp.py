"""Who else gives out addresses on the exam room's LAN: one question (DHCPDISCOVER, RFC 2131) under a made-up MAC.

Ours and those of sibling servers do not answer a MAC that is in no plan, so whoever answers is a stranger. Nothing is
accepted and no address is taken; a router forgets its offer by itself.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

WAIT_S = 5.0  # many try for three seconds whether the address is free before they offer it
ASK_AGAIN_S = 1.0
_COOKIE = b"\x63\x82\x53\x63"
_MESSAGE_TYPE, _SERVER, _END = 53, 54, 255
_DISCOVER, _OFFER = 1, 2
_SERVER_PORT, _CLIENT_PORT = 67, 68
_IP = 0x0800


@dataclass(frozen=True, slots=True, order=True)
class Foreign:
    """Another server of addresses: its own address and the MAC that sent the answer."""

    address: str
    mac: str


def ask(card: str, random_bytes: Callable[[int], bytes], wait_s: float = WAIT_S) -> list[Foreign]:
    """Those who answer within `wait_s` seconds. Raises OSError without the right to ask (CAP_NET_RAW) or a link."""
    transaction, mac = random_bytes(4), b"\x02" + random_bytes(5)
    found: set[Foreign] = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_IP)) as line:
        line.bind((card, _IP))
        began, asked = time.monotonic(), 0
        while (passed := time.monotonic() - began) < wait_s:
            if passed >= asked * ASK_AGAIN_S:
                line.sendto(question(transaction, mac), (card, _IP, 0, 0, b"\xff" * 6))
                asked += 1
            line.settimeout(max(0.01, min(asked * ASK_AGAIN_S, wait_s) - passed))
            try:
                packet, sender = line.recvfrom(2048)
            except TimeoutError:
                continue
            if address := offered_by(packet, transaction):
                found.add(Foreign(address, ":".join(f"{byte:02x}" for byte in sender[4])))
    return sorted(found)


def question(transaction: bytes, mac: bytes) -> bytes:
    """The IPv4 packet that asks; the answer is wanted by broadcast, because nobody has this address yet."""
    message = struct.pack("!BBBB4sHH16x", 1, 1, 6, 0, transaction, 0, 0x8000)
    message += mac.ljust(16, b"\0") + bytes(192) + _COOKIE
    message += bytes([_MESSAGE_TYPE, 1, _DISCOVER, 55, 3, 1, 3, 6, _END])
    message = message.ljust(300, b"\0")
    datagram = struct.pack("!HHHH", _CLIENT_PORT, _SERVER_PORT, 8 + len(message), 0) + message
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + datagram


def offered_by(packet: bytes, transaction: bytes) -> str:
    """The address of the server that makes this offer; empty if the packet is none, or answers another question."""
    start = (packet[0] & 0x0F) * 4 if packet else 0
    message = packet[start + 8 :]
    if start < 20 or len(message) < 240 or packet[9] != 17 or message[236:240] != _COOKIE:
        return ""
    ports = struct.unpack("!HH", packet[start : start + 4])
    if ports != (_SERVER_PORT, _CLIENT_PORT) or message[0] != 2 or message[4:8] != transaction:
        return ""
    options = _options(message[240:])
    if options.get(_MESSAGE_TYPE) != bytes([_OFFER]):
        return ""
    named = options.get(_SERVER, b"")
    return str(ipaddress.IPv4Address(named if len(named) == 4 else packet[12:16]))


def _options(content: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(content) and content[at] != _END:
        if content[at] == 0:
            at += 1
            continue
        length = content[at + 1] if at + 1 < len(content) else 0
        found[content[at]] = content[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def _checksum(head: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(head) // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
