"""A source played in time. The world's clock is the test's own: waiting moves it on, nothing else does."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.model import SECOND, DeviceState, DeviceStatus, Observation, Reading, Signal
from ingest.sources import Mode, SourceError
from ingest.sources.csv import CsvSource
from ingest.sources.pacing import PacedSource, SessionClock, boottime_ns


class World(threading.Event):
    """The time of the world, and the event a paced source waits on."""

    def __init__(self) -> None:
        super().__init__()
        self.ns = 5_000_000_000
        self.waits: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def monotonic_ns(self) -> int:
        return self.ns

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.ns += round(timeout * 1e9)
        self.meanwhile()
        return self.is_set()


class Script:
    """A source that says what it is told to: readings, None, or an exception raised on the way."""

    name = "script"
    speed = 1.0
    backlog = 0
    rejected = 0

    def __init__(self, *script: Reading | Exception | None, mode: Mode = Mode.REPLAY) -> None:
        self.mode = mode
        self._script = script

    def readings(self) -> Iterator[Reading | None]:
        for reading in self._script:
            if isinstance(reading, Exception):
                raise reading
            yield reading

    def notes(self) -> list[str]:
        return []


def at(seconds: float, value: float = 80) -> Observation:
    return Observation(round(seconds * SECOND), "script", Signal.HR, value)


class Played:
    """A script played to its end: what was put, and at which session time."""

    def __init__(self, source: Script, *, speed: float = 1.0, offset: int = 0) -> None:
        self.world = World()
        self.clock = SessionClock(speed, offset, self.world.monotonic_ns)
        self.put: list[tuple[float, Reading]] = []
        self.paced = PacedSource(source, self.clock, self._put, self.world)

    def _put(self, reading: Reading) -> None:
        self.put.append((self.clock.now() / SECOND, reading))

    def run(self) -> list[tuple[float, Reading]]:
        self.paced.run()
        return self.put


def ended(seconds: int) -> DeviceStatus:
    return DeviceStatus(seconds * SECOND, "script", DeviceState.ENDED, "end of recording")


# The clock


def test_a_session_begins_at_its_offset_and_runs_at_its_speed() -> None:
    world = World()
    clock = SessionClock(10, 60 * SECOND, world.monotonic_ns)
    assert clock.now() == 60 * SECOND
    assert clock.seconds_until(160 * SECOND) == 10
    world.ns += 1_500_000_000
    assert clock.now() == 75 * SECOND
    assert clock.seconds_until(75 * SECOND) == 0
    assert clock.seconds_until(0) == 0


def test_the_session_clock_is_exact_after_a_month() -> None:
    world = World()
    clock = SessionClock(1.0, 0, world.monotonic_ns)
    world.ns += 30 * 86_400 * 10**9 + 1_000
    assert clock.now() == 30 * 86_400 * SECOND + 1


def test_the_clock_of_this_machine_does_not_run_back() -> None:
    assert boottime_ns() <= boottime_ns()


# Pacing


def test_each_reading_is_put_when_it_is_due() -> None:
    played = Played(Script(at(0), at(1), at(1), at(61)))
    assert played.run() == [(0, at(0)), (1, at(1)), (1, at(1)), (61, at(61)), (61, ended(61))]


def test_at_tenfold_speed_the_world_waits_a_tenth() -> None:
    played = Played(Script(at(60)), speed=10)
    assert [time for time, _ in played.run()] == [60, 60]
    assert sum(played.world.waits) == pytest.approx(6)


def test_what_lay_there_before_the_session_is_put_at_once() -> None:
    played = Played(Script(at(0), at(100), at(101)), offset=100 * SECOND)
    assert [time for time, _ in played.run()] == [100, 100, 101, 101]


def test_a_reading_that_comes_late_is_put_at_once_and_unchanged() -> None:
    played = Played(Script(at(0), *([None] * 100), at(1), at(2)))  # 100 times nothing: 5 s
    assert played.run()[1:3] == [(5, at(1)), (5, at(2))]


def test_a_live_row_that_comes_too_late_is_no_number_of_now() -> None:
    """Once caught up: 9 s late is shown, 10 s late is said (H01, H19). What lay there before is history."""
    played = Played(Script(at(1), None, at(2, 81), at(3, 82), mode=Mode.LIVE), offset=12 * SECOND)
    late = "rows come 10 s late and are not shown: does the program that writes them buffer its output?"
    assert [reading for _, reading in played.run()][:3] == [
        at(1),
        DeviceStatus(round(12.05 * SECOND), "script", DeviceState.CONNECTED, late),
        at(3, 82),
    ]


def test_long_waits_look_at_the_clock_again_and_again() -> None:
    played = Played(Script(at(3600)))
    slept = False

    def suspend() -> None:
        nonlocal slept
        if not slept:
            played.world.ns += 3600 * 10**9
            slept = True

    played.world.meanwhile = suspend
    played.run()
    assert played.world.waits == [0.5]  # not an hour more after the machine was woken


# The horizon


def test_the_horizon_is_the_next_reading_while_that_is_not_due() -> None:
    played = Played(Script(at(0), at(1), at(3)))
    seen: list[tuple[int | None, int]] = []
    played.world.meanwhile = lambda: seen.append((played.paced.horizon.t, len(played.put)))
    assert played.paced.horizon.t == 0  # nothing is known before the first reading
    played.run()
    assert seen == [(SECOND, 1)] * 2 + [(3 * SECOND, 2)] * 4  # always: all before it have been put


def test_the_horizon_waits_while_the_next_reading_is_looked_for() -> None:
    horizons: list[int | None] = []

    class Slow(Script):
        def readings(self) -> Iterator[Reading | None]:
            for reading in super().readings():
                horizons.append(played.paced.horizon.t)
                yield reading

    played = Played(Slow(at(0), at(1), None, at(2)))
    played.run()
    assert horizons == [0, 0, SECOND, None]


def test_when_nothing_is_known_to_come_the_clock_must_be_asked() -> None:
    played = Played(Script(at(0), None))
    seen: list[int | None] = []
    played.world.meanwhile = lambda: seen.append(played.paced.horizon.t)
    played.run()
    assert seen == [None]


def test_at_the_end_nothing_is_known_to_come() -> None:
    played = Played(Script(at(0), at(7)))
    assert played.run()[-1] == (7, ended(7))
    assert played.paced.horizon.t is None


# Ends


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        (SourceError("live.csv: cannot be read: Input/output error"), "live.csv: cannot be read: Input/output error"),
        (OSError("two\nlines"), "two lines"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_a_source_that_fails_is_a_device_that_is_gone(failure: Exception, detail: str) -> None:
    played = Played(Script(at(0), None, None, failure))  # it fails 0.1 s into the session
    expected = DeviceStatus(SECOND // 10, "script", DeviceState.DISCONNECTED, detail)
    assert played.run()[-1] == (0.1, expected)
    assert played.paced.horizon.t is None


def test_a_failure_is_never_before_the_last_reading() -> None:
    played = Played(Script(at(5), RuntimeError("lost")))
    assert played.run()[-1] == (5, DeviceStatus(5 * SECOND, "script", DeviceState.DISCONNECTED, "lost"))


def test_a_live_source_does_not_end_like_a_recording() -> None:
    played = Played(Script(at(1), None, mode=Mode.LIVE))
    _, status = played.run()[-1]
    assert status == DeviceStatus(1_050_000, "script", DeviceState.DISCONNECTED, "the stream ended")


def test_an_empty_recording_ends_at_once() -> None:
    assert Played(Script()).run() == [(0, ended(0))]


@pytest.mark.parametrize("script", [(at(0), at(3600)), (at(0), *([None] * 1000))])
def test_stopped_it_says_no_more(script: tuple[Reading | None, ...]) -> None:
    played = Played(Script(*script))
    played.world.meanwhile = played.world.set
    assert played.run() == [(0, at(0))]
    assert len(played.world.waits) == 1


def test_it_runs_in_a_thread_of_its_own() -> None:
    put: list[Reading] = []
    clock = SessionClock(1e6)
    paced = PacedSource(Script(at(0), at(1)), clock, put.append, threading.Event())
    paced.start()
    paced.join(10)
    assert put == [at(0), at(1), ended(1)]


def test_a_live_source_whose_clock_runs_ahead_is_shown_now_and_never_later(tmp_path: Path) -> None:
    """A clock put forward by an hour must not hold its values back, to be shown as new an hour late."""
    path = tmp_path / "monitor.csv"
    path.write_text("time_s,hr\n0,80\n3600,200\n")
    put: list[Reading] = []
    stopped = threading.Event()

    def keep(reading: Reading) -> None:
        put.append(reading)
        if len(put) == 3:
            stopped.set()

    source = CsvSource(str(path), follow=True)
    PacedSource(source, SessionClock(offset=0), keep, stopped).run()
    assert [getattr(r, "value", None) for r in put] == [None, 80, 200]
    assert put[-1].t < 60_000_000
