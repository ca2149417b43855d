"""What oximeters share that say their numbers about once a second, as lines of text or in frames without a checksum.

Such a line is known by its form alone, and a wrong digit is as good as a right one. Successive lines cannot be asked
to be equal, for a second changes them; but they can be asked to be near each other.
Devices may not import each other, therefore this is not one of them.
"""

import re

from ingest.model import DeviceState, DeviceStatus, Observation, Reading, Signal
from ingest.oximeter_frames import Said
from ingest.stream import GAP, Stream

LINE_END = re.compile(rb"[\r\n]")


class Lines(Stream):
    """Whole lines of the form `form`, `longest` bytes at most, cut out of a stream that comes in any pieces.

    Empty lines and NULs around a line are part of the stream. After a silence of more than `gap` microseconds
    everything begins anew, as after a cable was plugged in again.
    """

    def __init__(self, form: re.Pattern[bytes], longest: int, gap: int = GAP) -> None:
        super().__init__(gap)
        self._form = form
        self._longest = longest

    def cut(self, data: bytes, now: int) -> list[tuple[bytes, bool]]:
        """The lines `data` completes, each with whether it came directly after another one."""
        *ended, rest = LINE_END.split(self._arrived(data, now))
        lines = [line for end in ended for line in self._take(end)]
        self._rest = rest[: self._longest + 1]  # one byte too many: the line stays too long however long it gets
        self._discard(len(rest) - self.held)
        return lines

    def _take(self, ended: bytes) -> list[tuple[bytes, bool]]:
        line, size = ended.strip(b"\0 "), len(ended) + 1
        if len(ended) > self._longest or (line and not self._form.fullmatch(line)):
            self._discard(size)
            return []
        self.counters.bytes_framed += size
        if not line:
            return []
        was_in_step, self._in_step = self._in_step, True
        self.counters.frames += 1
        return [(line, was_in_step)]


class Seconds:
    """Readings made of what is said about once a second.

    `signals` names the numbers of `Said` in their order. What is said counts if it came directly after something
    good and none of its numbers is further than `near` from the one before or from the last that counted; no reading
    is always believed. So one wrong digit moves a number by `near` at most, and a true jump shows one line late.
    `near` None: whatever comes directly after something good counts.
    """

    def __init__(self, source: str, signals: tuple[Signal, ...], near: tuple[float, ...] | None) -> None:
        self._source = source
        self._signals = signals
        self._near = near
        self._before: Said | None = None
        self._counted: Said | None = None
        self._told: tuple[object, str] | None = None
        self._readings: list[Reading] = []

    def take(self, said: Said, in_step: bool, now: int, detail: str = "") -> bool:
        """One line; `in_step`: it came directly after another; `detail`: its words. Whether it counted."""
        before, self._before = self._before, said
        if not in_step:
            self._counted = self._told = None
            return False
        if not self._is_near(said, before) and not self._is_near(said, self._counted):
            return False
        self._counted = said
        self._show(said, now, detail)
        return True

    def say(self, reading: Reading) -> None:
        """Something else, in its place."""
        self._readings.append(reading)

    def drain(self) -> list[Reading]:
        """The readings since the last call."""
        readings, self._readings = self._readings, []
        return readings

    def _show(self, said: Said, now: int, detail: str) -> None:
        numbers, conditions = said
        if self._told != (conditions, detail):
            self._told = conditions, detail
            self._readings.append(DeviceStatus(now, self._source, DeviceState.CONNECTED, detail, conditions))
        for signal, value in zip(self._signals, numbers, strict=True):
            self._readings.append(Observation(now, self._source, signal, value))

    def _is_near(self, said: Said, other: Said | None) -> bool:
        """Whether no number is far from the other's; one that has only just appeared is."""
        if other is None or self._near is None:
            return other is not None
        pairs = zip(said[0], other[0], self._near, strict=True)
        return all(new is None or (old is not None and abs(new - old) <= near) for new, old, near in pairs)
