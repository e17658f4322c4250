"""`guyub lab import`: what technicians type is read, what is wrong is told by row and column, all at once."""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import pytest
import yaml
from click.testing import CliRunner, Result

from app.cli import guyub
from app.domain.refusals import Refusal
from appliance.lab import inventory, plan, rows, workbook
from appliance.lab.rows import Reading

HEAD = ["Nomor PC", "MAC", "Alamat", "Sistem", "Ruang", "Tempat duduk", "Cadangan", "Server"]
ONE = [1, "52-54-00-4C-00-01", "192.168.0.11", "Linux", "Lab 1", "1", "Tidak", ""]
TWO = [2, "52-54-00-4C-00-02", "192.168.0.12", "Windows 11", "Lab 1", 2.0, "ya", ""]
ONE_SERVER = {"server1": "192.168.0.200/24"}
EXAMPLE = Path(__file__).parents[4] / "ansible/inventories/example"


def xlsx(*lines: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def judged(*lines: list[object], servers: dict[str, str] | None = None, students: int | None = None) -> Reading:
    return rows.judge(workbook.read_sheet("lab.xlsx", xlsx(*lines)), servers or ONE_SERVER, students)


def codes(found: list[Refusal]) -> list[str]:
    assert all(one.cause % one.values and one.remedy % one.values for one in found if one.values)
    return [refusal.code for refusal in found]


def run(*words: object) -> Result:
    return CliRunner().invoke(guyub, ["lab", *map(str, words)])


def test_a_filled_in_sheet_becomes_a_plan() -> None:
    reading = judged(HEAD, ONE, TWO)
    assert reading.wrong == []
    first, second = reading.plans["server1"].computers
    assert first == plan.Computer("pc-01", "52:54:00:4c:00:01", "192.168.0.11", "linux", "Lab 1", "1", spare=False)
    assert (second.system, second.seat, second.spare) == ("windows", "2", True)


@pytest.mark.parametrize("mac", ["52-54-00-4c-00-01", "5254.004C.0001", "52:54:00:4C:00:01", " 5254004c0001 "])
def test_a_mac_is_read_however_it_is_separated(mac: str) -> None:
    (found,) = judged(HEAD, [1, mac, *ONE[2:]]).plans["server1"].computers
    assert found.mac == "52:54:00:4c:00:01"


@pytest.mark.parametrize("number", [1, 1.0, "1", "01", "PC-01", "pc 1", "Komputer 1"])
def test_a_number_is_read_however_it_is_kept(number: object) -> None:
    (found,) = judged(HEAD, [number, *ONE[1:]]).plans["server1"].computers
    assert found.name == "pc-01"


def test_columns_may_stand_in_any_order_with_other_headings_titles_and_blank_rows() -> None:
    head = ["OS", "IP Address", "Mac Address", "No. PC", "Ruangan", "Catatan"]
    line = ["linux", "192.168.0.11", "52:54:00:4c:00:01", "1", "Lab 1", "dekat pintu"]
    reading = judged(["DENAH LAB SMA"], [None], head, [None], line, ["", "", "", "", "", ""])
    assert reading.wrong == []
    assert len(reading.plans["server1"].computers) == 1


def test_a_csv_from_another_program_is_read_too() -> None:
    text = "Nomor PC;MAC;Alamat;Sistem;Ruang\n1;52-54-00-4C-00-01;192.168.0.11;Linux;Lab 1\n"
    reading = rows.judge(workbook.read_sheet("lab.csv", text.encode("utf-8-sig")), ONE_SERVER, None)
    assert reading.wrong == []
    assert reading.plans["server1"].computers[0].mac == "52:54:00:4c:00:01"


def test_a_room_merged_over_rows_counts_for_all_of_them_and_hidden_rows_are_told() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(HEAD, ONE, [*TWO[:4], None, *TWO[5:]])))
    book.worksheets[0].merge_cells("E2:E3")
    book.worksheets[0].row_dimensions[3].hidden = True
    stream = io.BytesIO()
    book.save(stream)
    reading = rows.judge(workbook.read_sheet("lab.xlsx", stream.getvalue()), ONE_SERVER, None)
    assert [one.room for one in reading.plans["server1"].computers] == ["Lab 1", "Lab 1"]
    assert codes(reading.notes) == ["B-721"]


def test_everything_wrong_is_told_at_once_by_row_and_column() -> None:
    reading = judged(
        HEAD,
        ONE,
        ["x", "01-00-5e-00-00-01", "10.0.0.1", "OS/2", "Lab 1", "1", "mungkin", "server9"],
        [1, ONE[1], "192.168.0.11", "Linux", "Lab 2", "1", "", ""],
        [4, "52-54-00-4C-00-04", "192.168.0.230", "Linux", "Lab 2", "2", "", ""],
    )
    told = [refusal.cause % refusal.values for refusal in reading.wrong]
    assert codes(reading.wrong) == ["B-718", "B-719", "B-708", *["B-708"] * 3, "B-705"]
    assert told[0].startswith("Sheet baris 3, kolom G (Cadangan)")
    assert "Sheet baris 4, kolom B (MAC): 52:54:00:4c:00:01 sudah dipakai baris 2." in told
    odd = judged(HEAD, ONE, ["x", "01-00-5e-00-00-01", "10.0.0.1", "OS/2", "Lab 1", "2", "", ""])
    assert codes(odd.wrong) == ["B-702", "B-703", "B-706", "B-704"]


@pytest.mark.parametrize(
    ("address", "code"),
    [("192.168.0.200", "B-705"), ("192.168.0.255", "B-705"), ("192.168.0.0", "B-705"), ("192.168.7.1", "B-704")],
)
def test_an_address_that_cannot_be_a_pcs_is_refused(address: str, code: str) -> None:
    assert codes(judged(HEAD, [*ONE[:2], address, *ONE[3:]]).wrong) == [code]


def test_two_servers_may_not_share_a_pc_an_address_or_stand_in_each_others_way() -> None:
    servers = inventory.parse_servers(("server1=192.168.0.200/24", "server2=192.168.0.190/24"))
    lines = [[*ONE[:7], "Server 1"], [2, ONE[1], "192.168.0.190", *ONE[3:5], "2", "", "2"]]
    reading = judged(HEAD, *lines, servers=servers)
    assert codes(reading.wrong) == ["B-705", "B-708"]
    lines[1] = [2, TWO[1], "192.168.0.200", *TWO[3:5], "2", "", "2"]
    assert codes(judged(HEAD, *lines, servers=servers).wrong) == ["B-716"]
    assert codes(judged(HEAD, lines[0], servers=servers).wrong) == ["B-725"]


@pytest.mark.parametrize(
    "given",
    [
        ("Server1",),
        ("pc_linux",),
        ("server1", "server1"),
        ("server1=192.168.0.200/24", "server2=192.168.0.200/24"),
        ("server1=192.168.0.200/24", "server2=192.168.0.210/24"),
        ("server1=192.168.0.200/24", "server2=192.168.0.10/16"),
    ],
)
def test_servers_that_would_clash_are_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        inventory.parse_servers(given)
    assert refused.value.code in {"B-726", "B-728"}


def test_too_few_computers_or_spares_are_a_warning_that_names_the_number_wanted() -> None:
    reading = judged(HEAD, ONE, students=4)
    assert reading.wrong == []
    assert codes(reading.notes) == ["B-723", "B-724"]
    assert reading.notes[0].values["wanted"] == 2
    assert codes(judged(HEAD, ONE, TWO, students=3).notes) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (xlsx(["Nama", "Umur"], ["Siti", 16]), "B-711"),
        (b"\xd0\xcf\x11\xe0 old", "B-712"),
        (b"PK\x03\x04 damaged", "P-204"),
        (b"x" * (16 * 2**20 + 1), "P-316"),
    ],
)
def test_what_is_no_sheet_of_a_lab_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        workbook.read_sheet("lab.xlsx", content)
    assert refused.value.code == code


def test_a_number_that_the_spreadsheet_rounded_is_refused_not_guessed() -> None:
    assert "B-717" in codes(judged(HEAD, [1, 5.254e20, *ONE[2:]]).wrong)


def test_a_wrong_sheet_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "lab.xlsx").write_bytes(xlsx(HEAD, ONE, ONE))
    result = run("import", tmp_path / "lab.xlsx", "--into", tmp_path / "inventory")
    assert isinstance(result.exception, Refusal)
    assert result.exception.code == "B-710"
    assert result.output.count("Salah B-708") == 4
    assert not (tmp_path / "inventory").exists()


def test_the_inventory_and_the_plan_agree_and_a_second_import_changes_nothing(tmp_path: Path) -> None:
    assert run("template", tmp_path / "lab.xlsx", "--example").exit_code == 0
    assert run("import", tmp_path / "lab.xlsx", "--into", tmp_path / "lab", "--students", "30").exit_code == 0
    groups = yaml.safe_load((tmp_path / "lab/hosts.yml").read_text())["all"]["children"]
    kept = plan.parse((tmp_path / "lab/host_vars/server1/lab.toml").read_bytes())
    pcs = {**groups["pc"]["children"]["pc_linux"]["hosts"], **groups["pc"]["children"]["pc_windows"]["hosts"]}
    assert {name: (pc["ansible_host"], pc["lab_mac"]) for name, pc in pcs.items()} == {
        one.name: (one.address, one.mac) for one in kept.computers
    }
    assert list(groups["pc_of_server1"]["hosts"]) == [one.name for one in kept.computers]
    assert groups["sekolah"]["hosts"]["server1"]["ansible_host"] == "192.168.0.200"
    again = run("import", tmp_path / "lab.xlsx", "--into", tmp_path / "lab")
    assert "0 berkas ditulis" in again.output
    assert run("import", tmp_path / "lab.xlsx", "--into", tmp_path / "lab", "--guests").exit_code == 0
    assert plan.parse((tmp_path / "lab/host_vars/server1/lab.toml").read_bytes()).guests


def test_only_one_server_on_a_lan_gives_addresses_to_telephones(tmp_path: Path) -> None:
    (tmp_path / "lab.xlsx").write_bytes(xlsx(HEAD, ONE))
    two = ("--server", "one=192.168.0.200/24", "--server", "two=192.168.0.190/24")
    result = run("import", tmp_path / "lab.xlsx", "--into", tmp_path / "lab", *two, "--guests")
    assert isinstance(result.exception, Refusal)
    assert result.exception.code == "B-743"
    assert not (tmp_path / "lab").exists()


def test_an_inventory_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "lab.xlsx").write_bytes(xlsx(HEAD, ONE))
    (tmp_path / "hosts.yml").write_text("all: {}\n")
    result = run("import", tmp_path / "lab.xlsx", "--into", tmp_path)
    assert getattr(result.exception, "code", "") == "B-727"
    assert (tmp_path / "hosts.yml").read_text() == "all: {}\n"
    assert not (tmp_path / "host_vars").exists()


def test_what_ansible_would_compute_stays_text() -> None:
    trap = "{{ lookup('pipe', 'id') }}"
    (found,) = judged(HEAD, [*ONE[:4], trap, *ONE[5:]]).plans.values()
    assert f'lab_room: !unsafe "{trap}"' in inventory.as_yaml({"server1": found})


def test_the_empty_template_has_headings_choices_and_no_computer(tmp_path: Path) -> None:
    assert run("template", tmp_path / "lab.xlsx").exit_code == 0
    sheet = openpyxl.load_workbook(tmp_path / "lab.xlsx")["Denah"]
    assert [cell.value for cell in sheet[1]][:8] == HEAD
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"Linux,Windows"', '"Ya,Tidak"']
    assert getattr(run("template", tmp_path / "lab.xlsx").exception, "code", "") == "B-720"


def test_the_example_inventory_is_what_the_commands_make_of_the_example_sheet(tmp_path: Path) -> None:
    cells = [
        [cell.value for cell in row][:8] for row in openpyxl.load_workbook(EXAMPLE / "lab.xlsx")["Denah"].iter_rows()
    ]
    assert cells[0] == HEAD
    assert [[value or "" for value in row] for row in cells[1:13]] == [
        [str(value) for value in row] for row in workbook.example_rows()
    ]
    assert run("import", EXAMPLE / "lab.xlsx", "--into", tmp_path / "again", "--students", "30").exit_code == 0
    made = {path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*") if path.is_file()}
    assert made == {Path("hosts.yml"), Path("host_vars/server1/lab.toml")}
    for path in made:
        assert (EXAMPLE / path).read_text() == (tmp_path / "again" / path).read_text(), f"guyub lab import: {path}"
    assert tomllib.loads((EXAMPLE / "host_vars/server1/lab.toml").read_text())["server_address"] == "192.168.0.200/24"


def test_a_small_file_that_unpacks_into_a_large_one_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(30 * 2**20))
    with pytest.raises(Refusal) as refused:
        workbook.read_sheet("lab.xlsx", stream.getvalue())
    assert refused.value.code == "P-203"
