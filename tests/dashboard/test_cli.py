"""The command line: one clear line and the right exit status for everything that cannot work."""

import json
from pathlib import Path

import pytest

from dashboard.__main__ import main

GOOD = "time_s,hr,spo2\n" + "".join(f"{t},80,{88 if t >= 10 else 97}\n" for t in range(40))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "bed.csv"
    path.write_text(GOOD)
    return path


def test_check_prints_the_alarms_for_people(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(table)]) == 0
    out, err = capsys.readouterr()
    assert "0:00:25         raised       #1    **  O2-2  SpO2 88 < 90 for 15 s" in out
    assert "1 alarms in 0:00:39" in out or "2 alarms" in out
    assert "has no NIBP: the overdue rule T-2 is off" in err


def test_check_prints_the_alarms_for_programs(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(table), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    raised = next(line for line in lines if line["event"] == "raised")
    assert raised == {
        "t": 25.0,
        "event": "raised",
        "occurrence": 1,
        "rule": "O2-2",
        "priority": "medium",
        "signal": "spo2",
        "value": 88.0,
        "limit": 90.0,
        "message": "SpO2 88 < 90 for 15 s",
    }


def test_bad_rows_are_reported_and_the_rest_runs(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(GOOD.replace("\n5,80,97", "\n5,abc,97").replace("\n7,80,97", "\n7,400,97"))
    assert main(["check", str(table)]) == 0
    err = capsys.readouterr().err
    assert "line 7" in err
    assert "1 values outside their physical range were rejected" in err
    assert main(["check", str(table), "--strict"]) == 2


BINARY = bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"1,80,97\n2,80,97\n", "header"),
        (BINARY, ""),
        (b"foo,bar\n1,2\n", "foo"),
    ],
)
def test_an_unusable_file_is_one_line_and_status_2(
    content: bytes, words: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_bytes(content)
    assert main(["check", str(table)]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert err.startswith("dripwatch: ")
    assert "bed.csv" in err
    assert words in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "missing.csv"],
        ["check", "12"],
        ["check", "{table}", "--profile", "nonsense"],
        ["run", "--source", "csv:missing.csv"],
        ["run", "--source", "serial:COM3?device=nonin-df2"],
        ["run", "--source", "csv:{table}?speed=0"],
        ["run", "--source", "csv:{table}?sped=2"],
        ["run", "--source", "csv:{table}", "--source", "csv:{table}?speed=2"],
        ["demo", "--scenario", "nonsense"],
        ["replay", "99"],
    ],
)
def test_what_cannot_be_used_ends_with_status_2(
    arguments: list[str], table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [a.format(table=table) for a in arguments]
    assert main([*given, "--data", str(tmp_path / "data")]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1


def test_a_data_directory_that_cannot_be_written_is_a_failure(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    given = ["run", "--source", f"csv:{table}", "--no-browser", "--port", "0", "--data", str(tmp_path / "file" / "x")]
    assert main(given) == 1
    assert "data directory" in capsys.readouterr().err.splitlines()[-1]


def test_a_port_in_use_is_a_failure_and_nothing_is_recorded(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        given = ["run", "--source", f"csv:{table}", "--no-browser", "--port", port, "--data", str(tmp_path / "data")]
        assert main(given) == 1
    err = capsys.readouterr().err
    assert err.splitlines() == [
        f"dripwatch: cannot serve the page on 127.0.0.1 port {port}: the port is in use; "
        "choose another with --port, or stop the program that has it"
    ]
    assert not (tmp_path / "data").exists()


def test_another_host_needs_a_name(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["run", "--source", f"csv:{table}", "--no-browser", "--host", "0.0.0.0", "--data", str(tmp_path)]  # noqa: S104
    assert main(given) == 1
    assert "--allow-host" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("persistence = 60", "persistance = 60", "rule PRE-3, stage 1, persistance: unknown key"),
        ('when = ["hr > 110"]', 'when = ["hr > 45"]', "crossed limits: HR-4 hr 50 and HR-1 45"),
        (
            'when = ["hr > 110"]',
            'when = ["hr > 125"]',
            "crossed limits: HR-2 (medium) hr 120 comes before HR-1 (low) 125",
        ),
        ("hold = 10 ", "hold = -1 ", "timing, hold"),
        ('name = "iv-ketamine"', "name = ", "not valid TOML"),
    ],
)
def test_a_wrong_profile_starts_nothing(
    before: str, after: str, words: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from alerts.profiles import load_profile

    wrong = tmp_path / "clinic.toml"
    wrong.write_text(load_profile("iv-ketamine").text.replace(before, after, 1))
    assert main(["check", str(table), "--profile", str(wrong)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "clinic.toml" in line
    assert words in line
