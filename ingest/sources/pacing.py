"""A source played in time: the session's clock, and the thread that hands each reading on when it is due."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ingest.model import SECOND, DeviceState, DeviceStatus, NibpReading, Observation, Reading
from ingest.sources import Mode, Source

_LONGEST_WAIT = 0.5
"""Seconds between two looks at the clock: a wait itself does not count the time a machine is suspended."""

_AHEAD = 1.0
"""Seconds a live row may lie ahead of the session's clock: more is a clock that was put, not a jitter."""

_TOO_LATE_S = 10
"""Seconds after which a live row is not shown any more: as long as a value is held (rules.md 2.3)."""

_ASK_AGAIN = 0.05
"""Seconds before a source that had nothing is asked again."""


def boottime_ns() -> int:
    """Nanoseconds that never run backwards and, where the system can tell, go on while it is suspended."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class SessionClock:
    """The session's time in microseconds: `offset` when it is made, then `speed` times as fast as the world."""

    def __init__(self, speed: float = 1.0, offset: int = 0, monotonic_ns: Callable[[], int] = boottime_ns) -> None:
        self._speed = speed
        self._offset = offset
        self._monotonic_ns = monotonic_ns
        self._start = monotonic_ns()

    def now(self) -> int:
        """The session's time; never less than before."""
        return self._offset + int((self._monotonic_ns() - self._start) * self._speed) // 1000

    def seconds_until(self, t: int) -> float:
        """Seconds of the world until session time `t`; 0 if it has come."""
        return max(0, t - self.now()) / SECOND / self._speed


@dataclass(slots=True)
class Horizon:
    """How far a source's readings have been put: every one with a time before `t`.

    None: nothing is known to come, so the session's clock tells how far time has gone.
    """

    t: int | None = 0


class PacedSource:
    """Plays a source in a thread: `put(reading)` is called when the clock reaches the reading's time.

    A reading that comes late, from a slow pipe, is put at once and unchanged. The last thing put is a
    DeviceStatus: ENDED at the last reading's time after a recording, DISCONNECTED now after a live source
    ended or anything failed on the way. `stopped` ends it early without a word.

    `shift` is added to all times, where the session began with an older source.

    `horizon.t` is raised to a reading's time as soon as that reading is known, when all before it have
    been put; it stays there until the next is known.
    """

    def __init__(
        self,
        source: Source,
        clock: SessionClock,
        put: Callable[[Reading], object],
        stopped: threading.Event,
        shift: int = 0,
    ) -> None:
        self.horizon = Horizon()
        self._is_caught_up = False
        self._shift = shift
        self._source = source
        self._clock = clock
        self._put = put
        self._stopped = stopped
        self._thread = threading.Thread(target=self.run, name=f"source {source.name}", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until everything is put, or for `timeout` seconds."""
        self._thread.join(timeout)

    def run(self) -> None:
        """What the thread does; returns when the source has ended or `stopped` is set."""
        for reading in self._readings():
            if reading is None:
                self.horizon.t, self._is_caught_up = None, True
                self._stopped.wait(_ASK_AGAIN)
            else:
                reading = self._of_now(replace(reading, t=reading.t + self._shift))
                self.horizon.t = reading.t
                while wait := self._clock.seconds_until(reading.t):
                    if self._stopped.wait(min(wait, _LONGEST_WAIT)):
                        break
            if self._stopped.is_set():
                return
            if reading is not None:
                self._put(self._worth_showing(reading))
        self.horizon.t = None

    def _worth_showing(self, reading: Reading) -> Reading:
        """A row that comes too late is no number of now (H01, H19): a program that buffers what it writes says so."""
        late = (self._clock.now() - reading.t) // SECOND
        is_number = isinstance(reading, Observation | NibpReading)
        if not (is_number and self._is_caught_up and self._source.mode is Mode.LIVE and late >= _TOO_LATE_S):
            return reading
        words = f"rows come {late} s late and are not shown: does the program that writes them buffer its output?"
        return DeviceStatus(self._clock.now(), self._source.name, DeviceState.CONNECTED, words)

    def _of_now(self, reading: Reading) -> Reading:
        """A live source whose own clock ran ahead is not waited for: its values would be shown late, as if new."""
        is_ahead = self._source.mode is Mode.LIVE and self._clock.seconds_until(reading.t) > _AHEAD
        return replace(reading, t=self._clock.now()) if is_ahead else reading

    def _readings(self) -> Iterator[Reading | None]:
        """What the source says and then how it ended: a failure is a reading too."""
        last, state, detail = 0, DeviceState.ENDED, "end of recording"
        try:
            for reading in self._source.readings():
                last = last if reading is None else reading.t
                yield reading
            if self._source.mode is Mode.LIVE:
                state, detail = DeviceState.DISCONNECTED, "the stream ended"
        except Exception as error:  # whatever it is: a silent end of the thread would look like a quiet patient
            state = DeviceState.DISCONNECTED
            detail = " ".join(str(error).split()) or type(error).__name__
        if state is DeviceState.DISCONNECTED:
            last = max(last, self._clock.now())
        yield DeviceStatus(last, self._source.name, state, detail)
