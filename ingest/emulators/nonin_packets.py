"""A Nonin oximeter in data formats 2 and 7: 75 frames a second, unasked."""

from collections.abc import Callable
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded, height
from ingest.model import Condition

NO_RATE, NO_SPO2 = 511, 127
HELD = 30
"""Packets for which the display's numbers stay when the finger is out: 10 s."""
BEAT = 12 / 75
"""Seconds a pulse is marked in the status."""
REVISION = 0x94


class NoninDf2:
    """The device; the finger is out when both numbers are missing. Weak below a perfusion index of 1, red below 0.3."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset(
        {Condition.PROBE_OFF, Condition.SEARCHING, Condition.LOW_PERFUSION, Condition.LOW_BATTERY}
    )
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self.spoil: Callable[[int], int] = int
        self._pulse = Pulse(rate=75)
        self._frames = 0
        self._floats = bytes(25)
        self._display = (NO_RATE, NO_SPO2)
        self._held = 0

    def say(self, now: int) -> bytes:
        """The frames since the last call."""
        return b"".join(self._next(phase) for phase in self._pulse.frames(now, self.vitals.pr or 0))

    def hear(self, data: bytes, now: int) -> None:
        """Nothing is sent to this device."""

    def _next(self, phase: float) -> bytes:
        packet, place = divmod(self._frames, 25)
        if place == 0:
            self._floats = self._measured(packet)
        self._frames += 1
        frame = self.frame(self._status(phase) | (place == 0), height(phase), self._floats[place])
        return frame + bytes([self.spoil(sum(frame) % 256)])

    @property
    def _is_out(self) -> bool:
        has_none = self.vitals.pr is None and self.vitals.spo2 is None
        return has_none and Condition.SEARCHING not in self.conditions

    def _measured(self, timer: int) -> bytes:
        now = coded(self.vitals.pr, 321, NO_RATE), coded(self.vitals.spo2, 100, NO_SPO2)
        self._held = max(0, self._held - 1) if self._is_out else HELD
        self._display = self._display if self._is_out and self._held else now
        rate, spo2 = _rate(now[0]), now[1]
        shown, spo2_shown = _rate(self._display[0]), self._display[1]
        battery = Condition.LOW_BATTERY in self.conditions
        first = [*rate, spo2, REVISION, 0, timer >> 7 & 0x7F, timer & 0x7F, battery, spo2_shown, spo2, spo2]
        return bytes([*first, 0, 0, *rate, spo2, spo2_shown, 0, 0, *shown, *shown, 0, 0])

    def _status(self, phase: float) -> int:
        if self._is_out:
            return 0x88
        if not self.vitals.pr or phase >= BEAT * self.vitals.pr / 60:
            return 0x80
        pi = self.vitals.pi
        return 0x82 if pi is None or pi >= 1 else 0x86 if pi >= 0.3 else 0x84

    @staticmethod
    def frame(status: int, wave: float, value: int) -> bytes:
        """A frame without its checksum; `wave` from 0 to 1."""
        return bytes([1, status, round(255 * wave), value])


class NoninDf7(NoninDf2):
    """The same device with all 16 bits of the pulse wave."""

    @staticmethod
    def frame(status: int, wave: float, value: int) -> bytes:
        """A frame without its checksum; `wave` from 0 to 1."""
        return bytes([status, *round(65535 * wave).to_bytes(2), value])


def _rate(rate: int) -> tuple[int, int]:
    return rate >> 7, rate & 0x7F
