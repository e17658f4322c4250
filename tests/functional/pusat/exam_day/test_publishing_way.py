"""The whole way at the centre: activate, publish, check, release, open, upload, receipt, scores."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.domain import canonical, codes, package_opening
from app.domain.activation import check_response, make_request
from app.domain.bundles import check_receipt
from app.domain.documents import Report
from app.domain.identities import ServerIdentity
from app.domain.package_opening import check_release
from app.domain.records import to_body
from app.domain.refusals import Refusal
from app.models import (
    AttemptResult,
    AuditEntry,
    BankQuestion,
    Enrolment,
    Publication,
    QuestionResult,
    Release,
    Server,
    Sitting,
    SittingState,
    Upload,
)
from app.pusat.jobs import Ticker
from app.pusat.services import offers, releasing, servers, uploads
from app.pusat.services.secrets_box import release_code_place
from app.sync.requests_auth import authorization
from tests.conftest import EXAM_DAY
from tests.functional.pusat.exam_day.conftest import (
    BUDI,
    KEY_MARKER,
    MARKER,
    PICTURE,
    RIGHT_ROWS,
    SITI,
    TONO,
    Day,
    attempt,
    three_runs,
)


def test_an_exam_goes_from_publishing_to_scores_computed_by_hand(published: Day) -> None:
    checked = published.check()
    assert [entry.name for entry in checked.roster.participants] == ["Siti Rahayu", "Budi Santoso", "=cmd()|'Tono"]
    path = f"servers/{published.server.server}/{published.sitting}.release"
    assert published.fetch(path).status_code == 404

    published.clock.wall = EXAM_DAY - timedelta(minutes=30)
    assert releasing.release_due(published.place) == 1
    release, _at = check_release(published.fetch(path).data, checked.manifest, published.centre)
    sections = published.open(checked, release)
    paper = next(data for name, data in sections.items() if name.startswith("papers/"))
    assert PICTURE in sections.values()
    body = json.loads(gzip.decompress(paper))
    assert [question["id"] for question in body["questions"]] == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert [question["stimulus"] for question in body["questions"]] == [None, "s1", "s1", None, None, None]
    assert KEY_MARKER not in json.dumps(body)

    bundle = three_runs(published)
    first = published.send(bundle, chunk_size=200)
    assert first.status_code == 200, first.text
    published.clock.advance(3600)
    again = published.send(bundle, chunk_size=300)
    assert again.data == first.data
    assert (
        check_receipt(first.data, bundle.name, published.server.server, published.sitting, published.centre).attempts
        == 3
    )
    assert published.fetch(f"receipts/{published.server.server}/{bundle.name}.receipt").data == first.data

    runs = {run.number: run for run in published.session.scalars(select(AttemptResult))}
    # Siti: 1 + 2 + 1 + 0 + 1 and an essay that waits; Budi: 0 + (1 right - 1 wrong) + 0 + 1 of 2 + 0
    assert (runs[SITI].earned, runs[SITI].possible, runs[SITI].waiting) == (5.0, 10.0, 1)
    assert (runs[BUDI].earned, runs[BUDI].possible, runs[BUDI].waiting) == (1.0, 10.0, 0)
    assert (runs[TONO].earned, runs[TONO].questions) == (0.0, [])
    assert published.session.scalar(select(func.count()).select_from(Upload)) == 1


def test_a_marked_question_is_in_no_file_before_release_and_its_key_never(published: Day) -> None:
    def everything() -> bytes:
        return b"".join(path.read_bytes() for path in sorted(published.tree.rglob("*")) if path.is_file())

    assert MARKER.encode() not in everything()
    assert KEY_MARKER.encode() not in everything()
    checked = published.check()
    published.clock.wall = EXAM_DAY
    releasing.release_due(published.place)
    release, _at = check_release(
        (published.tree / "servers" / published.server.server / f"{published.sitting}.release").read_bytes(),
        checked.manifest,
        published.centre,
    )
    opened = b"".join(published.open(checked, release).values())
    sections = published.open(checked, release)
    paper = gzip.decompress(next(data for name, data in sections.items() if name.startswith("papers/")))
    assert MARKER.encode() in paper
    assert KEY_MARKER.encode() not in paper + opened + everything()


def test_the_same_paper_gives_the_same_bytes(published: Day) -> None:
    first = published.session.get(Publication, (published.sitting, 1))
    assert first is not None
    before = first.snapshot["paper_sha256"]
    assert published.publish() == 2
    second = published.session.get(Publication, (published.sitting, 2))
    assert second is not None
    assert second.snapshot["paper_sha256"] == before
    assert second.payload_sha256 != first.payload_sha256


def test_the_offline_code_opens_what_the_release_opens(published: Day) -> None:
    publication = published.session.get(Publication, (published.sitting, 1))
    assert publication is not None
    code = published.place.box.open(release_code_place(published.sitting, 1), publication.release_code)
    checked = published.check()
    release = package_opening.release_from_code(checked.manifest, codes.format_code(code))
    assert any(name.startswith("papers/") for name in published.open(checked, release))


def test_a_new_version_replaces_the_old_one_until_it_is_released(published: Day) -> None:
    first = published.check()
    assert published.publish() == 2
    second = published.check()
    assert (first.manifest.version, second.manifest.version) == (1, 2)
    assert second.index.version > first.index.version
    releasing.release_sitting(published.place, published.sitting, "dewi")
    with pytest.raises(Refusal) as refused:
        published.publish()
    assert refused.value.code == "P-702"


def test_a_paper_with_problems_is_not_published_and_all_problems_are_told(active: Day) -> None:
    question = active.session.get_one(BankQuestion, "q1")
    body = dict(question.body)
    body["options"] = [{**option, "weight": 0.0} for option in body["options"]]
    question.body = body
    for place in active.session.scalars(select(Enrolment)):
        active.session.delete(place)
    active.session.commit()
    with pytest.raises(Refusal) as refused:
        active.publish()
    assert refused.value.code == "P-701"
    told = refused.value.extra["problems"]
    assert isinstance(told, list)
    assert len(told) == 2
    assert "nomor 1" in told[0]
    assert not list((active.tree / "payloads").glob("*"))


def test_a_sitting_of_long_ago_is_not_published(active: Day) -> None:
    active.clock.wall = EXAM_DAY + timedelta(days=30)
    with pytest.raises(Refusal) as refused:
        active.publish()
    assert refused.value.code == "P-703"


def test_nothing_is_sealed_for_a_server_that_is_not_activated(day: Day) -> None:
    with pytest.raises(Refusal) as refused:
        day.publish()
    assert refused.value.code == "P-701"
    assert "belum diaktifkan" in str(refused.value.extra["problems"])


def test_a_release_happens_at_its_time_and_once(published: Day) -> None:
    published.clock.wall = EXAM_DAY - timedelta(minutes=30, seconds=1)
    ticker = Ticker(published.place)
    assert ticker.tick() == 0
    published.clock.advance(1)
    assert ticker.tick() == 1
    assert ticker.tick() == 0
    released = published.session.get_one(Release, (published.sitting, 1))
    assert (released.released_at, released.released_by) == (EXAM_DAY - timedelta(minutes=30), "jadwal")
    before = (published.tree / "servers" / published.server.server / f"{published.sitting}.release").read_bytes()
    published.clock.advance(60)
    assert releasing.release_sitting(published.place, published.sitting, "dewi") == released.released_at
    after = (published.tree / "servers" / published.server.server / f"{published.sitting}.release").read_bytes()
    assert before == after


def test_files_that_a_crash_left_out_are_laid_out_again(published: Day) -> None:
    folder = published.tree / "servers" / published.server.server
    releasing.release_sitting(published.place, published.sitting, "dewi")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        if path.suffix == ".release":
            path.write_bytes(b"")  # what a power cut may leave of a file that was not flushed
        elif path.name != "index.signed":
            path.unlink()
    offers.align_server(published.place, published.server.server)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_index_is_renewed_before_it_expires_and_its_version_only_rises(published: Day) -> None:
    first = published.check().index
    offers.align_server(published.place, published.server.server)
    assert published.check().index == first
    published.clock.advance(2 * 24 * 3600 + 1)
    offers.align_server(published.place, published.server.server)
    second = published.check().index
    assert second.version == first.version + 1
    assert second.expires_at > first.expires_at


def test_a_replaced_server_gets_a_package_of_its_own_even_after_release(published: Day) -> None:
    releasing.release_sitting(published.place, published.sitting, "dewi")
    server = published.session.get_one(Server, published.server.server)
    published.clock.advance(60)
    code = servers.reissue_code(
        published.session, published.clock, "dewi", server, "rusak", published.place.box, lambda n: bytes(n)
    )
    published.session.commit()
    published.code, published.server = codes.parse_code(code), ServerIdentity.generate(server.id)
    assert published.activate().status_code == 200
    published.session.expire_all()
    assert published.publish() == 2
    sitting = published.session.get_one(Sitting, published.sitting)
    assert sitting.state is SittingState.PUBLISHED
    published.clock.wall = EXAM_DAY
    assert releasing.release_due(published.place) == 1
    checked = published.check()
    path = f"servers/{server.id}/{published.sitting}.release"
    release, _at = check_release(published.fetch(path).data, checked.manifest, published.centre)
    assert published.open(checked, release)


# activation


def test_activation_answers_the_same_request_with_the_same_bytes(day: Day) -> None:
    request = make_request(day.server, day.code, "Guyub uji", day.clock.now())
    first = day.machine().post("/api/v1/activation", data=request)
    day.clock.advance(100)
    second = day.machine().post("/api/v1/activation", data=request)
    assert first.status_code == second.status_code == 200
    assert first.data == second.data
    registration = check_response(first.data, request, day.code)
    assert registration.school.name == "SMA Contoh"
    index = day.fetch(f"servers/{day.server.server}/index.signed")
    assert index.status_code == 200


def test_a_used_or_wrong_code_activates_nothing(day: Day) -> None:
    wrong = make_request(day.server, bytes(10), "Guyub uji", day.clock.now())
    refused = day.machine().post("/api/v1/activation", data=wrong)
    assert (refused.status_code, refused.json["code"]) == (403, "S-340")
    assert day.activate().status_code == 200
    other = make_request(ServerIdentity.generate(day.server.server), day.code, "Guyub uji", day.clock.now())
    refused = day.machine().post("/api/v1/activation", data=other)
    assert (refused.status_code, refused.json["code"]) == (409, "P-741")
    stranger = make_request(ServerIdentity.generate("P99999999-01"), day.code, "Guyub uji", day.clock.now())
    refused = day.machine().post("/api/v1/activation", data=stranger)
    assert (refused.status_code, refused.json["code"]) == (404, "P-740")
    garbage = day.machine().post("/api/v1/activation", data=b"halo")
    assert garbage.status_code == 400
    assert garbage.mimetype == "application/problem+json"
    assert garbage.json["remedy"]


# reports


def a_report(day: Day, **more: object) -> bytes:
    fields = {
        "server": day.server.server,
        "program": "Guyub uji",
        "made_at": day.clock.now().replace(microsecond=0),
        "index_version": 1,
        "audit_sequence": 0,
        "audit_head": "",
        "free_bytes": 9_000_000_000,
        "clock_offset_ms": 0,
        "sittings": (),
        **more,
    }
    return canonical.dumps(to_body(Report(**fields)))  # type: ignore[arg-type]


def test_a_report_is_kept_and_answered_with_the_time(published: Day) -> None:
    path = f"/api/v1/servers/{published.server.server}/report"
    lines = published.session.scalar(select(func.count()).select_from(AuditEntry))
    answer = published.signed("POST", path, a_report(published))
    assert answer.status_code == 200, answer.text
    assert answer.json["now"] == published.clock.now().isoformat()
    assert [notice["code"] for notice in answer.json["notices"]] == ["P-752"]
    published.session.expire_all()
    server = published.session.get_one(Server, published.server.server)
    assert server.last_contact_at == published.clock.now()
    assert server.last_report is not None
    assert server.last_report["free_bytes"] == 9_000_000_000
    assert published.session.scalar(select(func.count()).select_from(AuditEntry)) == lines


def test_requests_without_a_good_signature_are_refused(published: Day) -> None:
    path = f"/api/v1/servers/{published.server.server}/report"
    body = a_report(published)
    assert published.machine().post(path, data=body).status_code == 401
    stranger = ServerIdentity.generate(published.server.server)
    assert published.signed("POST", path, body, stranger).json["code"] == "P-355"
    old = authorization(published.server, "POST", path, body, int(published.clock.now().timestamp()) - 301)
    refused = published.machine().post(path, data=body, headers={"Authorization": old})
    assert (refused.status_code, refused.json["code"]) == (401, "P-356")
    changed = authorization(published.server, "POST", path, body + b" ", int(published.clock.now().timestamp()))
    assert published.machine().post(path, data=body, headers={"Authorization": changed}).status_code == 401
    foreign = a_report(published, server="P20104001-02")
    assert published.signed("POST", path, foreign).status_code == 403
    assert published.signed("POST", "/api/v1/servers/P20104001-02/report", foreign).status_code == 403


# the exchange tree


def test_the_tree_honours_ranges_and_etags(published: Day) -> None:
    name = published.check().manifest.payload.sha256
    path = f"payloads/{name}.seal"
    whole = published.fetch(path)
    part = published.fetch(path, Range="bytes=100-")
    assert (part.status_code, part.data) == (206, whole.data[100:])
    assert part.headers["Content-Range"].startswith("bytes 100-")
    assert published.fetch(path, **{"If-None-Match": whole.headers["ETag"]}).status_code == 304
    index = published.fetch(f"servers/{published.server.server}/index.signed")
    same = published.fetch(
        f"servers/{published.server.server}/index.signed", **{"If-None-Match": index.headers["ETag"]}
    )
    assert same.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "../keys/data.key",
        "servers/../../keys/data.key",
        "servers/%2e%2e/%2e%2e/keys/data.key",
        "uploads/P20104001-01/" + "0" * 64 + ".bundle",
        "activation/P20104001-01.response",
        "servers/P20104001-01/index.signed/",
        "servers//index.signed",
        "payloads/",
        "",
    ],
)
def test_nothing_outside_the_served_part_of_the_tree_is_given(published: Day, path: str) -> None:
    upload = published.tree / "uploads" / "P20104001-01" / ("0" * 64 + ".bundle")
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"rahasia")
    assert published.fetch(path).status_code == 404


# uploads


def test_an_interrupted_upload_goes_on_with_what_is_missing(published: Day) -> None:
    bundle = published.bundle(attempt(SITI, {"q1": "q1a"}))
    base = f"/api/v1/servers/{published.server.server}/uploads/{bundle.name}"
    pieces = [bundle.data[:100], bundle.data[100:]]
    names = [hashlib.sha256(piece).hexdigest() for piece in pieces]
    assert published.signed("PUT", f"{base}/chunks/{names[0]}", pieces[0]).status_code == 204
    assert published.signed("PUT", f"{base}/chunks/{names[0]}", pieces[0]).status_code == 204
    assert published.signed("GET", base).json == {"have": [names[0]], "receipt": None}
    whole = json.dumps({"size": len(bundle.data), "chunks": names}).encode()
    missing = published.signed("POST", base, whole)
    assert (missing.status_code, missing.json["missing"]) == (409, [names[1]])
    assert published.signed("PUT", f"{base}/chunks/{names[1]}", pieces[1]).status_code == 204
    done = published.signed("POST", base, whole)
    assert done.status_code == 200
    state = published.signed("GET", base).json
    assert base64.b64decode(state["receipt"]) == done.data
    assert not (published.place.incoming_dir / published.server.server / bundle.name).exists()


def test_a_chunk_that_a_power_cut_left_half_written_is_asked_for_again(published: Day) -> None:
    bundle = published.bundle(attempt(SITI, {"q1": "q1a"}))
    base = f"/api/v1/servers/{published.server.server}/uploads/{bundle.name}"
    assert published.signed("PUT", f"{base}/chunks/{bundle.name}", bundle.data).status_code == 204
    half = published.place.incoming_dir / published.server.server / bundle.name / bundle.name
    half.write_bytes(bundle.data[:10])
    whole = json.dumps({"size": len(bundle.data), "chunks": [bundle.name]}).encode()
    refused = published.signed("POST", base, whole)
    assert (refused.status_code, refused.json.get("missing")) == (409, [bundle.name])
    assert published.signed("GET", base).json["have"] == []
    assert published.signed("PUT", f"{base}/chunks/{bundle.name}", bundle.data).status_code == 204
    assert published.signed("POST", base, whole).status_code == 200


def test_chunks_that_lie_or_are_too_large_are_refused(published: Day) -> None:
    base = f"/api/v1/servers/{published.server.server}/uploads/{'a' * 64}"
    assert published.signed("PUT", f"{base}/chunks/{'b' * 64}", b"lain").status_code == 422
    assert published.signed("PUT", f"{base}/chunks/{'b' * 64}", bytes(1024 * 1024 + 1)).status_code == 413
    assert published.signed("PUT", f"{base}/chunks/bukan-hash", b"x").status_code == 404
    assert published.signed("POST", base, b'{"size": 1}').status_code == 400
    assert published.signed("POST", base, b'{"size": NaN, "chunks": []}').status_code == 400


def test_beginnings_without_an_end_do_not_fill_the_disk(published: Day) -> None:
    piece = b"awal"
    name = hashlib.sha256(piece).hexdigest()
    for number in range(12):
        bundle = hashlib.sha256(bytes([number])).hexdigest()
        path = f"/api/v1/servers/{published.server.server}/uploads/{bundle}/chunks/{name}"
        assert published.signed("PUT", path, piece).status_code == 204
    assert len(list((published.place.incoming_dir / published.server.server).iterdir())) == 6


def test_beginnings_that_nobody_goes_on_with_are_thrown_away_after_two_weeks(published: Day) -> None:
    piece = b"awal"
    path = f"/api/v1/servers/{published.server.server}/uploads/{'a' * 64}"
    assert published.signed("PUT", f"{path}/chunks/{hashlib.sha256(piece).hexdigest()}", piece).status_code == 204
    folder = published.place.incoming_dir / published.server.server / ("a" * 64)
    now = published.clock.now().timestamp()
    os.utime(folder, (now, now))
    assert uploads.forget_abandoned(published.place) == 0
    published.clock.advance(14 * 24 * 3600 + 1)
    assert uploads.forget_abandoned(published.place) == 1
    assert not folder.exists()


def test_a_forged_bundle_brings_nothing(published: Day) -> None:
    other = ServerIdentity.generate(published.server.server)  # the right name, another key
    mine, published.server = published.server, other
    forged = published.bundle(attempt(SITI, {"q1": "q1a"}))
    published.server = mine
    refused = published.send(forged)
    assert (refused.status_code, refused.json["reason"]) == (409, "unknown-key")
    good = published.bundle(attempt(SITI, {"q1": "q1a"}))
    flipped = bytearray(good.data)
    flipped[-1] ^= 1
    broken = SimpleNamespace(name=hashlib.sha256(flipped).hexdigest(), data=bytes(flipped))
    assert published.send(broken).json["reason"] == "bundle-damaged"
    stranger = published.bundle(attempt(SITI, {"q1": "q1a"}), version=9)
    assert published.send(stranger).json["code"] == "P-763"
    assert published.session.scalar(select(func.count()).select_from(QuestionResult)) == 0


def test_a_newer_bundle_replaces_answers_and_an_older_one_takes_nothing_away(published: Day) -> None:
    late = published.bundle(attempt(SITI, {"q1": "q1a", "q5": KEY_MARKER}, first=10), minutes=5)
    early = published.bundle(attempt(SITI, {"q1": "q1b", "q3": RIGHT_ROWS}, state="working", closed_by=None))
    assert published.send(late).status_code == 200
    assert published.send(early).status_code == 200
    run = published.session.scalars(select(AttemptResult)).one()
    values = {row.question_id: json.loads(row.value) for row in run.questions}
    assert values["q1"] == "q1a"  # sequence 10 beats 1, whatever came in last
    assert values["q3"] == RIGHT_ROWS  # only the early one had it: kept
    assert (run.state, run.earned) == ("finished", 3.0)
    newer_epoch = published.bundle(attempt(SITI, {"q1": "q1c"}, epoch=2), minutes=9)
    assert published.send(newer_epoch).status_code == 200
    published.session.expire_all()
    run = published.session.scalars(select(AttemptResult)).one()
    assert {row.question_id: json.loads(row.value) for row in run.questions}["q1"] == "q1c"
    assert run.earned == 2.0


def test_runs_of_strangers_and_answers_to_unknown_questions_are_named_and_left_out(published: Day) -> None:
    bundle = published.bundle(attempt(SITI, {"q1": "q1a", "q99": "x"}), attempt("99-999", {"q1": "q1a"}))
    assert published.send(bundle).status_code == 200
    upload = published.session.scalars(select(Upload)).one()
    assert upload.detail["left_out"] == {"participants": ["99-999"], "questions": {SITI: ["q99"]}}
    assert [run.number for run in published.session.scalars(select(AttemptResult))] == [SITI]
