"""An Ivy 450C monitor in its ANSAR-B format: a message a second, unasked, and a cuff reading every 5 minutes."""

from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.cuff import measured
from ingest.emulators.pulse import Pulse, coded, height
from ingest.model import Condition

CUFF_FIRST, CUFF_EVERY = 60, 300
"""Seconds."""
EMPTY = 30
"""Seconds before a reading during which the cuff's fields are empty; what a real one does is not known."""


class Ivy450C:
    """The monitor. Heart rate and pulse rate are one."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset({Condition.PROBE_OFF})
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self._samples = Pulse(rate=50)
        self._pleth = b""
        self._second = 0
        self._cuff = ";;;"

    def say(self, now: int) -> bytes:
        """The messages since the last call."""
        said = b""
        for phase in self._samples.frames(now, self.vitals.pr or 0):
            self._pleth += bytes([86 + round(100 * height(phase))])
            if len(self._pleth) == 50:
                said += self._message()
                self._pleth = b""
        return said

    def hear(self, data: bytes, now: int) -> None:
        """Nothing is sent to this device."""

    def _message(self) -> bytes:
        self._measure()
        vitals = self.vitals
        hr, spo2, rr = (coded(vitals.pr, 300, none=0), coded(vitals.spo2, 100, none=0), coded(vitals.rr, 150, none=0))
        lines = (
            f"HR=1;{hr or ''};ECG-II-DIAG;",
            f"RR=1;{rr or ''};APNEA: 20 SEC;",
            "ETCO2=1;;;",
            f"SPO2=1;{spo2 or ''};PR={hr or ''} ;",
            f"NIBP=4;{self._cuff};;",
            "P1=3;;;;NO TRANSDUCER;",
            "P2=3;;;;NO TRANSDUCER;",
            "T1=1;;;",
            "T2=1;;;",
        )
        waves = bytes([100] * 200 + [0] * 50) + self._pleth + bytes([0xFB] * 100)
        return b"\xffANSAR-B " + waves + "".join(f"{line}\r" for line in lines).encode() + b"\xfe"

    def _measure(self) -> None:
        self._second += 1
        since = (self._second - CUFF_FIRST) % CUFF_EVERY
        if since == 0:
            pressures = measured(self.vitals)
            self._cuff = ";".join(str(one) for one in (*pressures, round(self.vitals.pr or 0))) if pressures else ";;;"
        elif since >= CUFF_EVERY - EMPTY:
            self._cuff = ";;;"
