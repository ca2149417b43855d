"""A Nonin Onyx II 9560 in data format 13: one measurement, some seconds after a finger was put in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import coded
from ingest.model import SECOND, Condition

MEASURES = 10 * SECOND
"""From the finger to the measurement; a real one takes up to 40 s."""
SELECT = bytes.fromhex("02 70 02 02 0D 03")
ACK, NAK = b"\x06", b"\x15"
ANSWERS_FOR = 5 * SECOND
CLOCK = datetime(2026, 1, 1)
"""The device's own date at the beginning."""


class NoninDf13:
    """The device; the finger is out when both numbers are missing. It knows no other format and refuses them."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset({Condition.PROBE_OFF, Condition.LOW_BATTERY})
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self.spoil: Callable[[int], int] = int
        self._begun: int | None = None
        self._finger: int | None = None
        self._is_done = False
        self._command = self._answer = b""

    def say(self, now: int) -> bytes:
        """The answer to what it heard, and the measurement when there is one."""
        self._begun = now if self._begun is None else self._begun
        answer, self._answer = self._answer, b""
        if self.vitals.pr is None and self.vitals.spo2 is None:
            self._finger, self._is_done = None, False
            return answer
        self._finger = now if self._finger is None else self._finger
        if self._is_done or now - self._finger < MEASURES:
            return answer
        self._is_done = True
        return answer + self._packet(now - self._begun)

    def hear(self, data: bytes, now: int) -> None:
        """Commands, in any pieces; answered only in the first five seconds."""
        self._begun = now if self._begun is None else self._begun
        self._command += data
        while len(self._command) >= len(SELECT) and now - self._begun <= ANSWERS_FOR:
            command, self._command = self._command[: len(SELECT)], self._command[len(SELECT) :]
            self._answer += ACK if command == SELECT else NAK

    def _packet(self, age: int) -> bytes:
        when = CLOCK + timedelta(microseconds=age)
        rate, spo2 = coded(self.vitals.pr, 321, 511), coded(self.vitals.spo2, 100, 127)
        date = bytes.fromhex(when.strftime("%Y%m%d%H%M%S00"))
        data = date + bytes([0x02, Condition.LOW_BATTERY in self.conditions, rate >> 8, rate & 0xFF, 0, spo2])
        return bytes.fromhex("00 02 00 0D 00 0E") + data + bytes([self.spoil(sum(data) % 256), 0x03])
