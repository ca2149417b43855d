"""A Contec oximeter of protocol V7.0: silent until it is asked, and again when nobody says to be there any more."""

from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.pulse import Pulse, coded, height
from ingest.model import SECOND, Condition

COMMAND_LENGTH = 9
PATIENCE = 10 * SECOND
"""Without a word from the host the stream ends. The document asks for one every 5 s; the true limit is not known."""


class ContecV7:
    """The device. It knows A1 (start), A2 (stop), AC (has it PI?) and AF (keep-alive); others it refuses."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset(
        {Condition.PROBE_OFF, Condition.SEARCHING, Condition.LOW_PERFUSION}
    )
    conditions: frozenset[Condition] = frozenset()

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self._pulse = Pulse(rate=60)
        self._streams = False
        self._heard = 0
        self._answers = b""
        self._command = b""

    def say(self, now: int) -> bytes:
        """Its answers, and the stream since the last call if it was started."""
        self._streams = self._streams and now - self._heard <= PATIENCE
        frames = [self._frame(phase) for phase in self._pulse.frames(now, self.vitals.pr or 0)]
        answers, self._answers = self._answers, b""
        return answers + b"".join(frames if self._streams else ())

    def hear(self, data: bytes, now: int) -> None:
        """Commands, in any pieces."""
        for byte in data:
            self._command = bytes([byte]) if byte < 0x80 else self._command + bytes([byte])
            if len(self._command) == COMMAND_LENGTH and self._command[0] == 0x7D:
                self._heard = now
                self._obey(self._command[2] & 0x7F | (self._command[1] & 1) << 7)

    def _obey(self, command: int) -> None:
        match command:
            case 0xA1:
                self._streams = True
            case 0xA2:
                self._streams = False
                self._answers += packed(0x0C)
            case 0xAC:
                self._answers += packed(0x0E, int(self.vitals.pi is None))
            case 0xAF:
                pass
            case _:
                self._answers += packed(0x0B, command, 5)

    def _frame(self, phase: float) -> bytes:
        vitals = self.vitals
        if vitals.pr is None and vitals.spo2 is None:
            searches = Condition.SEARCHING in self.conditions
            return packed(0x01, *((0x00, 0x80) if searches else (0x80, 0x40)), 0x10, 0xFF, 0x7F, 0xFF, 0xFF)
        pr, spo2 = coded(vitals.pr, 254, none=0xFF), coded(vitals.spo2, 100, none=0x7F)
        pi = coded(None if vitals.pi is None else 100 * vitals.pi, 2200, none=0xFFFF)
        beep, bar = 0x40 if phase < 0.1 else 0, round(15 * height(phase)) | (0x10 if pi == 0xFFFF else 0)
        return packed(0x01, 0x08 | beep, round(100 * height(phase)), bar, pr, spo2, pi & 0xFF, pi >> 8)


def packed(kind: int, *body: int) -> bytes:
    """A packet: the type, the bits 7 of up to seven bytes in one, and the bytes with bit 7 set."""
    high = sum((byte >> 7) << place for place, byte in enumerate(body))
    return bytes([kind, 0x80 | high, *(0x80 | byte for byte in body)])
