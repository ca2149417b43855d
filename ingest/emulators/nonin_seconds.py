"""A Nonin oximeter that sends its numbers once a second: data formats 8 and 1, and lines of text."""

from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded
from ingest.model import Condition

NO_RATE, NO_SPO2 = 511, 127
HELD = 10
"""Seconds for which the numbers stay when the finger is out."""


class NoninDf8:
    """The device; the finger is out when both numbers are missing. Weak below a perfusion index of 1, low below 0.3."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset(
        {Condition.PROBE_OFF, Condition.SEARCHING, Condition.LOW_PERFUSION, Condition.LOW_BATTERY}
    )
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self._seconds = Pulse(rate=1)
        self._shown = (NO_RATE, NO_SPO2)
        self._held = 0

    def say(self, now: int) -> bytes:
        """The frames since the last call."""
        return b"".join(self._next() for _ in self._seconds.frames(now, 0))

    def hear(self, data: bytes, now: int) -> None:
        """Nothing is sent to this device."""

    @property
    def _is_out(self) -> bool:
        has_none = self.vitals.pr is None and self.vitals.spo2 is None
        return has_none and Condition.SEARCHING not in self.conditions

    def _next(self) -> bytes:
        self._held = max(0, self._held - 1) if self._is_out else HELD
        if not (self._is_out and self._held):
            self._shown = coded(self.vitals.pr, 321, NO_RATE), coded(self.vitals.spo2, 100, NO_SPO2)
        return self.frame(*self._shown)

    def frame(self, rate: int, spo2: int) -> bytes:
        """One second's bytes; 511 and 127 are no reading."""
        battery = Condition.LOW_BATTERY in self.conditions
        return bytes([*self.numbers(rate, spo2), (0x08 if self._is_out else 0) | battery])

    def numbers(self, rate: int, spo2: int) -> bytes:
        """The three bytes both formats have."""
        pi = None if self._is_out else self.vitals.pi
        weak = 0 if pi is None or pi >= 1 else 0x08 if pi >= 0.3 else 0x10
        return bytes([0x80 | weak | rate >> 7, rate & 0x7F, spo2])


class NoninDf1(NoninDf8):
    """The same without the fourth byte, so held numbers look new; whether a real one holds them is not known."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = NoninDf8.CAN_SHOW - {Condition.LOW_BATTERY}

    def frame(self, rate: int, spo2: int) -> bytes:
        """One second's bytes."""
        return self.numbers(rate, spo2)


class NoninAscii(NoninDf8):
    """A handheld's line a second: dashes, whatever the reason is."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset({Condition.PROBE_OFF, Condition.SEARCHING})

    def frame(self, rate: int, spo2: int) -> bytes:
        """One second's line; it tells nothing when the finger is out."""
        sat = "---" if self._is_out or spo2 == NO_SPO2 else f"{spo2:03}"
        beats = "---" if self._is_out or rate == NO_RATE else f"{rate:03}"
        return f"SPO2={sat} HR={beats}\r\n".encode()
