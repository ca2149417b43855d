"""A Contec oximeter of the 5-byte format: 60 frames a second, unasked."""

from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded, height
from ingest.model import Condition

FINGER_OUT = bytes.fromhex("80 00 30 7F 7F")
SEARCHING = bytes.fromhex("80 00 20 7F 7F")


class Contec5Byte:
    """The device; a single missing number is sent as 0."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset({Condition.PROBE_OFF, Condition.SEARCHING})
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self._pulse = Pulse(rate=60)

    def say(self, now: int) -> bytes:
        """The frames since the last call."""
        return b"".join(self._frame(phase) for phase in self._pulse.frames(now, self.vitals.pr or 0))

    def hear(self, data: bytes, now: int) -> None:
        """Nothing is sent to this device."""

    def _frame(self, phase: float) -> bytes:
        if self.vitals.pr is None and self.vitals.spo2 is None:
            return SEARCHING if Condition.SEARCHING in self.conditions else FINGER_OUT
        pr, spo2 = coded(self.vitals.pr, 254, none=0), coded(self.vitals.spo2, 100, none=0)
        bar, beep = round(15 * height(phase)), 0x40 if phase < 0.1 else 0
        return bytes([0x88 | beep, round(100 * height(phase)), (pr & 0x80) >> 1 | bar, pr & 0x7F, spo2])
