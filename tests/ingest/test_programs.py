"""`python -m ingest` and `python -m alerts`: the first parts of the program by themselves."""

from pathlib import Path

import pytest

import alerts.__main__
import ingest.__main__
from ingest.recorder.record import open_record

TABLE = "time_s,hr,spo2,nibp_sys,nibp_dia\n0,80,97,,\n1,81,,122,77\n2,82,abc,,\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "bed.csv"
    path.write_text(TABLE)
    return path


def test_ingest_prints_and_records_what_it_hears(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    assert ingest.__main__.main(["--source", f"csv:{table}?speed=1000", "--data", str(data)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "0.000 bed connected: hr, nibp_dia, nibp_sys, spo2",
        "0.000 bed hr 80",
        "0.000 bed spo2 97",
        "1.000 bed hr 81",
        "1.000 bed spo2 no reading",
        "1.000 bed nibp 122/77/-",
        "2.000 bed hr 82",
        "2.000 bed ended; end of recording",
    ]
    assert "line 4" in err
    session = open_record(data).session("last")
    assert (session.end_reason, session.profile) == ("source ended", "")
    assert len(list(open_record(data).inputs(session))) == 8


def test_alerts_prints_alarms_without_a_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bed.csv"
    path.write_text("time_s,hr\n" + "".join(f"{t},140\n" for t in range(20)))
    assert alerts.__main__.main(["--source", f"csv:{path}?speed=1000"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0:00:15         raised       #1    *** HR-3  HR 140 >= 131 for 15 s",
        "0:00:19         ended        #1    *** HR-3  HR 140 >= 131 for 15 s (session ended)",
    ]


@pytest.mark.parametrize("program", [ingest.__main__.main, alerts.__main__.main], ids=["ingest", "alerts"])
def test_an_unusable_source_is_one_line_and_status_2(program: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(program)
    assert program(["--source", "csv:missing.csv"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
