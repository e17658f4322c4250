"""A school's server that uploads bundle after bundle through the centre's front, as `app.sync` does: what fails is sent
again. Writes one line a bundle with its receipt, and how many requests did not get the answer they should.

Ends by itself when the file `stop` appears beside its lines, or after `MOST_S`.
"""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import ssl
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.domain.bundles import AnswerRecord, AttemptRecord, AuditHead, Results, build_bundle
from app.domain.identities import CentreIdentity, ServerIdentity
from app.sync.requests_auth import authorization

AT_ONCE = 3
PAUSE_S = 0.3  # between two bundles of one thread: about five a second in all, some fifteen requests
AGAIN_S = 0.5
ANSWER_S = 40
MOST_S = 1200
SITI, SITTING = "01-001-001-8", "sesi-1"


@dataclass
class School:
    """The school's server and where it reaches the centre."""

    folder: Path
    address: str

    def __post_init__(self) -> None:
        seed = json.loads((self.folder / "seed.json").read_text())
        sign, box = (bytes.fromhex(key) for key in seed["keys"])
        self.identity = ServerIdentity.from_raw(seed["server"], sign, box)
        self.centre = CentreIdentity.from_raw(*(bytes.fromhex(key) for key in seed["centre"])).public
        self.trusted = ssl.create_default_context(cafile=str(self.folder / "front.crt"))
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.until = time.monotonic() + MOST_S

    def stopped(self) -> bool:
        """Whether the test has had enough."""
        return (self.folder / "stop").exists() or time.monotonic() > self.until

    def work(self) -> None:
        """One bundle after the other."""
        while not self.stopped():
            with self.lock:
                number = next(self.numbers)
            self._write(self._upload(number))
            time.sleep(PAUSE_S)

    def _upload(self, number: int) -> dict[str, object]:
        made_at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC) + timedelta(seconds=number)
        answer = AnswerRecord("q1", "q1a", False, number + 1, 1, 1000, 1001, late=False)
        siti = AttemptRecord(
            number=SITI, state="finished", answers=(answer,), seed=7, started_ms=1000, finished_ms=90_000,
            closed_by="student", credit_ms=0,
        )  # fmt: skip
        results = Results(
            server=self.identity.server, sitting=SITTING, version=1, made_at=made_at, attempts=(siti,), outages=(),
            credits=(), audit=AuditHead(3, "ab" * 32),
        )  # fmt: skip
        bundle = build_bundle(results, self.identity, self.centre)
        base = f"/api/v1/servers/{self.identity.server}/uploads/{bundle.name}"
        whole = json.dumps({"size": len(bundle.data), "chunks": [bundle.name]}).encode()
        failed: list[str] = []
        if not self._until_good("GET", "/staf/masuk", b"", failed, signed=False):
            return {"bundle": bundle.name, "receipt": "", "failed": failed}
        while not self.stopped():
            if not self._until_good("PUT", f"{base}/chunks/{bundle.name}", bundle.data, failed):
                break
            status, receipt = self._ask("POST", base, whole)
            if status == 200:
                return {"bundle": bundle.name, "receipt": base64.b64encode(receipt).decode(), "failed": failed}
            failed.append(f"POST {status} {receipt[:200]!r}")
            time.sleep(AGAIN_S)
        return {"bundle": bundle.name, "receipt": "", "failed": failed}

    def _until_good(self, method: str, path: str, body: bytes, failed: list[str], *, signed: bool = True) -> bool:
        while not self.stopped():
            status, said = self._ask(method, path, body, signed=signed)
            if status in {200, 204}:
                return True
            failed.append(f"{method} {status} {said[:200]!r}")
            time.sleep(AGAIN_S)
        return False

    def _ask(self, method: str, path: str, body: bytes, *, signed: bool = True) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(self.address, timeout=ANSWER_S, context=self.trusted)
        headers = (
            {"Authorization": authorization(self.identity, method, path, body, int(time.time()))} if signed else {}
        )
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            return 0, repr(error).encode()
        finally:
            connection.close()

    def _write(self, line: dict[str, object]) -> None:
        with self.lock, (self.folder / "lines.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def main() -> None:
    """`python -m tests.lab.pusat_load FOLDER ADDRESS`."""
    school = School(Path(sys.argv[1]), sys.argv[2])
    threads = [threading.Thread(target=school.work) for _number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
