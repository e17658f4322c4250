"""The student API of a school's server, honest and in memory, for trying the exam room's page under faults.

It follows docs/architecture.md and nothing else: it is no part of the product and keeps no promise of durability. Its
switches make the faults that a real server shows: away (the listener is closed), slow, answers that never arrive after
the commit, a queue, a seat that moved, a restore from an older copy.
"""

from __future__ import annotations

import copy
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template, request, send_from_directory
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app.web.static_files import init_static_addresses

ROOT = Path(__file__).resolve().parents[3]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; "
    "media-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Quiet(WSGIRequestHandler):
    """Keeps the test's output readable."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass
class Run:
    """One student's attempt at the server."""

    number: str
    name: str
    gender: str
    seed: int
    id: int
    epoch: int = 0
    held: bool = False
    state: str = "waiting"
    deadline: float = 0.0
    minimum: float = 0.0
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    aside: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[dict[str, Any]] = field(default_factory=list)  # every item of every request, as it came
    highest: int = 0  # sequence seen so far
    after_finish: list[dict[str, Any]] = field(default_factory=list)
    position: str = ""
    reset: str | None = None

    @property
    def next_sequence(self) -> int:
        return self.highest + 1


class Refused(Exception):  # noqa: N818 - as the program's own refusals
    """Becomes application/problem+json."""

    def __init__(self, status: int, code: str, detail: str, remedy: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "type": "about:blank",
            "title": detail,
            "status": status,
            "code": code,
            "detail": detail,
            "remedy": remedy,
            **extra,
        }


class ContractServer:
    """One school's server with one sitting.

    `paper` is a paper file, `media` its files by name, `static` the folder of static files as they are served.
    """

    TOKEN = "K7MPXA"
    PASSWORD = "rahasia-2345"

    def __init__(
        self, paper: dict[str, Any], media: dict[str, bytes], static: Path, *, length_s: int = 5400, minimum_s: int = 0
    ) -> None:
        self.paper, self.media, self.static = paper, media, static
        self.length_s, self.minimum_s = length_s, minimum_s
        self.runs = {
            "P20104001-0001": Run("P20104001-0001", "Siti Nurhaliza Rahmawati", "P", 20231123, 1),
            "P20104001-0002": Run("P20104001-0002", "Budi Santoso", "L", 77, 2),
        }
        self.slow_s = 0.0
        self.drop_replies = 0  # commit, then close the connection without a word
        self.queue_place = 0  # answer 503 with this place, one less each time
        self.forbid_answers = False  # answers 503 to saves only
        self.requests: list[tuple[str, str]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()
        self.app = self._build()
        self._server: BaseWSGIServer | None = None
        self.port = 0

    # -- the listener -------------------------------------------------------------------------------------------

    def start(self, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port or self.port, self.app, threaded=True, request_handler=Quiet)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Nobody listens on the port any more, as when the machine lost its power."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # -- switches -----------------------------------------------------------------------------------------------

    def move(self, number: str) -> None:
        """The proctor resets the seat: the old epoch ends."""
        run = self.runs[number]
        run.held, run.reset = False, "approved"

    def set_remaining(self, number: str, seconds: float) -> None:
        self.runs[number].deadline = time.monotonic() + seconds

    def copy_of(self, number: str) -> Run:
        """A backup of what is held of a student."""
        return copy.deepcopy(self.runs[number])

    def restore(self, number: str, older: Run) -> None:
        """The backup is put back: what came since is gone."""
        run = self.runs[number]
        run.answers, run.highest, run.aside = copy.deepcopy(older.answers), older.highest, list(older.aside)

    def values(self, number: str) -> dict[str, Any]:
        return {question: answer["value"] for question, answer in self.runs[number].answers.items()}

    # -- the calls ----------------------------------------------------------------------------------------------

    def _build(self) -> Flask:
        app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "app" / "templates"))
        app.json.sort_keys = False
        app.register_error_handler(Refused, self._problem)
        app.after_request(self._headers)
        app.before_request(self._faults)
        app.teardown_request(self._leave)
        app.add_url_rule("/", view_func=lambda: render_template("exam/room.html"), endpoint="exam_room")
        app.add_url_rule("/static/<path:filename>", view_func=self._static, endpoint="static")
        init_static_addresses(app)
        app.add_url_rule("/papers/<name>", view_func=lambda **_name: jsonify(self.paper), endpoint="paper")
        app.add_url_rule("/media/<name>", view_func=self._media, endpoint="media")
        post = {"methods": ["POST"]}
        app.add_url_rule("/api/v1/login", view_func=self._login, **post)
        app.add_url_rule("/api/v1/reset-requests", view_func=self._reset, **post)
        app.add_url_rule("/api/v1/admission", view_func=self._admission, **post)
        app.add_url_rule("/api/v1/attempts/<int:attempt>", view_func=self._read)
        app.add_url_rule("/api/v1/attempts/<int:attempt>/start", view_func=self._start, **post)
        app.add_url_rule("/api/v1/attempts/<int:attempt>/answers", view_func=self._answers, **post)
        app.add_url_rule("/api/v1/attempts/<int:attempt>/finish", view_func=self._finish, **post)
        return app

    def _problem(self, refused: Refused) -> Response:
        answer = jsonify(refused.body)
        answer.status_code = refused.status
        answer.mimetype = "application/problem+json"
        return answer

    def _headers(self, answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        if self.drop_replies > 0 and request.path.endswith("/answers") and request.get_json()["items"]:
            self.drop_replies -= 1
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return answer

    def _faults(self) -> None:
        if not request.path.startswith("/api/"):
            return
        self.requests.append((request.method, request.path))
        with self.lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.slow_s:
            time.sleep(self.slow_s)
        if self.queue_place and request.path.endswith(("/login", "/admission")):
            place, self.queue_place = self.queue_place, self.queue_place - 1
            raise Refused(503, "S-150", "Server sedang ramai.", "Tunggu.", place=place, retry_after_s=1)
        if self.forbid_answers and request.path.endswith("/answers"):
            raise Refused(503, "S-151", "Server sibuk.", "Tunggu.", retry_after_s=1)

    def _leave(self, _error: BaseException | None) -> None:
        if request.path.startswith("/api/"):
            with self.lock:
                self.in_flight -= 1

    def _static(self, filename: str) -> Response:
        return send_from_directory(self.static, filename, max_age=0)

    def _media(self, name: str) -> Response:
        kind = {"png": "image/png", "wav": "audio/wav"}[name.rsplit(".", 1)[1]]
        answer = Response(self.media[name], mimetype=kind)
        answer.accept_ranges = "bytes"
        return answer.make_conditional(request, accept_ranges=True, complete_length=len(self.media[name]))

    def _who(self, body: dict[str, Any]) -> Run:
        run = self.runs.get(str(body.get("number")))
        if run is None or body.get("password") != self.PASSWORD:
            raise Refused(401, "S-101", "Nomor peserta atau kata sandi salah.", "Periksa kartu login, lalu coba lagi.")
        return run

    def _people(self, run: Run) -> dict[str, Any]:
        return {
            "participant": {
                "number": run.number,
                "name": run.name,
                "gender": run.gender,
                "class_name": "IX-A",
                "seat": 12,
            },
            "sitting": {
                "id": "s1",
                "title": self.paper["title"],
                "subject": self.paper["subject"],
                "starts_at": "2026-11-23T00:30:00Z",
                "length_s": self.length_s,
                "minimum_s": self.minimum_s,
                "time_zone": "Asia/Jakarta",
            },
        }

    def _login(self) -> Response:
        run = self._who(request.get_json())
        if run.held:
            raise Refused(409, "S-106", "Tes Anda masih terbuka di komputer lain.", "Minta pindah.", reset_request=True)
        return jsonify({"ticket": f"ticket {run.number}", "state": run.state, **self._people(run)})

    def _reset(self) -> tuple[Response, int]:
        run = self._who(request.get_json())
        run.reset = run.reset or "waiting"
        return jsonify({"id": 1, "state": run.reset}), 202

    def _bearer(self) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    def _admission(self) -> Response:
        run = self.runs.get(self._bearer().removeprefix("ticket "))
        if run is None:
            raise Refused(401, "S-110", "Login sudah tidak berlaku.", "Masuk sekali lagi.")
        if str(request.get_json()["token"]).strip().upper() != self.TOKEN:
            raise Refused(403, "S-121", "Token salah.", "Ketik token yang dibacakan pengawas.")
        run.epoch += 1
        run.held, run.reset = True, None
        run.state = "admitted" if run.state == "waiting" else run.state
        return jsonify(
            {"attempt": str(run.id), "seat": f"seat {run.number} {run.epoch}", "epoch": run.epoch, "state": run.state}
        )

    def _seat(self, attempt: int) -> tuple[Run, int]:
        kind, _, rest = self._bearer().partition(" ")
        number, _, epoch = rest.partition(" ")
        run = self.runs.get(number)
        if kind != "seat" or run is None or run.id != attempt:
            raise Refused(401, "S-130", "Tempat duduk ini tidak dikenal.", "Masuk sekali lagi.")
        return run, int(epoch)

    def _current(self, attempt: int) -> Run:
        run, epoch = self._seat(attempt)
        if epoch != run.epoch or not run.held:
            raise self._ended([])
        return run

    def _ended(self, aside: list[int]) -> Refused:
        return Refused(
            409, "S-131", "Tes Anda dilanjutkan di komputer lain.", "Hubungi proktor.", acknowledged=[], aside=aside
        )

    def _times(self, run: Run) -> dict[str, Any]:
        now = time.monotonic()
        if run.state == "working" and now > run.deadline + 1:
            run.state = "finished"
        left = max(0, int((run.deadline - now) * 1000)) if run.state == "working" else 0
        return {"remaining_ms": left, "minimum_ms": max(0, int((run.minimum - now) * 1000)), "state": run.state}

    def _state(self, run: Run) -> Response:
        answers = [{"question": question, **answer} for question, answer in run.answers.items()]
        return jsonify(
            {
                "attempt": str(run.id),
                "epoch": run.epoch,
                "paper": "/papers/one.json",
                "seed": run.seed,
                "questions": len(self.paper["questions"]),
                "answers": answers,
                "next_sequence": run.next_sequence,
                "position": run.position,
                **self._times(run),
                **self._people(run),
            }
        )

    def _read(self, attempt: int) -> Response:
        return self._state(self._current(attempt))

    def _start(self, attempt: int) -> Response:
        run = self._current(attempt)
        if run.state == "admitted":
            run.state = "working"
            run.deadline = time.monotonic() + self.length_s
            run.minimum = time.monotonic() + self.minimum_s
        return self._state(run)

    def _answers(self, attempt: int) -> Response:
        run, epoch = self._seat(attempt)
        body = request.get_json()
        if body["items"] and run.state == "admitted":
            raise Refused(409, "S-133", "Tes ini belum dimulai.", "Muat ulang halaman, lalu pilih Mulai.")
        known = {question["id"] for question in self.paper["questions"]}
        fit = [item for item in body["items"] if item["question"] in known]
        rejected = [{"sequence": item["sequence"], "code": "S-122"} for item in body["items"] if item not in fit]
        if rejected and not fit:
            raise Refused(422, "S-122", "Soal ini tidak ada.", "Muat ulang halaman.", rejected=rejected)
        with self.lock:
            for item in fit:
                run.arrivals.append({**item, "epoch": epoch})
                self._judge(run, item, current=epoch == run.epoch and run.held)
        if epoch != run.epoch or not run.held:
            raise self._ended([item["sequence"] for item in body["items"]])
        run.position = body["position"] or run.position
        told = {"acknowledged": [item["sequence"] for item in fit], "aside": [], **self._times(run)}
        return jsonify(told | ({"rejected": rejected} if rejected else {}))

    def _judge(self, run: Run, item: dict[str, Any], *, current: bool) -> None:
        answer = {key: item[key] for key in ("sequence", "value", "doubtful")}
        known = run.answers.get(item["question"])
        run.highest = max(run.highest, item["sequence"])
        if run.state == "finished":
            run.after_finish.append(item)
        if not current:
            run.aside.append(item)
            if known is None:
                run.answers[item["question"]] = answer
        elif known is None or item["sequence"] > known["sequence"]:
            run.answers[item["question"]] = json.loads(json.dumps(answer))

    def _finish(self, attempt: int) -> Response:
        run = self._current(attempt)
        if self._times(run)["minimum_ms"] > 0:
            raise Refused(409, "S-143", "Belum boleh selesai.", "Tunggu sampai waktu minimum lewat.")
        run.state = "finished"
        answered = sum(1 for answer in run.answers.values() if answer["value"] is not None)
        return jsonify({"state": "finished", "receipt": f"GUYUB-{run.id:04d}-7QXM", "answered": answered})
