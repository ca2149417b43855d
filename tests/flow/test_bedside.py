"""A whole bedside that is not there: an oximeter and a cuff on two ports, pulled, killed, plugged in again.

Two processes, as people start them. What the second one recorded is then decoded once more.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.engine import Engine
from alerts.model import OccurrenceEvent
from alerts.profiles import load_profile
from dashboard.recordings import session_inputs
from ingest.model import (
    SECOND,
    Condition,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    RawBytes,
    Reading,
    Signal,
    Tick,
    Waveform,
)
from ingest.recorder import Entry
from ingest.recorder.record import Record, open_record
from ingest.sources.rederiving import differences
from tests.flow.program import running, said_until

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]

OXIMETER, CUFF = "contec-v7", "suntech-nibp"
PATIENCE_S = 20
BACK_WITHIN_S = 2.0
"""R8: from a port that is there again to its device."""


class Emulated:
    """`dripwatch simulate` with both devices at their links, its patient ten times as fast, so that a cuff is too."""

    def __init__(self, ports: Path, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.links = [ports / OXIMETER, ports / CUFF]

    def until(self, words: str) -> None:
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said, but: {said}")

    def told(self, order: str, answer: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        self.until(answer)

    def kill(self) -> None:
        """As if the machine had lost power. The names go with the devices, as those of real ports do."""
        self.process.kill()
        for link in self.links:
            link.unlink()
        self.process.wait()


@contextmanager
def emulated(ports: Path, *options: str) -> Iterator[Emulated]:
    devices = [part for name in (OXIMETER, CUFF) for part in ("--pty", f"{name}={ports / name}")]
    command = [sys.executable, "-m", "dashboard", "simulate", "uneventful", "--speed", "10", *devices, *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            devices_here = Emulated(ports, process)
            devices_here.until("dripwatch run")
            yield devices_here
        finally:
            process.terminate()


class Watching:
    """The record while it is written."""

    def __init__(self, directory: Path) -> None:
        self.record: Record = open_record(directory)
        self.session = self.record.session("last")

    def readings(self) -> list[Reading]:
        return [item[1] for item in self.record.inputs(self.session) if not isinstance(item, Entry)]

    def until(self, wanted: Callable[[Sequence[Reading]], bool]) -> list[Reading]:
        return self._until(self.readings, wanted)

    def until_alarms(self, wanted: set[tuple[str, str]]) -> None:
        """Until these are the last events of T-4, by source."""
        self._until(self.alarms, lambda alarms: wanted == {(source, event) for source, event, _ in alarms[-len(wanted) :]})

    def alarms(self) -> list[tuple[str, str, float]]:
        """Source, event, seconds: of T-4."""
        events = [event for event in self.record.events(self.session) if event.name in {"raised", "escalated", "ended"}]
        bodies = [(json.loads(event.body), event) for event in events]
        return [(body["signal"], event.name, event.t / SECOND) for body, event in bodies if body["rule"] == "T-4"]

    def since(self, t: datetime) -> float:
        """Session seconds at a time of the wall."""
        return (t - self.session.started).total_seconds()

    @staticmethod
    def _until[T](look: Callable[[], list[T]], wanted: Callable[[list[T]], bool]) -> list[T]:
        deadline = time.monotonic() + PATIENCE_S
        while not wanted(seen := look()):
            assert time.monotonic() < deadline, seen[-20:]
            time.sleep(0.1)
        return seen
