"""A Nellcor NPB-295: a line of text every 2 s, unasked, and its headers before every 25."""

from datetime import datetime, timedelta
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded
from ingest.model import Condition

BOOT = datetime(2024, 1, 1)
"""What its clock shows when it is switched on."""
HEADER = (
    "NPB-295 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM\r\n"
    "TIME               %SPO2   BPM    PA     Status\r\n"
)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class NellcorAscii:
    """The device; the sensor is off when both numbers are missing."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset(
        {Condition.PROBE_OFF, Condition.SEARCHING, Condition.LOW_BATTERY}
    )
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self._seconds = Pulse(rate=1)
        self._second = 0

    def say(self, now: int) -> bytes:
        """The lines since the last call."""
        return "".join(self._next() for _ in self._seconds.frames(now, 0)).encode()

    def hear(self, data: bytes, now: int) -> None:
        """Nothing is sent to this device."""

    def _next(self) -> str:
        self._second += 1
        if self._second % 2:
            return ""
        return (HEADER if self._second % 50 == 2 else "") + self._line()

    def _line(self) -> str:
        pr, spo2 = coded(self.vitals.pr, 250, none=0), coded(self.vitals.spo2, 100, none=0)
        at = BOOT + timedelta(seconds=self._second)
        stamp = f"{at.day:02}-{MONTHS[at.month - 1]}-{at:%y %H:%M:%S}"
        columns = f"{spo2 or '---':>8}{pr or '---':>7}{50 if pr else '---':>6}"
        codes = "" if pr or spo2 else "     PS" if Condition.SEARCHING in self.conditions else "     SO"
        codes += "     LB" if Condition.LOW_BATTERY in self.conditions else ""
        return f"{stamp}{columns}{codes}\r\n"
