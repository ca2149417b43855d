"""kill -9 and the same session again: what was confirmed is back, what alarmed alarms again (R6, H05, H08, H10).

DRIPWATCH_KILLS sets how often it is killed (R6: 200).
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ingest
from alerts.engine import Engine
from alerts.journal import event_entry
from dashboard.__main__ import main
from dashboard.recordings import recorded_profile, session_inputs
from ingest.model import SECOND, Observation
from ingest.recorder import Entry
from ingest.recorder.record import Record, open_record
from tests.flow.program import running, said_until

pytestmark = [pytest.mark.flow, pytest.mark.slow]

CHILD = Path(__file__).with_name("watching_child.py")
KILLS = int(os.environ.get("DRIPWATCH_KILLS", "15"))
BACK_WITHIN_S = 5.0
"""R6, H10: from the start of the program to the alarm."""

Line = dict[str, Any]


class Child:
    """A session in a process of its own, and what it said."""

    def __init__(self, data: Path, table: Path, *how: str) -> None:
        root = str(Path(str(ingest.__file__)).parents[1])
        command = [sys.executable, str(CHILD), str(data), str(table), *how]
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": root}, stdout=subprocess.PIPE, text=True
        )

    def hear(self) -> Line:
        assert self._process.stdout
        line: Line = json.loads(self._process.stdout.readline())
        assert line["word"] != "refused", line
        return line

    def hear_of(self, word: str) -> Line:
        while (line := self.hear())["word"] != word:
            pass
        return line

    def killed(self) -> list[Line]:
        """Kill it; what it had still said."""
        if self._process.poll() is not None:
            return []
        self._process.kill()
        rest, _ = self._process.communicate()
        return [json.loads(line) for line in rest.splitlines()]


Start = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path, table: Path) -> Iterator[Start]:
    """Starts children, and leaves none behind."""
    children: list[Child] = []

    def start(*how: str) -> Child:
        children.append(Child(tmp_path / "data", table, *how))
        return children[-1]

    yield start
    for child in children:
        child.killed()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A followed table with a minute in it: SpO2 84, so that O2-3 (< 85 for 10 s) is high from the start on."""
    path = tmp_path / "bed.csv"
    path.write_text("time_s,hr,spo2\n" + "".join(f"{t},80,84\n" for t in range(61)))
    return path


def test_whatever_was_confirmed_is_back_after_any_kill(tmp_path: Path, start: Start) -> None:
    moments = random.Random(4)
    child = start("begin")
    given = confirmed = child.hear_of("restored")["state"]
    child.hear_of("shown")
    for _ in range(KILLS):
        lines = [child.hear() for _ in range(moments.randrange(1, 25))]
        time.sleep(moments.random() / 100)  # into the middle of a commit
        for line in [*lines, *child.killed()]:
            given = line["state"] if line["word"] == "gave" else given
            confirmed = line["state"] if line["word"] == "confirmed" else confirmed
        child = start("resume", *(["acknowledge"] if moments.random() < 0.5 else []))
        back = child.hear_of("restored")["state"]
        assert back in (confirmed, given)  # what was not confirmed may have reached the disk
        given = confirmed = back
    child.killed()
    assert confirmed["acknowledged"]
    assert_one_story(open_record(tmp_path / "data"))


def test_an_active_alarm_is_announced_again_at_once(start: Start) -> None:
    child = start("begin")
    assert "O2-3" in child.hear_of("shown")["active"]
    child.hear_of("confirmed")  # what was confirmed is on the disk with all before it
    child.killed()
    child = start("resume")
    shown = child.hear_of("shown")
    assert time.monotonic() - child.started <= BACK_WITHIN_S
    assert "O2-3" in shown["active"]
    assert "T-9" in shown["rules"]
    assert shown["level"] == "high"


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def names(record: Record) -> list[str]:
    session = record.session("last")
    inputs = [item.name for item in record.inputs(session) if isinstance(item, Entry)]
    return inputs + [event.name for event in record.events(session)]


def assert_one_story(record: Record) -> None:
    """Every number is there once, and the inputs give the events that are in the record, over every crash."""
    session = record.session("last")
    events = list(record.events(session))
    inputs = [item.seq if isinstance(item, Entry) else item[0] for item in record.inputs(session)]
    assert sorted(inputs + [event.seq for event in events]) == list(range(1, len(inputs) + len(events) + 1))
    engine = Engine(recorded_profile(session))
    derived = [event_entry(0, e) for input_ in session_inputs(record, session) for e in engine.step(input_)]
    told = [(e.t, e.name, e.body) for e in events]
    assert [(e.t, e.name, e.body) for e in derived][: len(told)] == told


def test_the_program_goes_on_with_the_session_it_was_killed_in(tmp_path: Path, table: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    with running("run", "--source", f"csv:{table}?follow=1", "--bed", "Room 2", *data) as process:
        said_until(process, "Dripwatch is at")
        record = open_record(tmp_path / "data")
        until(lambda: "raised" in names(record))
        process.kill()
        process.wait()
    with running("run", "--resume", *data) as process:
        said = said_until(process, "Dripwatch is at")
        until(lambda: "interruption" in names(record))
        with table.open("a") as rows:
            rows.write("90,80,97\n")
        until(lambda: any(is_new(item) for item in record.inputs(record.session("last"))))
    assert "Going on with session 1" in said
    assert re.search(r"restored: phase infusion, \d alarms? active\n", said)
    assert "Room 2" in said
    (session,) = record.sessions()
    assert session.end_reason == "stopped"
    assert_one_story(record)
    old = [item[1] for item in record.inputs(session) if not isinstance(item, Entry)]
    assert len([r for r in old if isinstance(r, Observation)]) == 2 * 62  # no row was taken twice


def is_new(item: tuple[int, object] | Entry) -> bool:
    return not isinstance(item, Entry) and isinstance(item[1], Observation) and item[1].value == 97


def test_a_new_start_says_that_the_session_before_can_go_on(tmp_path: Path, table: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    start = ["run", "--source", f"csv:{table}?follow=1", *data]
    with running(*start) as process:
        said_until(process, "Dripwatch is at")
        process.kill()
        process.wait()
    with running(*start) as process:
        assert "note: session 1 can be resumed: end this one, then: dripwatch run --resume 1" in said_until(
            process, "Dripwatch is at"
        )
    with running("run", "--resume", "1", *data) as process:
        said_until(process, "Going on with session 1")
    assert main(["run", "--resume", "2", *data]) == 2  # that one was ended in order


@pytest.mark.skipif(os.name == "nt", reason="SIGSTOP")
def test_a_program_that_was_stopped_says_so_when_it_goes_on(tmp_path: Path, table: Path) -> None:
    with running("run", "--source", f"csv:{table}?follow=1", "--data", str(tmp_path / "data")) as process:
        said_until(process, "Dripwatch is at")
        record = open_record(tmp_path / "data")
        until(lambda: "raised" in names(record))
        process.send_signal(signal.SIGSTOP)
        time.sleep(3)  # the world goes on, whatever a test does
        process.send_signal(signal.SIGCONT)
        until(lambda: "interruption" in names(record))
    session = record.session("last")
    (told,) = [item for item in record.inputs(session) if isinstance(item, Entry) and item.name == "interruption"]
    assert 2.5 * SECOND < told.t - json.loads(told.body)["since"] < 10 * SECOND
    raised = [json.loads(e.body) for e in record.events(session) if e.name == "raised"]
    assert [body["priority"] for body in raised if body["rule"] == "T-9"] == ["medium"]
    assert_one_story(record)
