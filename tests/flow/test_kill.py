"""kill -9 in the middle: at most the last second of samples is gone, no command and no alarm event."""

import json
import time
from pathlib import Path

import pytest

from dashboard.__main__ import main
from ingest.model import SECOND, Observation
from ingest.recorder import Entry
from ingest.recorder.record import open_record
from tests.flow.program import check, running, said_until

pytestmark = pytest.mark.flow


def test_a_killed_session_keeps_what_it_had_and_the_next_start_says_so(tmp_path: Path) -> None:
    rows = "\n".join(f"{t},{80 + t % 3},{88 if t > 20 else 97}" for t in range(4000))
    path = tmp_path / "bed.csv"
    path.write_text(f"time_s,hr,spo2\n{rows}\n")
    data = tmp_path / "data"
    with running("run", "--source", f"csv:{path}?speed=20", "--data", str(data)) as process:
        said_until(process, "Dripwatch is at")
        record = open_record(data)
        deadline = time.monotonic() + 30
        while not any(entry.name == "escalated" for entry in record.events(record.session("last"))):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.kill()
        process.wait()
    session = open_record(data).session("last")
    inputs = [item[1] for item in open_record(data).inputs(session) if not isinstance(item, Entry)]
    samples = [reading for reading in inputs if isinstance(reading, Observation)]
    assert [s.t for s in samples if s.signal == "spo2"] == [t * SECOND for t in range(len(samples) // 2)]
    events = [
        (e.t / SECOND, e.name, json.loads(e.body)["rule"])
        for e in open_record(data).events(session)
        if e.name in ("raised", "escalated")
    ]
    truth = [(t, event, rule) for t, event, rule, _, _ in check(path) if event in ("raised", "escalated")]
    assert events == truth[: len(events)]
    with running("run", "--source", f"csv:{path}?speed=20", "--data", str(data)) as process:
        said = said_until(process, "Dripwatch is at")
    assert "session 1 (Bed 1" in said
    assert "was interrupted after" in said
    assert [s.end_reason for s in open_record(data).sessions()] == ["interrupted", "stopped"]


def test_sessions_list_says_how_each_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bed.csv"
    path.write_text("time_s,hr\n0,80\n1,81\n")
    with running("run", "--source", f"csv:{path}", "--data", str(tmp_path / "data"), "--bed", "Room 2") as process:
        said_until(process, "Dripwatch is at")
    assert main(["sessions", "list", "--data", str(tmp_path / "data")]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert "Room 2" in row
    assert row.endswith(("stopped", "source ended"))
