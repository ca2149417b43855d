"""kill -9 while it records: what was confirmed is there, what is there is right, the start afterwards says so.

DRIPWATCH_KILLS sets how often (R4: 200). A kill shows nothing of power cuts, because the kernel lives on
and writes what it holds; against those stands synchronous=FULL (test_opening.py).
"""

import os
import random
import runpy
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest.recorder import Entry, RecordError
from ingest.recorder.record import open_record
from ingest.recorder.sqlite import SqliteRecorder
from ingest.recorder.trouble import LATE

CHILD = Path(__file__).with_name("writing_child.py")
TOLD = runpy.run_path(str(CHILD))
KILLS = int(os.environ.get("DRIPWATCH_KILLS", "15"))
NOTES = 37
SAMPLE = 10_000
"""Microseconds between the child's readings on its session clock."""

Said = dict[str, list[int]]


class Child:
    """A recording process and what it said."""

    def __init__(self, directory: Path, *arguments: object) -> None:
        command = [sys.executable, str(CHILD), str(directory), *map(str, arguments)]
        root = str(Path(str(ingest.__file__)).parents[1])
        environment = os.environ | {"PYTHONPATH": root}
        self.said: Said = defaultdict(list)
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def hear(self) -> str:
        """Wait for its next line; the word it began with."""
        assert self._process.stdout
        word, number = self._process.stdout.readline().split()
        self.said[word].append(int(number))
        return word

    def killed(self) -> Said:
        """Kill it; everything it ever said."""
        self._process.kill()
        rest, _ = self._process.communicate()
        for word, number in (line.split() for line in rest.splitlines()):
            self.said[word].append(int(number))
        return self.said


def kept(directory: Path, session: int) -> list[int]:
    """The numbers in the record, after comparing every single thing with what was offered."""
    record = open_record(directory)
    found = []
    for item in record.inputs(record.session(str(session))):
        seq: int = item.seq if isinstance(item, Entry) else item[0]
        wrong = item != TOLD["command"](seq) if isinstance(item, Entry) else item[1] != TOLD["reading"](seq)
        assert not wrong, f"number {seq} is wrong: {item}"
        found.append(seq)
    return found


def judge(directory: Path, said: Said) -> list[int]:
    """Nothing confirmed is lost, nothing is missing in between; the numbers that are in the record."""
    found = kept(directory, said["session"][0])
    confirmed = max(said["confirmed"], default=0)
    assert found == list(range(1, len(found) + 1)), "there is a hole"
    assert len(found) >= confirmed, f"confirmed but lost: {len(found) + 1} to {confirmed}"
    return found


def restart(directory: Path) -> list[tuple[int, int | None, str | None]]:
    """The next start: which sessions it finds interrupted, and when they end now."""
    recorder = SqliteRecorder(directory)
    interrupted = recorder.close_interrupted()
    recorder.close()
    return [(session.id, session.ended_t, session.end_reason) for session in interrupted]


@pytest.mark.slow
def test_after_any_kill_nothing_confirmed_is_lost_and_nothing_is_wrong(tmp_path: Path) -> None:
    data = tmp_path / "data"
    moments = random.Random(20)
    for _ in range(KILLS):
        child = Child(data, NOTES)
        child.hear()
        for _ in range(moments.randrange(400)):
            child.hear()
        said = child.killed()
        found = judge(data, said)
        assert restart(data) == [(said["session"][0], len(found) * SAMPLE, "interrupted")]
    sessions = open_record(data).sessions()
    assert [session.id for session in sessions] == list(range(1, KILLS + 1))
    assert {session.end_reason for session in sessions} == {"interrupted"}


@pytest.mark.slow
def test_without_any_command_a_kill_costs_readings_of_the_last_second_only(tmp_path: Path) -> None:
    child = Child(tmp_path, 0)
    while child.hear() != "confirmed":
        pass
    for _ in range(100):
        child.hear()
    said = child.killed()
    lost = said["offered"][len(judge(tmp_path, said)) :]
    # The child offers at most one a millisecond. The bound is the age at which a slow commit becomes an alarm.
    assert len(lost) <= LATE * 1000


@pytest.mark.slow
def test_the_record_is_read_while_another_process_writes_it_and_only_one_writes(tmp_path: Path) -> None:
    child = Child(tmp_path, NOTES)
    while child.hear() != "confirmed":
        pass
    for _ in range(20):
        while child.hear() != "confirmed":
            pass
        found = judge(tmp_path, child.said)
    with pytest.raises(RecordError, match=r"in use by another dripwatch \(process \d+\)"):
        SqliteRecorder(tmp_path)
    assert len(found) >= 20 * NOTES
    assert len(judge(tmp_path, child.killed())) >= len(found)


@pytest.mark.slow
def test_a_recorder_that_confirms_before_it_commits_is_found_out(tmp_path: Path) -> None:
    child: Any = Child(tmp_path, 0, "liar")
    for _ in range(50):
        child.hear()
    with pytest.raises(AssertionError, match="confirmed but lost: 1 to"):
        judge(tmp_path, child.killed())
