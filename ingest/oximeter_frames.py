"""What oximeters without a checksum share: frames cut out of bytes, and readings that are believed when repeated.

Such a frame is known by its form alone, and a disturbed one often still has it. So a frame counts only directly
after another, and what it says only if the frame before said the same: both would have to be wrong in the same way.
Devices may not import each other, therefore this is not one of them.
"""

import re

from ingest.devices import Counters
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading, Signal, Waveform

GAP = 2 * SECOND
"""A silence after which everything begins anew, as after a cable was plugged in again."""

BATCHES = 5
"""Stretches of pleth in a second: short enough to look continuous, long enough not to flood the record."""

Said = tuple[tuple[float | None, ...], frozenset[Condition]]
"""What one frame says: its numbers (None: no reading) and its technical states."""


class Frames:
    """Frames of the form `form`, `longest` bytes at most, cut out of a stream that comes in any pieces."""

    def __init__(self, form: re.Pattern[bytes], longest: int) -> None:
        self.counters = Counters()
        self._form = form
        self._longest = longest
        self._rest = b""
        self._last = 0
        self._in_step = False

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their frame."""
        return len(self._rest)

    def cut(self, data: bytes, now: int) -> list[tuple[bytes, bool]]:
        """The frames `data` completes, each with whether it came directly after another one."""
        if now - self._last > GAP:
            self._discard(self.held)
            self._rest, self._in_step = b"", False
        self._last = now
        self.counters.bytes_in += len(data)
        return self._split(self._rest + data)

    def _split(self, data: bytes) -> list[tuple[bytes, bool]]:
        frames: list[tuple[bytes, bool]] = []
        done = 0
        for match in self._form.finditer(data):
            self._discard(match.start() - done)
            frames.append((match.group(), self._in_step))
            self._in_step = True
            self.counters.bytes_framed += match.end() - match.start()
            done = match.end()
        keep = max(done, len(data) - self._longest + 1)
        self._discard(keep - done)
        self._rest = data[keep:]
        self.counters.frames += len(frames)
        return frames

    def _discard(self, count: int) -> None:
        if count:
            self.counters.bytes_discarded += count
            self.counters.resyncs += self._in_step
            self._in_step = False


class Steady:
    """Readings made of `rate` frames a second.

    All numbers are said once a second of frames, and at once when one of them or a state has changed.
    `signals` names the numbers of `Said` in their order. Pleth comes in stretches of 0.2 s, without
    interruptions inside: shorter ones before a frame that is missing, invalid or flagged.
    """

    def __init__(self, source: str, signals: tuple[Signal, ...], rate: int) -> None:
        self._source = source
        self._signals = signals
        self._rate = rate
        self._before: Said | None = None
        self._shown: Said | None = None
        self._frames = 0
        self._pleth: list[int] = []
        self._sampled = 0
        self._readings: list[Reading] = []

    def take(self, said: Said, pleth: int | None, in_step: bool, now: int) -> None:
        """One frame; `in_step`: it came directly after another. `pleth` None: the sample is invalid."""
        self._frames += 1
        if not in_step or pleth is None or said[1]:
            self._end_stretch()
        else:
            self._pleth.append(pleth)
            self._sampled = now
            if len(self._pleth) * BATCHES >= self._rate:
                self._end_stretch()
        if in_step and said == self._before and (said != self._shown or self._frames >= self._rate):
            self._show(said, now)
        self._before = said

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
            samples = tuple(self._pleth)
            self._readings.append(Waveform(begun, self._source, Signal.PLETH, float(self._rate), samples))
            self._pleth.clear()
