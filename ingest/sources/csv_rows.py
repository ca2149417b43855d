"""Rows to readings, and what people are told about the rows that could not be used."""

from functools import lru_cache, partial
from math import isfinite

from ingest.model import CONTINUOUS, NIBP, SECOND, NibpReading, Observation, Signal
from ingest.sources.csv_columns import Header
from ingest.sources.csv_times import shown

NO_READING = frozenset({"", "-", "--", "---", "\u2013", "\u2014", "nan", "-nan", "na", "n/a", "#n/a", "null", "none"})
"""What stands in a cell where the device had no number (dashes of three lengths); compared without case."""

_CUFF = (Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MAP)
_REPORTED = 20
_Numbers = tuple[float | None, float | None, float | None]


_MEASURING = 30 * SECOND
"""A cuff takes 30-40 s: numbers that stand again in a row this much later are another measurement."""


class Remarks:
    """The one-line remarks about a source: general ones first, then the first rejected rows and how many more."""

    def __init__(self) -> None:
        self.rejected = 0
        self._general: list[str] = []
        self._rows: list[str] = []

    def add(self, remark: str) -> None:
        """Say something about the source as a whole, once."""
        if remark not in self._general:
            self._general.append(remark)

    def reject(self, remark: str) -> None:
        """Count a row that could not be used, or not in full; keep what is said of it if it is among the first."""
        self.rejected += 1
        if len(self._rows) < _REPORTED:
            self._rows.append(remark)

    def texts(self) -> list[str]:
        """All of them, oldest first."""
        more = self.rejected - len(self._rows)
        return self._general + self._rows + ([f"... and {more} more"] if more else [])


def number(cell: str, *, decimal_comma: bool = False) -> float | None:
    """The number in a cell, None for one that says "no reading". Raises ValueError for anything else.

    Its range is not judged here. With a decimal comma a point is understood too, but not both at once.
    """
    cell = cell.strip()
    if cell.casefold() in NO_READING:
        return None
    value = float(cell.replace(",", ".") if decimal_comma else cell)
    if not isfinite(value) or "_" in cell:
        raise ValueError(cell)
    return value


def sample(cell: str, *, decimal_comma: bool = False) -> float | None:
    """As `number`; 0, which monitors write for want of a pulse, is no reading."""
    return number(cell, decimal_comma=decimal_comma) or None


class RowReader:
    """Readings from the cells of one row after another.

    A cell that is no number is reported and left out; the others count. Cuff readings: many exports repeat the
    last measurement on every row until the next. The same numbers on the very next row are therefore the same
    measurement, unless there is a column for its time: then numbers and time together tell one measurement from
    the next. So, without such a column, two truly equal measurements in adjacent rows count as one. The reading's
    `t` is that of the row in which it first appears, also where its own time lies before: `t` never goes back. A
    row whose cuff numbers are all blank or 0 holds no measurement.
    """

    def __init__(self, header: Header, source: str, remarks: Remarks) -> None:
        self._header = header
        self._source = source
        self._remarks = remarks
        self._number = lru_cache(1024)(partial(number, decimal_comma=header.decimal_comma))
        self._sample = lru_cache(1024)(partial(sample, decimal_comma=header.decimal_comma))
        self._continuous = [(signal, at) for signal, at in header.signals.items() if signal in CONTINUOUS]
        self._cuff = [header.signals.get(signal) for signal in _CUFF] if NIBP & header.signals.keys() else []
        self._held: tuple[_Numbers, str] | None = None
        self._row_at = 0

    def readings(self, line: int, t: int, cells: list[str]) -> list[Observation | NibpReading]:
        """The observations in the order of the alias table, then a new cuff reading if there is one."""
        found: list[Observation | NibpReading] = []
        bad: list[int] = []
        for signal, at in self._continuous:
            parse = self._number if signal is Signal.PI else self._sample  # no perfusion is a measured 0
            try:
                found.append(Observation(t, self._source, signal, parse(cells[at])))
            except ValueError:
                bad.append(at)
        if self._cuff and (numbers := self._measured(t, cells, bad)):
            found.append(NibpReading(t, self._source, *numbers))
        if bad:
            names = self._header.names
            problems = (f"column {names[at]}: {shown(cells[at])} is not a number" for at in bad)
            self._remarks.reject(f"line {line}, {'; '.join(problems)}")
        return found

    def _measured(self, t: int, cells: list[str], bad: list[int]) -> _Numbers | None:
        """The numbers of a measurement that the row before did not show yet; a bad cell shows nothing.

        In a table of cuff readings alone, rows too far apart to be one measurement are two.
        """
        time = self._header.nibp_time
        taken = "" if time is None else cells[time].strip()
        is_near = bool(self._continuous) or t - self._row_at < _MEASURING
        self._row_at = t
        is_carried = self._held is not None and self._held[1] == taken and is_near
        held = self._held[0] if self._held and is_carried else None
        sys, dia, mean = (self._cuff_number(cells, at, bad) for at in self._cuff)
        numbers = (sys, dia, mean)
        if held and all(at in bad or old == new for at, old, new in zip(self._cuff, held, numbers, strict=True)):
            return None
        if any(numbers):
            self._held = numbers, taken
            return numbers
        if time is None:
            self._held = None
        return None

    def _cuff_number(self, cells: list[str], at: int | None, bad: list[int]) -> float | None:
        if at is None:
            return None
        try:
            return self._number(cells[at])
        except ValueError:
            bad.append(at)
            return None
