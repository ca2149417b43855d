"""A SunTech Advantage OEM module: silent until spoken to; one measurement takes 35 s."""

import re
from collections.abc import Callable
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.cuff import Inflation, measured
from ingest.model import Condition

COMMAND = re.compile(
    rb"\x3a(?:(?P<start>\x20\xa6|\x87\x3f|\x28\x9e)|(?P<abort>\x79\x01\x00\x4c)"
    rb"|(?P<result>\x79\x03\x00\x4a)|(?P<pressure>\x79\x05\x00\x48))"
)
ERRORS = {"weak pulse signal": 1, "movement": 2, "time exceeded": 4, "hose blocked": 85, "cuff loose": 87}
OTHER_ERROR = 90


class SuntechNibp:
    """The module. `cuff_error`: how the next measurements fail, in words; None: they succeed.

    Words it has a code for are in ERRORS, all others are sent as a hardware fault.
    """

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    CUFF_ERRORS: ClassVar[tuple[str, ...]] = tuple(ERRORS)

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self.spoil: Callable[[int], int] = int
        self.cuff_error: str | None = None
        self._inflation = Inflation()
        self._heard = b""
        self._answers = b""
        self._result = _result(0, 0, 0, 0, 0)

    def say(self, now: int) -> bytes:
        """The answers since the last call, and the end of a measurement."""
        if self._inflation.ends(now):
            self._result = self._measure()
            self._answer(b"K")
        answers, self._answers = self._answers, b""
        return answers

    def hear(self, data: bytes, now: int) -> None:
        """Commands of the host; what is none is passed over."""
        self._heard += data
        done = 0
        for command in COMMAND.finditer(self._heard):
            done = command.end()
            self._obey(command.lastgroup, now)
        self._heard = self._heard[done:][-4:]

    def _obey(self, command: str | None, now: int) -> None:
        match command:
            case "start" if self._inflation.is_running:
                self._answer(b"B")
            case "start":
                self._inflation.start(now)
                self._answer(b"O")
            case "abort":
                if self._inflation.is_running:
                    self._result = _result(0, 0, 0, 0, 86)
                self._inflation.stop()
                self._answer(b"A")
                self._answer(b"K")
            case "result" if self._inflation.is_running:
                self._answer(b"B")
            case "result":
                self._answer(self._result)
            case "pressure":
                self._answer(self._inflation.pressure(now, self.vitals).to_bytes(2, "little"))

    def _measure(self) -> bytes:
        if self.cuff_error is not None:
            return _result(0, 0, 0, 0, ERRORS.get(self.cuff_error, OTHER_ERROR))
        pressures = measured(self.vitals)
        if pressures is None:
            return _result(0, 0, 0, 0, ERRORS["cuff loose"])
        return _result(*pressures, round(self.vitals.pr or 0), 0)

    def _answer(self, body: bytes) -> None:
        frame = bytes([0x3E, len(body) + 3]) + body
        self._answers += frame + bytes([self.spoil(-sum(frame) % 256)])


def _result(sys: int, dia: int, map_: int, pr: int, error: int) -> bytes:
    """Bytes 2 to 22 of a result."""
    two = [value.to_bytes(2, "little") for value in (sys, dia, pr, map_)]
    valid = bytes([30, 1]) if sys else bytes(2)
    return two[0] + two[1] + valid + bytes(8) + two[2] + two[3] + bytes([error, 0, 0])
