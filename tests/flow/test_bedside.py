"""A whole bedside that is not there: an oximeter and a cuff on two ports, pulled, killed, and plugged in again.

Two processes, as people start them. What the second one recorded is then decoded once more.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerts.engine import Engine
from alerts.model import Escalated, Priority, Raised
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
from ingest.recorder.record import open_record
from ingest.sources.rederiving import differences
from tests.flow.program import running, said_until

pytestmark = [pytest.mark.flow, pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")]

OXIMETER, CUFF = "contec-v7", "suntech-nibp"
BOTH = {OXIMETER, CUFF}
PATIENCE_S = 20
BACK_WITHIN_S = 2.0
"""R8: from the port to its device."""


class Emulated:
    """`dripwatch simulate` with both devices, each with its link in `ports`."""

    def __init__(self, ports: Path, process: subprocess.Popen[str]) -> None:
        self._ports = ports
        self._process = process

    def says(self, words: str) -> None:
        assert self._process.stdout is not None
        assert any(words in line for line in self._process.stdout), f"{words!r} was never said"

    def told(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def killed(self) -> None:
        """As if its power had gone. The names go with the devices, as those of real ports do."""
        self._process.kill()
        for name in BOTH:
            (self._ports / name).unlink()
        self._process.wait()


@contextmanager
def emulated(ports: Path, *options: str) -> Iterator[Emulated]:
    """The patient is twenty times as fast, so that a measurement takes 2 s."""
    devices = [part for name in (OXIMETER, CUFF) for part in ("--pty", f"{name}={ports / name}")]
    command = [sys.executable, "-m", "dashboard", "simulate", "uneventful", "--speed", "20", *devices, *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            bed = Emulated(ports, process)
            bed.says("dripwatch run --source")
            yield bed
        finally:
            process.terminate()


class Watched:
    """The record while it is being written."""

    def __init__(self, directory: Path) -> None:
        self.record = open_record(directory)

    def readings(self) -> list[Reading]:
        inputs = self.record.inputs(self.record.session("last"))
        return [item[1] for item in inputs if not isinstance(item, Entry)]

    def lost(self) -> dict[str, str]:
        """The devices that T-4 was raised for, with the last that was said of each."""
        events = self.record.events(self.record.session("last"))
        bodies = [(event.name, json.loads(event.body)) for event in events]
        return {body["signal"]: name for name, body in bodies if body.get("rule") == "T-4"}

    def until(self, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_true():
            assert time.monotonic() < deadline, [self.lost(), *self.readings()[-10:]]
            time.sleep(0.1)

    def until_said(self, wanted: Callable[[Reading], bool]) -> None:
        self.until(lambda: any(map(wanted, self.readings())))

    def seconds_to(self, came: float, source: str) -> float:
        """From the time of the world `came` to the next good frame of `source`."""
        session = self.record.session("last")
        good = [
            session.started.timestamp() + reading.t / SECOND
            for reading in self.readings()
            if isinstance(reading, DeviceStatus) and reading.source == source and reading.state is DeviceState.CONNECTED
        ]
        return next(t for t in good if t > came) - came


def has_all(readings: list[Reading]) -> bool:
    signals = {reading.signal for reading in readings if isinstance(reading, Observation | Waveform)}
    pressures = [reading.sys for reading in readings if isinstance(reading, NibpReading)]
    return signals >= {Signal.PR, Signal.SPO2, Signal.PI, Signal.PLETH} and any(pressures)


def test_a_bedside_is_pulled_and_killed_and_comes_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    urls = [f"serial:{tmp_path / OXIMETER}?device={OXIMETER}", f"serial:{tmp_path / CUFF}?device={CUFF}&every=60"]
    with (
        emulated(tmp_path) as bed,
        running("run", *(part for url in urls for part in ("--source", url)), "--data", str(data)) as program,
    ):
        said_until(program, "Dripwatch is at")
        watched = Watched(data)
        watched.until(lambda: has_all(watched.readings()))

        bed.told("finger-out")
        watched.until_said(lambda said: isinstance(said, DeviceStatus) and Condition.PROBE_OFF in said.conditions)
        assert watched.lost() == {}

        bed.told(f"{OXIMETER}: unplug")
        watched.until(lambda: watched.lost() == {OXIMETER: "raised"})  # and nothing of the cuff
        bed.told("plug")
        bed.told("ok")
        watched.until(lambda: watched.lost() == {OXIMETER: "ended"})

        bed.killed()
        watched.until(lambda: watched.lost() == dict.fromkeys(BOTH, "raised"))
        with emulated(tmp_path):
            came = {name: (tmp_path / name).lstat().st_mtime for name in BOTH}
            watched.until(lambda: watched.lost() == dict.fromkeys(BOTH, "ended"))
            assert {name for name in BOTH if watched.seconds_to(came[name], name) > BACK_WITHIN_S} == set()

    assert {reading.source for reading in watched.readings() if isinstance(reading, RawBytes)} == BOTH
    assert list(differences(watched.readings(), watched.record.session("last").sources)) == []
    check_what_would_have_come(watched)


def check_what_would_have_come(watched: Watched) -> None:
    """The same session, had nobody plugged them in again: T-4 low 5 s after the last word, medium after 30 s."""
    inputs = list(session_inputs(watched.record, watched.record.session("last")))
    down = max(i for i, one in enumerate(inputs) if isinstance(one, DeviceStatus) and "not there" in one.detail)
    engine, heard, alarms = Engine(load_profile("iv-ketamine")), dict[str, int](), set[tuple[str, Priority, int]]()
    for one in [*inputs[: down + 1], Tick(inputs[down].t + 31 * SECOND)]:
        events = [event for event in engine.step(one) if isinstance(event, Raised | Escalated)]
        alarms |= {(e.occurrence.signal, e.occurrence.priority, e.t) for e in events if e.occurrence.rule == "T-4"}
        match one:
            case DeviceStatus(source=source, state=DeviceState.CONNECTED) | Observation(source=source):
                heard[source] = engine.now
            case Waveform(source=source) | NibpReading(source=source):
                heard[source] = engine.now
    assert heard.keys() == BOTH
    assert alarms >= {(name, Priority.LOW, t + 5 * SECOND) for name, t in heard.items()}
    assert alarms >= {(name, Priority.MEDIUM, t + 30 * SECOND) for name, t in heard.items()}
