"""A Capnostream20: silent until it is enabled and started, and again when nobody says to be there any more."""

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded
from ingest.model import SECOND, Condition

IDENTITY = b"V45.67 02/24/2008 B355987654  "
PATIENCE = 15 * SECOND
"""Without a word from the host it stops; the true limit is not known."""
LIMITS = bytes([60, 15, 30, 5, 8, 100, 85, 140, 50])
"""Of EtCO2, breaths, FiCO2, SpO2 and pulse rate."""
NO_BREATH, SEARCHING, SENSOR_OFF, LOW_BATTERY = 0x01, 0x01, 0x20, 0x80
WAVES = 20


class Capnostream20:
    """The monitor, in mmHg. It knows 01 (enable), 02 (disable), 04 (start), 05 (stop) and 06 (link is active)."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset(
        {Condition.PROBE_OFF, Condition.SEARCHING, Condition.LOW_BATTERY}
    )
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self.spoil: Callable[[int], int] = int
        self._waves = Pulse(rate=WAVES)
        self._count = 0
        self._is_enabled = self._streams = False
        self._heard = 0
        self._answers = b""
        self._command = b""

    def say(self, now: int) -> bytes:
        """Its answers, and waves and numbers since the last call if they were started."""
        self._is_enabled = self._is_enabled and now - self._heard <= PATIENCE
        self._streams = self._streams and self._is_enabled
        frames = [self._next(phase) for phase in self._waves.frames(now, self.vitals.rr or 0)]
        answers, self._answers = self._answers, b""
        return answers + b"".join(frames if self._streams else ())

    def hear(self, data: bytes, now: int) -> None:
        """Commands without a payload, in any pieces."""
        for byte in data:
            self._command = b"\x85" if byte == 0x85 else self._command + bytes([byte])
            if len(self._command) == 4 and self._command[1] == 1 and self._command[3] == self._command[2] ^ 1:
                self._heard = now
                self._obey(self._command[2])

    def _obey(self, code: int) -> None:
        match code:
            case 0x01:
                self._is_enabled = True
                self._answers += self._framed(4, IDENTITY)
            case 0x02:
                self._is_enabled = False
            case 0x04 | 0x05:
                self._streams = code == 0x04 and self._is_enabled

    def _next(self, phase: float) -> bytes:
        self._count += 1
        co2 = round(256 * (self.vitals.etco2 or 0)) if 0.4 <= phase < 0.9 else 0
        wave = self._framed(0, bytes([self._count % 256, *co2.to_bytes(2, "big"), 0x08 if 0.9 <= phase < 0.93 else 0]))
        return wave if self._count % WAVES else wave + self._numbers()

    def _numbers(self) -> bytes:
        vitals = self.vitals
        pr, spo2 = coded(vitals.pr, 254, none=0xFF), coded(vitals.spo2, 100, none=0xFF)
        breaths, etco2 = (0xFF if one is None else min(254, round(one)) for one in (vitals.rr, vitals.etco2))
        none = SEARCHING if Condition.SEARCHING in self.conditions else SENSOR_OFF
        off = none if vitals.pr is None and vitals.spo2 is None else 0
        battery = LOW_BATTERY if Condition.LOW_BATTERY in self.conditions else 0
        time = (self._count // WAVES).to_bytes(4, "big")
        numbers = bytes([etco2, 0 if etco2 != 0xFF else 0xFF, breaths, spo2, pr, 0x80, 0, 0, 0])
        alarms = bytes([NO_BREATH if breaths == 0 else 0, off, 20 if breaths == 0 else 0])
        return self._framed(1, time + numbers + alarms + LIMITS + bytes([1, battery]))

    def _framed(self, code: int, payload: bytes) -> bytes:
        """85, then length, code, payload and their xor with 80 and 85 escaped."""
        body = bytes([1 + len(payload), code]) + payload
        body += bytes([self.spoil(reduce(xor, body))])
        return b"\x85" + body.replace(b"\x80", b"\x80\x00").replace(b"\x85", b"\x80\x05")
