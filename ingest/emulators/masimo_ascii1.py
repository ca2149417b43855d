"""A Masimo Rad-8 with serial output ASCII 1: a line of text a second, unasked."""

from datetime import datetime, timedelta
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded
from ingest.model import Condition

BOOT = datetime(2024, 1, 1)
"""What its clock shows when it is switched on."""
SET, SENSOR_OFF, SEARCHING, LOW_PERFUSION = 0x800, 0x020, 0x008, 0x004
LOW_BATTERY = 0x0040


class MasimoAscii1:
    """The device; the sensor is off when both numbers are missing, perfusion is low below an index of 0.3."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset(
        {Condition.PROBE_OFF, Condition.SEARCHING, Condition.LOW_PERFUSION, Condition.LOW_BATTERY}
    )
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self._seconds = Pulse(rate=1)
        self._clock = BOOT

    def say(self, now: int) -> bytes:
        """The lines since the last call."""
        return b"".join(self._line() for _ in self._seconds.frames(now, 0))

    def hear(self, data: bytes, now: int) -> None:
        """Nothing is sent to this device."""

    def _line(self) -> bytes:
        self._clock += timedelta(seconds=1)
        vitals = self.vitals
        pr, spo2 = coded(vitals.pr, 299, none=0), coded(vitals.spo2, 100, none=0)
        is_off = not pr and not spo2
        pi = None if is_off else vitals.pi
        none = SEARCHING if Condition.SEARCHING in self.conditions else SENSOR_OFF
        alarm = LOW_BATTERY if Condition.LOW_BATTERY in self.conditions else 0
        exc = SET | none if is_off else SET | LOW_PERFUSION if pi is not None and pi < 0.3 else SET
        return (
            f"{self._clock:%m/%d/%y %H:%M:%S} SN=0000000000 SPO2={f'{spo2:03}' if spo2 else '---'}%"
            f" BPM={f'{pr:03}' if pr else '---'} PI={'--.--' if pi is None else f'{pi:05.2f}'}%"
            f" SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- ALARM={alarm:04X} EXC={exc:06X}\r\n"
        ).encode()
