"""A PAR / Medlab NIBP2010 or NIBP2020 UP: cuff pressures four times a second while it measures, a status when asked."""

import re
from collections.abc import Callable
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.cuff import Inflation, measured
from ingest.model import SECOND, Condition

COMMAND = re.compile(rb"\x02(?:(?P<start>01;;D7)|(?P<manual>03;;D9)|(?P<status>18;;DF))\x03|(?P<abort>X)")
PRESSURES = SECOND // 4
"""Time between two cuff pressures."""

ERRORS = {
    "cuff loose": 6,
    "leak": 7,
    "time exceeded": 9,
    "out of range": 10,
    "movement": 11,
    "cuff pressure too high": 12,
}
OTHER_ERROR = 15
NOTHING = "---------"


class ParNibp:
    """The module. `cuff_error`: how the next measurements fail, in words; None: they succeed.

    Words it has a code for are in ERRORS, all others are sent as a system error. As in the real one the
    pressures of the last good measurement stay in its status beside an error.
    """

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    CUFF_ERRORS: ClassVar[tuple[str, ...]] = tuple(ERRORS)

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self.spoil: Callable[[int], int] = int
        self.cuff_error: str | None = None
        self._inflation = Inflation()
        self._next = 0
        self._heard = b""
        self._answers = self._status(5, 0, NOTHING, None)
        self._error = 0
        self._pressures = NOTHING

    def say(self, now: int) -> bytes:
        """Cuff pressures since the last call, the end of a measurement, answers."""
        if self._inflation.is_running and now >= self._next:
            self._next = now + PRESSURES
            self._answers += _frame(f"{self._inflation.pressure(now, self.vitals):03}C0S3")
        if self._inflation.ends(now):
            self._measure()
            self._answers += _frame("999")
        answers, self._answers = self._answers, b""
        return answers

    def hear(self, data: bytes, now: int) -> None:
        """Commands of the host; what is none is passed over."""
        self._heard += data
        done = 0
        for command in COMMAND.finditer(self._heard):
            done = command.end()
            self._obey(command.lastgroup, now)
        self._heard = self._heard[done:][-7:]

    def _obey(self, command: str | None, now: int) -> None:
        match command:
            case "start" if not self._inflation.is_running:
                self._inflation.start(now)
                self._next = now
            case "abort":
                if self._inflation.is_running:
                    self._error, self._pressures = 0, NOTHING
                self._inflation.stop()
                self._answers += _frame("999")
            case "status":
                state = 3 if self._inflation.is_running else 2 if self._error else 1
                self._answers += self._status(state, self._error, self._pressures, self.vitals.pr)

    def _measure(self) -> None:
        pressures = measured(self.vitals)
        if self.cuff_error is not None:
            self._error = ERRORS.get(self.cuff_error, OTHER_ERROR)
        elif pressures is None:
            self._error = ERRORS["cuff loose"]
        else:
            self._error, self._pressures = 0, "".join(f"{pressure:03}" for pressure in pressures)

    def _status(self, state: int, error: int, pressures: str, pr: float | None) -> bytes:
        rate = "---" if pr is None or pressures == NOTHING else f"{round(pr):03}"
        text = f"S{state};A0;C00;M{error:02};P{pressures};R{rate};T    ;;"
        return _frame(text + f"{self.spoil(sum(text.encode('ascii')) % 256):02X}")


def _frame(text: str) -> bytes:
    return b"\x02" + text.encode("ascii") + b"\x03\r"
