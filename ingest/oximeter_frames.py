"""What oximeters without a checksum share: frames cut out of bytes, and readings that are believed when repeated.

Such a frame is known by its form alone, and a disturbed one often still has it. So a frame counts only directly
after another, and what it says only if the frame before said the same: both would have to be wrong in the same way.
Most say what the one before did: such a run is cut out and read as one, some ten times faster than frame by frame.
Devices may not import each other, therefore this is not one of them.
"""

import re
from itertools import count

from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading, Signal, Waveform
from ingest.stream import Stream

STRETCHES = 5
"""Stretches of pleth in a second: short enough to look continuous, long enough not to flood the record."""

Said = tuple[tuple[float | None, ...], frozenset[Condition]]
"""What one frame says: its numbers (None: no reading) and its technical states."""


def runs(*frames: bytes) -> bytes:
    """A pattern of one frame or more of one of these forms, which agree in what is in the groups of the form."""
    group = count(1)
    again = (re.sub(rb"\([^)]*\)", lambda _: b"\\%d" % next(group), frame) for frame in frames)
    return b"|".join(frame + b"(?:" + same + b")*+" for frame, same in zip(frames, again, strict=True))


class Frames(Stream):
    """Frames cut out of a stream that comes in any pieces.

    `form` matches a frame of at most `longest` bytes, or a run of frames of just as many.
    """

    def __init__(self, form: re.Pattern[bytes], longest: int) -> None:
        super().__init__()
        self._form = form
        self._longest = longest

    def cut(self, data: bytes, now: int) -> list[tuple[bytes, bool]]:
        """The frames or runs that `data` completes, each with whether it came directly after another one."""
        return self._split(self._arrived(data, now))

    def _split(self, data: bytes) -> list[tuple[bytes, bool]]:
        found: list[tuple[bytes, bool]] = []
        done = 0
        for match in self._form.finditer(data):
            start, end = match.span()
            if start > done:
                self._discard(start - done)
            found.append((data[start:end], self._in_step))
            self._in_step = True
            self.counters.frames += -((start - end) // self._longest)
            self.counters.bytes_framed += end - start
            done = end
        if len(data) - done >= self._longest:
            keep = len(data) - self._longest + 1
            self._discard(keep - done)
            done = keep
        self._rest = data[done:]
        return found


class Steady:
    """Readings made of `rate` frames a second.

    All numbers are said once a second of frames, and at once when one of them or a state has changed.
    `signals` names the numbers of `Said` in their order. Pleth comes in stretches of 0.2 s, without
    interruptions inside: shorter ones before a frame that is missing, invalid or flagged. A run has no sample that
    counts where its first is `invalid`.
    """

    def __init__(self, source: str, signals: tuple[Signal, ...], rate: int, invalid: int | None = None) -> None:
        self._source = source
        self._signals = signals
        self._rate = rate
        self._invalid = invalid
        self._stretch = rate // STRETCHES
        self._before: Said | None = None
        self._shown: Said | None = None
        self._frames = 0
        self._pleth = b""
        self._sampled = 0
        self._readings: list[Reading] = []

    def take(self, said: Said, pleth: bytes, in_step: bool, now: int) -> None:
        """A run of frames that say the same, with the sample of each; `in_step`: it came directly after another."""
        is_drawn = not said[1] and pleth[0] != self._invalid
        if not (is_drawn and in_step):
            self._end_stretch()
        is_repeated = in_step and said == self._before
        is_shown = said == self._shown
        self._before = said
        done = 0
        while done < len(pleth):
            step = 1
            if is_shown and is_repeated:
                step = self._stretch - len(self._pleth)
                if self._frames + step > self._rate:
                    step = max(1, self._rate - self._frames)
            samples = pleth[done : done + step]
            done += step
            self._frames += len(samples)
            if is_drawn and in_step:
                self._pleth += samples
                self._sampled = now
                if len(self._pleth) == self._stretch:
                    self._end_stretch()
            if is_repeated and (not is_shown or self._frames >= self._rate):
                self._show(said, now)
                is_shown = True
            in_step = is_repeated = True

    def note(self, state: DeviceState, detail: str, now: int) -> None:
        """Something the device said of itself in words; its states are told again after it."""
        self._readings.append(DeviceStatus(now, self._source, state, detail))
        self._shown = None

    def drain(self) -> list[Reading]:
        """The readings since the last call."""
        readings, self._readings = self._readings, []
        return readings

    def _show(self, said: Said, now: int) -> None:
        numbers, conditions = said
        if self._shown is None or conditions != self._shown[1]:
            self._readings.append(DeviceStatus(now, self._source, DeviceState.CONNECTED, "", conditions))
        for signal, value in zip(self._signals, numbers, strict=True):
            self._readings.append(Observation(now, self._source, signal, value))
        self._shown, self._frames = said, 0

    def _end_stretch(self) -> None:
        if self._pleth:
            begun = max(0, self._sampled - len(self._pleth) * SECOND // self._rate)
            self._readings.append(Waveform(begun, self._source, Signal.PLETH, float(self._rate), tuple(self._pleth)))
            self._pleth = b""
