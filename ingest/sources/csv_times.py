"""The time column: cells to microseconds since the first row, exactly.

Three forms are recognised by themselves, in this order, and the first row that fits one fixes it: a number (seconds,
or the unit in the column's name), ISO 8601 with or without a zone, a time of day HH:MM:SS. Any other is stated.
Times without a zone are taken as they stand: when a clock is put back in autumn, its rows are rejected for an hour.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from ingest.model import SECOND

DAY = 86_400 * SECOND
"""Microseconds in a day."""

_FARTHEST = 10**11 * SECOND
"""A number beyond 3000 years in seconds is milliseconds since 1970, or a date written without separators."""

_MICROSECOND = timedelta(microseconds=1)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)(?:[.,](\d{1,6})\d*)?")
_ONLY_TIME_OF_DAY = re.compile(r"(?:[^%]|%[HIMSfpzZX%])*")


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A way to write times. `parse` gives microseconds from an origin of its own, or raises ValueError.

    `wraps`: a time of day, whose day is not known. `restarts`: counts from the start of a recording.
    """

    parse: Callable[[str], int]
    wraps: bool = False
    restarts: bool = False


def usual_formats(unit: int, decimal_comma: bool) -> tuple[TimeFormat, ...]:
    """The forms that are recognised by themselves; `unit` is that of a number, in microseconds."""
    return (
        TimeFormat(partial(_number, unit, decimal_comma), restarts=True),
        TimeFormat(partial(_iso, datetime(1970, 1, 1, tzinfo=UTC))),
        TimeFormat(partial(_iso, datetime(1970, 1, 1))),
        TimeFormat(_time_of_day, wraps=True),
    )


def stated_format(form: str) -> TimeFormat:
    """A form in the directives of strptime, such as %d.%m.%Y %H:%M:%S. Raises ValueError if it is none."""
    try:
        datetime.strptime(datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(form), form)
    except (ValueError, re.error) as error:
        raise ValueError(f"time={form} is not a form such as %d.%m.%Y %H:%M:%S ({error})") from error
    return TimeFormat(partial(_stated, form), wraps=_ONLY_TIME_OF_DAY.fullmatch(form) is not None)


class Timeline:
    """Turns the time cells of successive rows into `t`: 0 at the first, then never less than before."""

    def __init__(self, formats: tuple[TimeFormat, ...]) -> None:
        self._formats = formats
        self._zero: int | None = None
        self._restarting = False
        self.last = 0
        self.refused: str | None = None
        """What was wrong with the first cell, if none of those before the first understood one was a time."""

    def t(self, cell: str) -> int:
        """Microseconds since the first row. Raises ValueError: not a time, or before the last one."""
        time_format, raw = self._parse(cell.strip())
        if self._zero is None:
            self._zero = raw
        t = raw - self._zero
        if time_format.wraps:  # of all days the one that brings it nearest to the row before
            t += DAY * max(0, (self.last - t + DAY // 2) // DAY)
        if self._restarting and time_format.restarts and t < self.last:
            self._zero += t - self.last
            t = self.last
        if t < self.last:
            raise ValueError(f"time {shown(cell)} is before that of a row above")
        self._restarting = False
        self.last = t
        return t

    def skip(self) -> None:
        """A row without a usable time cell: nothing follows from it."""

    def restart(self) -> None:
        """Another file takes over: one whose seconds begin anew goes on where the last one stopped."""
        self._restarting = True

    def _parse(self, cell: str) -> tuple[TimeFormat, int]:
        for time_format in self._formats:
            try:
                raw = time_format.parse(cell)
            except (ValueError, ArithmeticError, TypeError):
                continue
            self._formats = (time_format,)
            return time_format, raw
        problem = f"{shown(cell)} is not a time" if cell else "no time"
        if self._zero is None:
            self.refused = self.refused or problem
        raise ValueError(problem)


class EvenRows(Timeline):
    """The timeline of a table without a time column: a row each `interval`, whether it can be used or not."""

    def __init__(self, interval: int) -> None:
        super().__init__(())
        self._interval = interval
        self._next = 0

    def t(self, cell: str) -> int:
        """Microseconds since the first row; the cell is not looked at."""
        self.last = self._next
        self.skip()
        return self.last

    def skip(self) -> None:
        """A row that cannot be used takes its time too."""
        self._next += self._interval


def shown(cell: str) -> str:
    """A cell as a message quotes it: in one line, not too long."""
    return repr(cell if len(cell) <= 40 else cell[:40] + "…")


def _number(unit: int, decimal_comma: bool, cell: str) -> int:
    if "_" in cell:
        raise ValueError
    value = Decimal(cell.replace(",", ".") if decimal_comma else cell) * unit
    if not abs(value) < _FARTHEST:
        raise ValueError
    return round(value)


def _iso(origin: datetime, cell: str) -> int:
    """TypeError where one has a zone and the other has not; 2024/05/01 is as clear as 2024-05-01."""
    return (datetime.fromisoformat(cell.replace("/", "-")) - origin) // _MICROSECOND


def _time_of_day(cell: str) -> int:
    if not (match := _CLOCK.fullmatch(cell)):
        raise ValueError
    hours, minutes, seconds, fraction = match.groups(default="")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * SECOND + int(fraction.ljust(6, "0"))


def _stated(form: str, cell: str) -> int:
    moment = datetime.strptime(cell, form)
    return (moment - datetime(1970, 1, 1, tzinfo=moment.tzinfo and UTC)) // _MICROSECOND
