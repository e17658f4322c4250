"""Activation: a school server and the centre learn each other's keys through one short-lived code.

The server signs a request with its new key and proves the code by an HMAC over nonce and keys. The centre answers with
a registration, signed with the key it names and MACed under the same code over the request's hash: whoever stands
between and does not know the code can put in no other key, on either side. The same bytes go by HTTP or by file.
The code (80 bits, see `codes`) is told to the technician outside this channel and is good for one server.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain import canonical
from app.domain.boxing import context
from app.domain.documents import read_document, write_document
from app.domain.identities import CentreIdentity, CentrePublic, ServerIdentity, ServerPublic
from app.domain.protocol_refusals import refuse
from app.domain.records import Document, Key32, Line, Pattern, ServerId, Sha256, from_body, to_body
from app.domain.sealing import RandomBytes
from app.domain.signing import peek

_EMPTY = bytes(32)


@dataclass(frozen=True)
class ActivationRequest(Document):
    """A server's new public keys, with proof that its technician holds the code."""

    KIND: ClassVar[str] = "activation"
    server: ServerId
    nonce: Key32
    sign_key: Key32
    box_key: Key32
    program: Line
    made_at: datetime
    proof: Key32

    @property
    def public(self) -> ServerPublic:
        """The keys; ValueError if they are none."""
        return ServerPublic.from_raw(self.server, self.sign_key, self.box_key)


@dataclass(frozen=True)
class School:
    """What the centre tells the technician to confirm."""

    npsn: Annotated[str, Pattern(r"[0-9A-Za-z]{1,16}")]
    name: Line
    server_name: Line
    time_zone: Annotated[str, Pattern(r"[A-Za-z]+(/[A-Za-z_]+)*")]


@dataclass(frozen=True)
class Registration(Document):
    """The centre's answer: whose server this is, and the centre's keys."""

    KIND: ClassVar[str] = "registration"
    server: ServerId
    request: Sha256  # of the request's bytes
    school: School
    centre_sign: Key32
    centre_box: Key32
    registered_at: datetime
    proof: Key32

    @property
    def centre(self) -> CentrePublic:
        """The keys to trust from now on."""
        return CentrePublic.from_raw(self.centre_sign, self.centre_box)


def make_request(
    identity: ServerIdentity,
    code: bytes,
    program: str,
    made_at: datetime,
    random_bytes: RandomBytes = secrets.token_bytes,
) -> bytes:
    """The request's bytes. `code` has 10 bytes (`codes.parse_code`). Keep them: the answer is bound to them."""
    public = identity.public
    request = ActivationRequest(
        server=identity.server,
        nonce=random_bytes(32),
        sign_key=public.sign.public_bytes_raw(),
        box_key=public.box.public_bytes_raw(),
        program=program,
        made_at=made_at,
        proof=_EMPTY,
    )
    return write_document(replace(request, proof=_proof(request, code)), identity.sign)


def read_request(data: bytes) -> ActivationRequest:
    """The request, signed by the key it brings. The code is NOT yet proven: `check_request` does that."""
    key = _self_named_key("activation", data, "sign_key")
    return read_document(ActivationRequest, data, key)


def check_request(request: ActivationRequest, code: bytes) -> ServerPublic:
    """The server's keys; refuses `activation-proof` if its technician does not hold `code`."""
    if not hmac.compare_digest(request.proof, _proof(request, code)):
        raise refuse("activation-proof")
    try:
        return request.public
    except ValueError as error:
        raise refuse("activation-proof") from error


def make_response(
    request_data: bytes, code: bytes, school: School, centre: CentreIdentity, registered_at: datetime
) -> bytes:
    """The registration's bytes for a request that `check_request` accepted. Keep and repeat them on a replay."""
    public = centre.public
    registration = Registration(
        server=read_request(request_data).server,
        request=hashlib.sha256(request_data).hexdigest(),
        school=school,
        centre_sign=public.sign.public_bytes_raw(),
        centre_box=public.box.public_bytes_raw(),
        registered_at=registered_at,
        proof=_EMPTY,
    )
    return write_document(replace(registration, proof=_proof(registration, code)), centre.sign)


def check_response(data: bytes, request_data: bytes, code: bytes) -> Registration:
    """The registration to trust; refuses `activation-mixed` (another request) and `activation-answer` (no proof)."""
    registration = read_document(Registration, data, _self_named_key("registration", data, "centre_sign"))
    if registration.request != hashlib.sha256(request_data).hexdigest():
        raise refuse("activation-mixed")
    if not hmac.compare_digest(registration.proof, _proof(registration, code)):
        raise refuse("activation-answer")
    if registration.server != read_request(request_data).server:
        raise refuse("activation-mixed")
    try:
        _ = registration.centre
    except ValueError as error:
        raise refuse("activation-answer") from error
    return registration


def _self_named_key(kind: str, data: bytes, field: str) -> Ed25519PublicKey:
    """The key a document names for itself; trust in it must come from the proof under the code."""
    body = peek(kind, data)
    document = from_body(ActivationRequest if kind == "activation" else Registration, body)
    try:
        return Ed25519PublicKey.from_public_bytes(getattr(document, field))
    except ValueError as error:
        raise refuse("bad-field", field=field) from error


def _proof(document: ActivationRequest | Registration, code: bytes) -> bytes:
    info = context("activation", document.KIND, document.server)
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(code)
    blank = canonical.dumps(to_body(replace(document, proof=_EMPTY)))
    return hmac.new(key, blank, hashlib.sha256).digest()
