"""Nobody watched for more than 2 s: that is said, before anything else is; a clock that is put says nothing."""

import json
import os
import queue
import time
from collections.abc import Callable, Iterator

import pytest

from alerts.engine import Engine
from alerts.model import End, Input, OccurrenceState, PauseAudio, Phase, SetPhase
from alerts.profiles import load_profile
from alerts.snapshot import Snapshot
from alerts.standstill import Standstill
from alerts.station import Station
from ingest.model import SECOND, DeviceConfiguration, Observation, Reading, Signal
from ingest.recorder import Entry
from ingest.sources import Mode
from ingest.sources.pacing import SessionClock

PROFILE = load_profile("iv-ketamine")


class World:
    """The time of the world since the machine started: what is asleep or stopped cannot see it pass."""

    def __init__(self) -> None:
        self.ns = 77_000_000_000

    def boottime_ns(self) -> int:
        return self.ns

    def passes(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)


class Played:
    """A recording as the station sees it: something with a mode."""

    name, mode, speed, backlog, rejected = "m", Mode.REPLAY, 10.0, 0, 0

    def readings(self) -> Iterator[Reading | None]:
        yield None

    def notes(self) -> list[str]:
        return []


class At:
    """How far a recording has been put."""

    def __init__(self, seconds: float) -> None:
        self.t: int | None = round(seconds * SECOND)


class Bed:
    """A station of which the test is the world and the record."""

    def __init__(self, speed: float = 1) -> None:
        self.world = World()
        self.offered: list[Entry | tuple[int, Reading]] = []
        self.shots: queue.Queue[Snapshot] = queue.Queue()
        clock = SessionClock(speed, monotonic_ns=self.world.boottime_ns)
        self.station = Station(Engine(PROFILE), clock, boottime_ns=self.world.boottime_ns)
        self.station.subscribe(lambda: self.shots.put(self.station.snapshot))

    # the journal

    @property
    def committed(self) -> int:
        return len(self.offered)

    def take(self, seq: int, reading: Reading) -> bool:
        self.offered.append((seq, reading))
        return True

    def note(self, entry: Entry) -> bool:
        self.offered.append(entry)
        return True

    def check(self) -> None: ...

    # the story

    def give(self, *inputs: Input) -> None:
        for input_ in inputs:
            self.station.put(input_)

    def until(self, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        while not wanted(shot := self.shots.get(timeout=5)):
            pass
        return shot

    def interruptions(self) -> list[tuple[float, float]]:
        """From when to when nobody watched, seconds, as the record has it."""
        entries = [o for o in self.offered if isinstance(o, Entry) and o.name == "interruption"]
        assert all((e.kind, e.actor) == ("command", "station") for e in entries)
        return [(json.loads(e.body)["since"] / SECOND, e.t / SECOND) for e in entries]


@pytest.fixture
def bed() -> Iterator[Bed]:
    bed = Bed()
    bed.station.start(journal=bed)
    bed.give(DeviceConfiguration(0, "m", frozenset({Signal.HR})), SetPhase(0, "test", Phase.INFUSION, "a test"))
    bed.give(hr(0, 80))
    bed.until(lambda shot: has(shot, 80))
    yield bed
    bed.station.stop()


def hr(t: float, value: float) -> Observation:
    return Observation(round(t * SECOND), "m", Signal.HR, value)


def has(shot: Snapshot, value: float) -> bool:
    return Signal.HR in shot.samples and shot.samples[Signal.HR].value == value


def is_interrupted(shot: Snapshot) -> bool:
    return any(o.rule == "T-9" for o in shot.occurrences)


# How it is noticed


def test_up_to_two_seconds_between_two_looks_is_no_standstill() -> None:
    world = World()
    standstill = Standstill(world.boottime_ns)
    looks = []
    for seconds in (100, 0.1, 2, 2.000001, 0.1, 30):
        world.passes(seconds)
        looks.append(standstill.look())
    assert looks == [0, 0, 0, 2_000_001, 0, 30_000_000]  # the first look has none before it


# What the station makes of it


def test_after_a_sleep_it_is_an_alarm_that_stays_until_it_is_acknowledged_and_it_is_recorded(bed: Bed) -> None:
    bed.world.passes(40)
    shot = bed.until(is_interrupted)
    told = next(o for o in shot.occurrences if o.rule == "T-9")
    assert told.message == "Monitoring was interrupted for 40 s: check the patient"
    assert (told.since, told.state) == (40 * SECOND, OccurrenceState.LATCHED)
    assert bed.interruptions() == [(0, 40)]


def test_what_arrived_meanwhile_is_judged_after_it(bed: Bed) -> None:
    bed.world.passes(40)
    bed.give(hr(40, 140))
    bed.until(lambda shot: has(shot, 140))
    names = [o.name if isinstance(o, Entry) else o[1] for o in bed.offered]
    assert names.index("interruption") < names.index(hr(40, 140))


def test_an_audio_pause_does_not_outlast_it(bed: Bed) -> None:
    bed.station.do(PauseAudio(0, "AB"))
    assert bed.until(lambda shot: shot.paused_until is not None).paused_until == 120 * SECOND
    bed.world.passes(5)
    assert bed.until(is_interrupted).paused_until is None


def test_each_standstill_is_told_once(bed: Bed) -> None:
    bed.world.passes(3)
    bed.until(is_interrupted)
    bed.world.passes(1.9)  # the screen may have been slow: no standstill
    bed.give(hr(4.9, 81))
    bed.until(lambda shot: has(shot, 81))
    bed.world.passes(4)
    bed.until(lambda shot: sum(o.rule == "T-9" for o in shot.occurrences) == 2)
    assert bed.interruptions() == [(0, 3), (pytest.approx(4.9), pytest.approx(8.9))]


def test_a_recording_loses_no_time_and_its_speed_does_not_count() -> None:
    bed = Bed(speed=10)
    horizon = At(20)
    bed.station.start([horizon], bed, [Played()])
    bed.give(DeviceConfiguration(0, "m", frozenset({Signal.HR})), SetPhase(0, "test", Phase.INFUSION, "a test"))
    bed.give(hr(20, 80))
    bed.until(lambda shot: has(shot, 80))
    bed.world.passes(1.9)  # 19 s of the recording
    bed.give(hr(20, 81))
    bed.until(lambda shot: has(shot, 81))
    assert bed.interruptions() == []
    bed.world.passes(3)  # the rows of 30 s wait to be put
    shot = bed.until(is_interrupted)
    assert shot.t == 20 * SECOND
    assert bed.interruptions() == [(17, 20)]
    assert shot.occurrences[-1].message == "Monitoring was interrupted for 3 s: check the patient"
    bed.give(*(hr(t, 90) for t in range(21, 31)))
    horizon.t = 31 * SECOND
    bed.until(lambda shot: shot.t == 31 * SECOND)
    taken = [o[1].t for o in bed.offered if not isinstance(o, Entry) and o[1] == hr(o[1].t / SECOND, 90)]
    assert taken == [t * SECOND for t in range(21, 31)]  # each at its own time
    bed.station.stop()


# Clocks that are put (H04, R10)


def play(monkeypatch: pytest.MonkeyPatch, wall: Callable[[int], float]) -> list[tuple[int, str, str]]:
    """Two minutes at one bed with `wall(t)` for the wall clock in second t; the entries in the record: t, name, body.

    Their numbers may differ: an alarm falls due between two readings, and is seen with the next tick or reading.
    """
    bed = Bed()
    bed.station.start(journal=bed)
    bed.give(DeviceConfiguration(0, "m", frozenset({Signal.HR})), SetPhase(0, "test", Phase.INFUSION, "a test"))
    for t in range(120):
        seconds = wall(t)
        monkeypatch.setattr(time, "time", lambda now=seconds: now)
        monkeypatch.setattr(time, "time_ns", lambda now=seconds: int(now * 1e9))
        bed.give(hr(t, 140 if 30 <= t < 60 else 80))
        bed.until(lambda shot, t=t: shot.samples[Signal.HR].t == t * SECOND)  # type: ignore[misc]
        bed.world.passes(1)
    monkeypatch.undo()
    bed.give(End(120 * SECOND))
    bed.until(lambda shot: shot.is_ended)
    return [(o.t, o.name, o.body) for o in bed.offered if isinstance(o, Entry)]


HOUR, DAY = 3600, 86_400
MORNING = 1_774_747_800.0
"""29 March 2026, 02:30 in Central Europe would be: the clocks are put forward that night."""


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, -MORNING, 2**31 - MORNING])
def test_a_wall_clock_that_jumps_twenty_times_changes_no_alarm(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    steady = play(monkeypatch, lambda t: MORNING + t)
    raised = [(t / SECOND, json.loads(body)["rule"]) for t, name, body in steady if name == "raised"]
    assert raised == [(45, "HR-3")]  # HR 140 >= 131 for 15 s
    assert play(monkeypatch, lambda t: MORNING + t + (jump if t // 6 % 2 else 0)) == steady


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a running program cannot be set here")
def test_summer_time_changes_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    steady = play(monkeypatch, lambda t: MORNING + t)

    def put(t: int) -> float:
        os.environ["TZ"] = "CET-1CEST" if t // 6 % 2 else "CET-1"
        time.tzset()
        return MORNING + t

    before = os.environ.get("TZ")
    try:
        assert play(monkeypatch, put) == steady
    finally:
        os.environ.pop("TZ", None)
        os.environ |= {} if before is None else {"TZ": before}
        time.tzset()
