"""Results to the centre, over a line that breaks or on a stick, and the receipt back.

Over the network a bundle goes in chunks of 1 MiB named by their hash; after a break only what the centre lacks is sent.
On a stick the whole bundle is one file. Either way nothing counts as delivered before a receipt that `check_receipt`
accepts; this module deletes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.domain import canonical, exchange_paths
from app.domain.bundles import check_receipt
from app.domain.documents import Receipt
from app.domain.identities import CentrePublic, ServerIdentity
from app.domain.protocol_refusals import ProtocolRefusal, refuse
from app.sync import exchange
from app.sync.http_client import HttpClient
from app.sync.requests_auth import authorization
from app.sync.transport import SMALL, Progress, Transport

CHUNK = 1024 * 1024

UnixSeconds = Callable[[], int]


class CentreApi:
    """The centre's calls for an activated server, each request signed. `clock` gives the time in whole seconds."""

    def __init__(self, client: HttpClient, identity: ServerIdentity, clock: UnixSeconds) -> None:
        self._client = client
        self._identity = identity
        self._clock = clock

    def call(self, method: str, path: str, body: bytes = b"", content_type: str = "application/octet-stream") -> bytes:
        """A signed request; refuses what `HttpClient.call` refuses."""
        headers = {"Authorization": authorization(self._identity, method, path, body, self._clock())}
        if body:
            headers["Content-Type"] = content_type
        return self._client.call(method, path, body or None, headers)

    def call_json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The same with JSON both ways; refuses `centre-refused` if the answer is no JSON object."""
        answer = self.call(method, path, canonical.dumps(body) if body else b"", "application/json")
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise refuse("centre-refused", status=200, detail="bukan JSON")
        return found


def chunk_names(data: bytes) -> list[str]:
    """The SHA-256 of each chunk of a bundle, in order."""
    return [hashlib.sha256(data[start : start + CHUNK]).hexdigest() for start in range(0, len(data), CHUNK)]


def upload(
    api: CentreApi,
    server: str,
    sitting: str,
    bundle: bytes,
    centre: CentrePublic,
    progress: Progress | None = None,
) -> tuple[bytes, Receipt]:
    """Send a bundle, or what is still missing of it; gives the receipt's bytes and what it says.

    Sending again what the centre has gives the same receipt. Refuses `receipt-mixed` and what signatures and calls
    refuse; then nothing is lost and the call may be repeated.
    """
    name = hashlib.sha256(bundle).hexdigest()
    base = f"/api/v1/servers/{server}/uploads/{name}"
    state = api.call_json("GET", base)
    receipt = _receipt_in(state)
    if receipt is None:
        names = chunk_names(bundle)
        _send_missing(api, base, bundle, names, set(state.get("have", ())), progress)
        receipt = api.call("POST", base, canonical.dumps({"size": len(bundle), "chunks": names}), "application/json")
    believed = check_receipt(receipt, name, server, sitting, centre)
    if progress:
        progress(len(bundle), len(bundle))
    return receipt, believed


def put_on_stick(folder: Path, server: str, bundle: bytes) -> str:
    """Write a bundle into a stick's folder (`transport.stick_folder`); gives its path in the tree."""
    path = exchange_paths.upload(server, hashlib.sha256(bundle).hexdigest())
    exchange.write(folder, path, bundle)
    return path


def find_receipt(
    transport: Transport, server: str, sitting: str, bundle_sha256: str, centre: CentrePublic
) -> tuple[bytes, Receipt] | None:
    """The receipt for a bundle from a stick or the centre's tree, or None while there is none."""
    try:
        data = transport.read(exchange_paths.receipt(server, bundle_sha256), SMALL)
    except ProtocolRefusal as refusal:
        if refusal.reason == "not-found":
            return None
        raise
    return data, check_receipt(data, bundle_sha256, server, sitting, centre)


def _send_missing(
    api: CentreApi, base: str, bundle: bytes, names: list[str], have: set[str], progress: Progress | None
) -> None:
    done = 0
    for place, name in enumerate(names):
        chunk = bundle[place * CHUNK : (place + 1) * CHUNK]
        if name not in have:
            api.call("PUT", f"{base}/chunks/{name}", chunk)
            have.add(name)
        done += len(chunk)
        if progress:
            progress(done, len(bundle))


def _receipt_in(state: dict[str, Any]) -> bytes | None:
    text = state.get("receipt")
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise refuse("centre-refused", status=200, detail="tanda terima rusak") from error
