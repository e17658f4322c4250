"""Officers publish, release, phone out codes, watch the fleet and carry sticks, all through the pages."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain import package_opening
from app.domain.activation import check_response, make_request
from app.domain.bundles import check_receipt
from app.models import AuditEntry, CodeIssue, Release, Sitting, SittingState, Staff
from app.pusat.services import publishing_runs
from app.sync.transport import FolderTransport
from app.web.jobs import JOBS
from tests.conftest import PASSWORD, csrf_token
from tests.functional.pusat.exam_day.conftest import SITI, Day, three_runs

Enter = Callable[[str, str], FlaskClient]


def post(client: FlaskClient, path: str, page: str = "", **fields: object) -> object:
    shown = client.get(page or path)
    assert shown.status_code == 200, shown.text
    return client.post(path, data={"csrf_token": csrf_token(shown.text), **fields}, buffered=True)


def test_dewi_publishes_a_sitting_and_its_progress_survives_the_closed_page(active: Day, dewi: FlaskClient) -> None:
    page = dewi.get("/terbit/")
    assert "IPA, sesi 1" in page.text
    assert "Siap" in page.text
    begun = post(dewi, "/terbit/", page="/terbit/sesi-1", sitting="sesi-1")
    assert begun.status_code == 302
    active.app.extensions[JOBS].join()
    shown = dewi.get(begun.headers["Location"])
    assert "Semua jadwal sudah terbit" in shown.text
    assert "1 dari 1" in shown.text
    part = dewi.get(begun.headers["Location"], headers={"HX-Request": "true"})
    assert "<html" not in part.text
    active.forget()
    assert active.session.get_one(Sitting, "sesi-1").state is SittingState.PUBLISHED
    assert active.check().manifest.version == 1


def test_a_refused_sitting_is_told_on_the_run_and_does_not_stop_the_others(day: Day) -> None:
    run_id = publishing_runs.begin_run(day.place, ["tidak-ada", "sesi-1"], "dewi")
    publishing_runs.do_run(day.place, run_id)
    with day.place.look() as session:
        run = publishing_runs.read_run(session, run_id)
    assert run.ended
    assert [item["code"] for item in run.refused] == ["P-440", "P-701"]


def test_a_run_whose_process_died_is_shown_as_stopped(day: Day, dewi: FlaskClient) -> None:
    run_id = publishing_runs.begin_run(day.place, ["sesi-1"], "dewi")
    assert "Berjalan" in dewi.get(f"/terbit/proses/{run_id}").text
    day.clock.advance(181)
    assert "terhenti" in dewi.get(f"/terbit/proses/{run_id}").text


def test_a_sitting_changed_while_it_was_sealed_is_not_stored(active: Day) -> None:
    from app.domain.refusals import Refusal
    from app.pusat.services import publishing
    from tests.functional.pusat.exam_day.conftest import CHEAP

    def change(_step: str) -> None:
        with active.place.transaction() as session:
            session.get_one(Sitting, "sesi-1").length_s += 60

    with pytest.raises(Refusal) as refused:
        publishing.publish_sitting(active.place, "sesi-1", "dewi", change, CHEAP)
    assert refused.value.code == "P-704"
    active.forget()
    assert active.session.get_one(Sitting, "sesi-1").version == 0


def test_dewi_releases_by_hand_after_one_question(published: Day, dewi: FlaskClient) -> None:
    assert "Rilis menurut rencana baru" in dewi.get("/rilis/sesi-1").text
    assert post(dewi, "/rilis/sesi-1").status_code == 302
    published.forget()
    assert published.session.get_one(Release, ("sesi-1", 1)).released_by == "dewi"
    assert published.fetch(f"servers/{published.server.server}/sesi-1.release").status_code == 200
    assert "dewi" in dewi.get("/rilis/").text


def test_the_offline_code_needs_a_second_officer_and_every_issue_is_kept(
    published: Day, dewi: FlaskClient, sign_in_as: Enter, add_person: Callable[..., Staff]
) -> None:
    add_person(published.app, "bayu", "operator")
    add_person(published.app, "citra", "author")
    form = {"caller": "Ratna, proktor", "reason": "internet putus"}

    def ask(second: str, password: str = PASSWORD) -> object:
        return post(dewi, "/rilis/sesi-1/kode", second=second, second_password=password, **form)

    assert (ask("dewi").status_code, ask("citra").status_code) == (409, 403)
    assert ask("bayu", "salah sekali ini").status_code == 403
    assert ask("tidak-ada").status_code == 403
    published.forget()
    assert published.session.scalars(select(CodeIssue)).all() == []
    shown = ask("bayu")
    assert shown.status_code == 200
    code = re.search(r"data-code>([^<]+)<", shown.text)
    assert code is not None
    manifest = published.check().manifest
    assert package_opening.release_from_code(manifest, code[1])
    published.forget()
    issue = published.session.scalars(select(CodeIssue)).one()
    assert (issue.officer, issue.second_officer, issue.caller) == ("dewi", "bayu", "Ratna, proktor")
    logged = published.session.scalars(select(AuditEntry).where(AuditEntry.event == "release_code_issued")).one()
    assert code[1].replace("-", "") not in str(logged.detail)
    assert "internet putus" in dewi.get("/rilis/kode").text


def test_guessing_the_second_officers_password_is_slowed(
    published: Day, dewi: FlaskClient, add_person: Callable[..., Staff]
) -> None:
    add_person(published.app, "bayu", "operator")
    answers = [
        post(
            dewi, "/rilis/sesi-1/kode", second="bayu", second_password=f"tebakan ke {n}", caller="x", reason="y"
        ).status_code
        for n in range(5)
    ]
    assert answers == [403, 403, 403, 429, 429]


def test_the_fleet_page_shows_every_server_and_costs_nothing_while_nothing_changes(
    published: Day, dewi: FlaskClient
) -> None:
    page = dewi.get("/armada/")
    assert published.server.server in page.text
    assert "Belum melapor" in page.text
    part = dewi.get("/armada/", headers={"HX-Request": "true"})
    same = dewi.get("/armada/", headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]})
    assert (part.status_code, same.status_code, same.data) == (200, 304, b"")
    assert "Tidak ada server yang cocok" in dewi.get("/armada/?q=papua").text
    assert published.server.server in dewi.get("/armada/?keadaan=never&provinsi=Jawa Barat").text
    assert "IPA, sesi 1" in dewi.get(f"/armada/{published.server.server}").text


def test_a_stick_carries_the_same_bytes_out_and_results_in(published: Day, dewi: FlaskClient, tmp_path: Path) -> None:
    answer = dewi.get(f"/armada/{published.server.server}/guyub.zip", buffered=True)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path)
    stick = FolderTransport(tmp_path)
    names = {path.relative_to(stick.root).as_posix() for path in stick.root.rglob("*") if path.is_file()}
    assert len(names) == 4
    for name in names:
        assert stick.read(name) == published.fetch(name).data

    bundle = three_runs(published)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(f"guyub/uploads/{published.server.server}/{bundle.name}.bundle", bundle.data)
        archive.writestr("guyub/../../jahat.txt", b"x")
    path = f"/armada/{published.server.server}/berkas"
    page = f"/armada/{published.server.server}"
    zipped.seek(0)
    back = post(dewi, path, page=page, file=(zipped, "guyub.zip"))
    assert back.status_code == 200, back.text
    with zipfile.ZipFile(io.BytesIO(back.data)) as archive:
        (name,) = archive.namelist()
        receipt = archive.read(name)
    assert name == f"guyub/receipts/{published.server.server}/{bundle.name}.receipt"
    check_receipt(receipt, bundle.name, published.server.server, "sesi-1", published.centre)
    assert published.send(bundle).data == receipt  # by network afterwards: the same receipt

    single = post(dewi, path, page=page, file=(io.BytesIO(bundle.data), "x.bundle"))
    assert single.status_code == 200
    broken = post(dewi, path, page=page, file=(io.BytesIO(b"bukan apa-apa"), "x.bundle"))
    assert broken.status_code == 409
    assert "P-350" in broken.text
    nothing = post(dewi, path, page=page)
    assert nothing.status_code == 400


def test_activation_goes_by_file_too(day: Day, dewi: FlaskClient) -> None:
    request = make_request(day.server, day.code, "Guyub uji", day.clock.now())
    page = f"/armada/{day.server.server}"
    back = post(dewi, f"{page}/berkas", page=page, file=(io.BytesIO(request), "x.request"))
    assert back.status_code == 200
    with zipfile.ZipFile(io.BytesIO(back.data)) as archive:
        answer = archive.read(f"guyub/activation/{day.server.server}.response")
    assert check_response(answer, request, day.code).school.npsn == "20104001"
    assert day.machine().post("/api/v1/activation", data=request).data == answer


def test_login_cards_are_shown_only_after_they_were_logged(published: Day, dewi: FlaskClient) -> None:
    asked = dewi.get("/cetak/sesi-1/kartu-login")
    assert SITI not in asked.text
    shown = post(dewi, "/cetak/sesi-1/kartu-login", **{"as": "page"})
    assert SITI in shown.text
    assert "&lt;" not in shown.text
    published.forget()
    line = published.session.scalars(select(AuditEntry).where(AuditEntry.event == "sheet_printed")).one()
    assert (line.actor, line.detail) == ("dewi", {"document": "login_cards", "cards": 3})


@pytest.mark.parametrize("role", ["author", "operator"])
def test_pages_open_only_for_those_who_may(published: Day, sign_in_as: Enter, role: str) -> None:
    client = sign_in_as("bayu", role)
    officers = ["/terbit/", "/rilis/", "/rilis/kode", "/armada/", "/hasil/", "/cetak/sesi-1/kartu-login"]
    for path in officers:
        assert client.get(path).status_code == (200 if role == "operator" else 403), path
    assert client.get("/penilaian/").status_code == (200 if role == "author" else 403)


def test_the_sitting_page_leads_to_the_next_step(published: Day, dewi: FlaskClient) -> None:
    assert 'href="/rilis/sesi-1"' in dewi.get("/jadwal/sesi-1").text
    post(dewi, "/rilis/sesi-1")
    assert 'href="/hasil/sesi-1"' in dewi.get("/jadwal/sesi-1").text
