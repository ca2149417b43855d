"""`check` for a clinic: many recordings in a table, what if, and why. Small tables, worked by hand."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.journal import command_entry
from alerts.model import Phase, SetPhase
from alerts.profiles import load_profile
from dashboard.__main__ import main
from dashboard.explain import chart
from dashboard.survey import Order, measure, survey, together
from ingest.model import SECOND, DeviceConfiguration, Observation, Signal, micros
from ingest.recorder import SessionFacts
from ingest.recorder.opening import recording
from ingest.sources import Mode

Said = pytest.CaptureFixture[str]

QUIET = [97, 98] * 900 + [97]
LOW = [97] * 100 + [89] * 40 + [97] * 1661
"""89 from 100 to 139: O2-2 raised at 115 and O2-1 at 130, both ended at 145."""
DEEP = [97] * 100 + [84] * 20 + [97] * 1681
"""84 from 100 to 119: O2-2 at 50 %-seconds, 108.333, O2-3 at 110, both ended at 125."""


def table(path: Path, spo2: list[int]) -> None:
    path.write_text("time_s,spo2\n" + "".join(f"{t},{value}\n" for t, value in enumerate(spo2)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three recordings of half an hour: the quiet one first by name, the worst in the middle."""
    (tmp_path / "week").mkdir()
    for name, spo2 in (("a-quiet", QUIET), ("b-deep", DEEP), ("c-low", LOW)):
        table(tmp_path / "week" / f"{name}.csv", spo2)
    return tmp_path / "week"


def lines(said: Said) -> list[str]:
    return said.readouterr().out.splitlines()


def test_a_folder_is_a_table_with_the_worst_first_and_a_total(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder)]) == 0
    said = lines(capsys)
    assert said[0] == "3 recordings, 1.50 h, rules of iv-ketamine"
    table = {words[0]: words[1:] for line in said if (words := line.split())}
    assert [line.split()[0] for line in said[3:7]] == ["b-deep", "c-low", "a-quiet", "all"]
    #                             hours   all/h   high    med     low   s: high med  low  most often
    assert table["b-deep"] == ["0.50", "4.00", "2.00", "2.00", "-", "15", "2", "-", "O2-2", "1,", "O2-3", "1"]
    assert table["c-low"] == ["0.50", "4.00", "-", "2.00", "2.00", "-", "30", "-", "O2-1", "1,", "O2-2", "1"]
    assert table["a-quiet"] == ["0.50", "-", "-", "-", "-", "-", "-", "-"]
    assert all(len(line) <= 100 for line in said)


def test_rules_follow_the_most_frequent_first(folder: Path, capsys: Said) -> None:
    main(["check", str(folder)])
    said = lines(capsys)
    at = next(n for n, line in enumerate(said) if line.startswith("rule"))
    assert [line.split()[0] for line in said[at + 1 : at + 5]] == ["O2-2", "O2-1", "O2-3", "all"]
    assert "SpO2 < 90 for 15 s" in said[at + 1]
    # alarms, an hour, none high, medium, none low, 30 s + 16.667 s, in two recordings
    assert said[at + 1].split()[-7:] == ["2", "1.33", "-", "1.33", "-", "47", "2"]
    assert said[at + 4].split() == ["all", "4", "2.67", "0.67", "1.33", "0.67", "47", "2"]


def test_what_if_stands_beside_what_is(folder: Path, capsys: Said) -> None:
    """Without the 15 s, O2-2 begins at 100: 15 s more of LOW and 8.333 s more of DEEP."""
    assert main(["check", str(folder), "--set", "O2-2.persistence=0", "--set", "O2-1=off"]) == 0
    said = lines(capsys)
    assert said[1:3] == ["changed: O2-2.persistence 15 -> 0", "changed: O2-1 off"]
    table = {words[0]: words[-9:] for line in said if (words := line.split())}
    assert table["c-low"] == ["4.00", "2.00", "-2.00", "-", "-", "=", "30", "45", "+15"]
    assert table["O2-1"] == ["1", "-", "-1", "0.67", "-", "-0.67", "15", "-", "-15"]
    assert table["O2-2"] == ["2", "2", "=", "1.33", "1.33", "=", "47", "70", "+23"]
    assert "As it is 4 alarms, changed 3 (-25%); in alarm 47 s, changed 70 s (+50%)." in said
    assert all(len(line) <= 100 for line in said)


def test_one_file_with_a_change_is_a_table_too(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder / "c-low.csv"), "--set", "O2-2.persistence=0"]) == 0
    said = lines(capsys)
    assert said[0].startswith("1 recording,")
    assert sum(line.startswith("all ") for line in said) == 1  # that of the rules: one recording needs no total


def test_one_file_alone_prints_its_alarms(folder: Path, capsys: Said) -> None:
    main(["check", str(folder / "c-low.csv")])
    assert "raised" in capsys.readouterr().out


def test_csv_has_a_row_a_recording_and_one_of_all(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder), "--csv"]) == 0
    rows = {row["recording"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert list(rows) == ["a-quiet", "b-deep", "c-low", "all"]
    low, deep = rows["c-low"], rows["b-deep"]
    assert (low["hours"], low["all alarms"], low["all per hour"], low["all seconds"]) == ("0.5", "2", "4.0", "30.0")
    assert (low["medium seconds"], low["low seconds"], low["O2-1 seconds"]) == ("30.0", "0.0", "15.0")
    assert (deep["high seconds"], deep["medium seconds"], deep["O2-2 seconds"]) == ("15.0", "1.667", "16.667")
    assert rows["all"]["all alarms"] == "4"


def test_json_has_the_same_rows_each_as_it_is_and_changed(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder), "--json", "--set", "O2-2.persistence=0"]) == 0
    rows = [json.loads(line) for line in lines(capsys)]
    assert [(row["recording"], row["rules"]) for row in rows[-2:]] == [("all", "as is"), ("all", "changed")]
    assert [row["O2-2 seconds"] for row in rows[-2:]] == [46.667, 70]


def test_a_file_that_cannot_be_used_is_said_and_the_rest_counted(folder: Path, capsys: Said) -> None:
    (folder / "shopping.csv").write_text("milk,bread\n1,2\n")
    assert main(["check", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("3 recordings,")
    (problem,) = (line for line in err.splitlines() if "not counted" in line)
    assert "shopping.csv" in problem


def test_a_note_that_all_share_is_said_once(folder: Path, capsys: Said) -> None:
    main(["check", str(folder)])
    assert capsys.readouterr().err.splitlines() == ["note: 3 recordings: no NIBP: the overdue rule T-2 is off"]


def test_rejected_values_are_counted_and_strict_about_them(folder: Path, capsys: Said) -> None:
    table(folder / "d-odd.csv", [97, 150, 97])
    assert main(["check", str(folder)]) == 0
    assert "note: 1 rows or values could not be used" in capsys.readouterr().err
    assert main(["check", str(folder), "--strict"]) == 2


def test_files_may_be_named_one_by_one_and_count_once(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder / "b-deep.csv"), str(folder / "c-low.csv"), str(folder)]) == 0
    assert capsys.readouterr().out.startswith("3 recordings,")


def test_two_files_of_one_name_are_told_apart(folder: Path, capsys: Said) -> None:
    (folder / "old").mkdir()
    table(folder / "old" / "c-low.csv", QUIET)
    main(["check", str(folder / "c-low.csv"), str(folder / "old"), "--csv"])
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert [row["recording"] for row in rows][:2] == [str(folder / "c-low.csv"), str(folder / "old" / "c-low.csv")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{folder}", "--set", "O2-2.persistance=0"], "O2-2 has no key 'persistance': it has"),
        (["{folder}", "--set", "O2-1.limit=80"], "crossed limits"),
        (["{folder}", "--profile", "nonsense"], "nonsense"),
        (["{folder}", "--baseline", "120/75"], "--baseline and --explain are for one recording"),
        (["{folder}", "--explain", "1"], "--baseline and --explain are for one recording"),
        (["{folder}/c-low.csv", "--explain", "7"], "c-low: no alarm 7: there are 1 to 2"),
        (["{folder}/c-low.csv", "--explain", "1", "--csv"], "without --set"),
        (["{folder}/.."], "a folder without CSV files and without a record"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(arguments: list[str], words: str, folder: Path, capsys: Said) -> None:
    assert main(["check", *(argument.format(folder=folder) for argument in arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


@pytest.mark.parametrize("baseline", ["120", "80/120", "120/75/68/9", "high/low", "120/0"])
def test_a_baseline_is_two_or_three_numbers(baseline: str, folder: Path, capsys: Said) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["check", str(folder / "c-low.csv"), "--baseline", baseline])
    assert refused.value.code == 2
    assert "--baseline" in capsys.readouterr().err


def test_a_baseline_switches_the_rules_on_that_need_one(tmp_path: Path, capsys: Said) -> None:
    """BP-2 from SBP 160 on, BP-7 never, with 120/75; the overdue rule stays quiet for 4 min."""
    path = tmp_path / "cuff.csv"
    path.write_text("time_s,nibp_sys,nibp_dia\n0,120,75\n100,,\n200,159,80\n240,160,80\n")
    main(["check", str(path)])
    out, err = capsys.readouterr()
    assert "BP-2" not in out
    assert "no baseline: BP-2, BP-6, BP-7 are off where they need one (give --baseline SYS/DIA)" in err
    main(["check", str(path), "--baseline", "120/75/68"])
    out, err = capsys.readouterr()
    assert "0:04:00         raised       #3" in out
    assert "BP-2" in out
    assert "no baseline" not in err


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A data directory with two recorded sessions, LOW and QUIET."""
    data = tmp_path / "data"
    for spo2 in (LOW, QUIET):
        record_session(data, spo2)
    return data


def record_session(data: Path, spo2: list[int]) -> None:
    profile = load_profile("iv-ketamine")
    facts = SessionFacts(
        bed="Bed 1",
        mode=Mode.LIVE,
        started=datetime(2026, 5, 4, 12, tzinfo=UTC),
        profile=profile.name,
        profile_toml=profile.text,
        sources=("csv:x",),
        version="0",
    )
    with recording(data, facts, say=lambda words: None) as recorder:
        for seq, given in enumerate(session_of(spo2), 1):
            if isinstance(given, SetPhase):
                recorder.note(command_entry(seq, given))
            else:
                recorder.take(seq, given)
        recorder.finish(SECOND * (len(spo2) - 1), "stopped")


def session_of(spo2: list[int]) -> Iterator[DeviceConfiguration | SetPhase | Observation]:
    yield DeviceConfiguration(0, "oximeter", frozenset({Signal.SPO2}))
    yield SetPhase(0, "nurse", Phase.INFUSION, "test")
    yield from (Observation(micros(t), "oximeter", Signal.SPO2, value) for t, value in enumerate(spo2))


def test_a_record_is_a_folder_of_sessions(record: Path, capsys: Said) -> None:
    assert main(["check", str(record)]) == 0
    said = lines(capsys)
    assert said[0].startswith("2 recordings,")
    assert said[3].startswith("1, 2026-05-0")
    assert said[3].split()[-4:] == ["O2-1", "1,", "O2-2", "1"]
    assert said[4].startswith("2, 2026-05-0")


def test_sessions_are_named_by_their_numbers(record: Path, capsys: Said) -> None:
    assert main(["check", "1", "last", "--data", str(record)]) == 0
    assert capsys.readouterr().out.startswith("2 recordings,")


def test_a_session_has_a_baseline_of_its_own(record: Path, capsys: Said) -> None:
    assert main(["check", "1", "--data", str(record), "--baseline", "120/75"]) == 2
    assert "session 1 has its own" in capsys.readouterr().err


@pytest.mark.slow
def test_processes_find_the_same_in_the_same_order(folder: Path) -> None:
    orders = [Order(str(path), settings=("O2-2.persistence=0",)) for path in sorted(folder.iterdir())]
    assert list(together(orders)) == list(map(measure, orders)) == list(survey(orders))


def test_an_alarm_is_explained_for_people(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder / "c-low.csv"), "--explain", "1"]) == 0
    out = capsys.readouterr().out
    for words in (
        "Alarm 1, rule O2-2: SpO2 89 < 90 for 15 s",
        "0:01:55         raised       #1    **  O2-2",
        "began      0:01:40, 15 s before the alarm",
        "limit      SpO2 < 90",
        "stage      medium: SpO2 < 90 for 15 s, or 50 %-seconds, or 3 dips in 60 s",
        "stage      high: after 60 s",
        "phase      infusion",
        f"profile    iv-ketamine, sha256 {load_profile('iv-ketamine').sha256}",
        "SpO2 (%), the 16 samples up to the alarm",
    ):
        assert words in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_an_alarm_is_explained_for_programs(folder: Path, capsys: Said) -> None:
    assert main(["check", str(folder / "c-low.csv"), "--explain", "1", "--json"]) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert (receipt["onset"], receipt["raised"], receipt["ended"]) == (100, 115, 145)
    assert (receipt["rule"], receipt["limit"], receipt["persistence"]) == ("O2-2", 90, 15)
    assert receipt["samples"] == [[t, 89] for t in range(100, 116)]
    assert [step["event"] for step in receipt["steps"]] == ["raised", "ended"]


def test_a_chart_has_only_values_at_the_limit_in_its_row() -> None:
    samples = [(SECOND * t, value) for t, value in enumerate([97.0, 90.0, 89.0, 72.0])]
    assert list(chart(samples, 90)) == [
        "       99 |o",
        "       96 |",
        "       93 |",
        "       90 |-o--",
        "       87 |  o",
        "       84 |",
        "       81 |",
        "       78 |",
        "       75 |",
        "       72 |   o",
        "           0:00:00 to 0:00:03",
    ]
