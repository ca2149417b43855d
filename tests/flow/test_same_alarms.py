"""Live, `check`, the record and its replay: one stream, the same alarms, to the microsecond."""

import json
import time
from pathlib import Path

import pytest

from ingest.recorder.record import open_record
from tests.flow.program import Alarm, alarms, check, running, said_until

SESSIONS = Path(__file__).parents[2] / "sample_data" / "sessions"
pytestmark = pytest.mark.flow


def recorded(data: Path) -> list[Alarm]:
    """The alarm events in the record of the last session, in the form of `check`."""
    record = open_record(data)
    lines = []
    for entry in record.events(record.session("last")):
        body = json.loads(entry.body)
        lines.append(json.dumps(body | {"t": entry.t / 1_000_000, "event": entry.name}))
    return alarms(lines)


def play(path: Path, data: Path, speed: int) -> None:
    """`dripwatch run` until the file has been played to its end."""
    with running("run", "--source", f"csv:{path}?speed={speed}", "--data", str(data)) as process:
        said_until(process, "Dripwatch is at")
        deadline = time.monotonic() + 60
        while open_record(data).session("last").end_reason is None:
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.parametrize("name", ["desaturation", "hypertensive-surge"])
def test_live_check_record_and_replay_agree(name: str, tmp_path: Path) -> None:
    path = SESSIONS / f"{name}.csv"
    play(path, tmp_path, speed=600)
    expected = check(path)
    assert expected
    assert recorded(tmp_path) == expected
    assert check("last", "--data", str(tmp_path)) == expected
    assert open_record(tmp_path).session("last").end_reason == "source ended"


@pytest.mark.realdata
def test_a_real_patient(realdata: Path, tmp_path: Path) -> None:
    """bidmc_32 stays at 83-87 % SpO2 and crosses 85 again and again."""
    path = realdata / "bidmc" / "bidmc_32_Numerics.csv"
    play(path, tmp_path, speed=100)
    expected = check(path)
    assert {rule for _, _, rule, _, _ in expected} == {"O2-1", "O2-2", "O2-3"}
    assert recorded(tmp_path) == expected
    assert check("last", "--data", str(tmp_path)) == expected


def test_the_export_of_a_session_gives_the_same_alarms(tmp_path: Path) -> None:
    path = SESSIONS / "desaturation.csv"
    play(path, tmp_path, speed=600)
    from dashboard.__main__ import main

    out = tmp_path / "export.csv"
    assert main(["sessions", "export", "last", "--data", str(tmp_path), "--out", str(out)]) == 0
    assert check(out) == check(path)
