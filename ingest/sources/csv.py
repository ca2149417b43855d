"""Recordings and live tables as CSV: a file, a file that grows, or a pipe.

A table has a header line, a time column and columns of HR, pulse rate, SpO2, perfusion index or cuff pressures, in the
dialects that monitors, spreadsheets and data sets write. What cannot be used is counted and said, never dropped
silently: columns that are not known, rows and cells that cannot be read.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, pairwise
from math import inf
from pathlib import Path
from stat import S_ISREG
from statistics import median

from ingest.model import SECOND, DeviceConfiguration, Reading, micros
from ingest.sources import Mode, SourceError
from ingest.sources.csv_columns import Header, read_header
from ingest.sources.csv_lines import Line, as_text, file_chunks, growing_chunks, lines, piped_chunks
from ingest.sources.csv_rows import Remarks, RowReader
from ingest.sources.csv_times import DAY, EvenRows, Timeline, stated_format, usual_formats

STANDARD_INPUT = "-"
"""The path that stands for it."""

_NO_ROWS = "0 rows"
_ROWS_FOR_INTERVAL = 50
_LONGEST_PLAIN_HOLD = 10 * SECOND
_HOLD = 2.5
"""A value is held 10 s, or for so many intervals where that is longer (rules.md section 2.3)."""

_Row = tuple[int, int, list[str]]
"""Line number, t, cells."""


class CsvSource:
    """A CSV table as a source of readings (see ingest.sources.Source).

    `path` is a file, a pipe, or "-" for standard input; a pipe is never read ahead of the row that is
    asked for. `speed` is how many times faster than its clock a recording is played. With `follow`
    the table is live: a file is read on as it grows, and from its start when it was cut short or
    replaced. `interval` (microseconds) is the declared time between rows and, where there is no time
    column, their only time; without it, it is the median of a file's first 50 rows, or 1 s of a live
    table and a pipe. `time_format` is the form of the times in the directives of strptime.

    The constructor reads the header line, of a file also the rows it needs for `interval` and
    `backlog`. It raises SourceError if the table cannot be used, and so does `readings()` when it
    cannot be read on.
    """

    def __init__(
        self,
        path: str,
        *,
        speed: float = 1.0,
        follow: bool = False,
        interval: int | None = None,
        time_format: str | None = None,
        name: str | None = None,
    ) -> None:
        self._path = path
        self._where = "standard input" if path == STANDARD_INPUT else path
        self.name = name or ("stdin" if path == STANDARD_INPUT else Path(path).stem)
        self.mode = Mode.LIVE if follow else Mode.REPLAY
        self.speed = speed
        self.backlog = 0
        self._stated_interval = interval
        self._interval = interval or SECOND
        self._remarks = Remarks()
        self._replaced = 0
        with _unusable(self._where):
            _check(speed, follow, interval)
            self._formats = None if time_format is None else (stated_format(time_format),)
            self._is_file = path != STANDARD_INPUT and S_ISREG(Path(path).stat().st_mode)
            table = self._open()
            while (first := _first_line(table)) is None:
                if self._is_file:
                    raise ValueError("no complete header line yet: start the recording first")
            self._header = self._understood(first)
            self._piped = chain((first,), table)
            if self._is_file:
                self._survey(table)
        if self._interval * _HOLD > _LONGEST_PLAIN_HOLD:
            each = self._interval / SECOND
            self._remarks.add(f"one row every {each:g} s: a value is held {each * _HOLD:g} s")

    @property
    def rejected(self) -> int:
        """Rows so far that could not be used, or not in full."""
        return self._remarks.rejected

    def notes(self) -> list[str]:
        """What people should know about the table so far, one line each."""
        if not self._replaced:
            return self._remarks.texts()
        times = f"shortened or replaced {self._replaced} time(s)"
        return [f"{times}: read on from its start, without what was half written", *self._remarks.texts()]

    def readings(self) -> Iterator[Reading | None]:
        """The configuration, then each row's observations and a cuff reading where it shows a new one."""
        timeline, any_row = self._timeline(), False
        reader = RowReader(self._header, self.name, self._remarks)
        yield self._configuration(0)
        with _unusable(self._where):
            for table in self._lives():
                try:
                    while (first := _first_line(table)) is None:
                        yield None
                except EOFError:  # replaced again before it had a header
                    continue
                header = self._understood(first)
                if header != self._header:
                    self._header = header
                    reader = RowReader(header, self.name, self._remarks)
                    yield self._configuration(timeline.last)
                for row in _rows(table, self._header, timeline, self._remarks):
                    if row is None:
                        yield None
                    else:
                        any_row = True
                        yield from reader.readings(*row)
                timeline.restart()
        if not any_row:
            self._remarks.add(_NO_ROWS)

    def _configuration(self, t: int) -> DeviceConfiguration:
        return DeviceConfiguration(t, self.name, frozenset(self._header.signals), self._interval)

    def _open(self) -> Iterator[Line | None]:
        if not self._is_file:
            return lines(piped_chunks(0 if self._path == STANDARD_INPUT else self._path))
        if self.mode is Mode.LIVE:
            return lines(growing_chunks(self._path), growing=True)
        return lines(file_chunks(self._path))

    def _lives(self) -> Iterator[Iterator[Line | None]]:
        """The table, and each that takes its place where a file is followed."""
        if not self._is_file:
            yield self._piped
            return
        yield self._open()
        while self.mode is Mode.LIVE:
            self._replaced += 1
            yield self._open()

    def _understood(self, line: Line) -> Header:
        header = read_header(as_text(line[1]), needs_time=self._stated_interval is None)
        for names, why in ((header.unknown, "no known name"), (header.repeated, "the first of its kind counts")):
            if names:
                self._remarks.add(f"not read: {', '.join(name or '(unnamed)' for name in names)}: {why}")
        return header

    def _timeline(self) -> Timeline:
        if self._header.time is None:
            return EvenRows(self._interval)
        return Timeline(self._formats or usual_formats(self._header.time_unit, self._header.decimal_comma))

    def _survey(self, table: Iterator[Line | None]) -> None:
        """What a file already holds tells its interval, or where a live one stands."""
        timeline, times = self._timeline(), list[int]()
        live = self.mode is Mode.LIVE
        for row in _rows(table, self._header, timeline, Remarks()):
            if row is None or (len(times) == _ROWS_FOR_INTERVAL and not live):
                break
            times.append(row[1])
        if not times and timeline.refused:
            raise ValueError(
                f"no time can be read: {timeline.refused}: write seconds, ISO 8601 or HH:MM:SS, "
                "or state the form (?time=%d.%m.%Y %H:%M:%S)"
            )
        if live:
            self.backlog = timeline.last + (self._silence() if times else 0)
        elif not times:
            self._remarks.add(_NO_ROWS)
        steps = [after - before for before, after in pairwise(times[:_ROWS_FOR_INTERVAL]) if after > before]
        if self._stated_interval is None and steps:
            self._declare(int(median(steps)), live)

    def _silence(self) -> int:
        """Microseconds since somebody wrote into the file: its last row is as old as that, and not new.

        Less than a second is the writing itself.
        """
        age = micros(time.time() - Path(self._path).stat().st_mtime)
        if age < SECOND:
            return 0
        self._remarks.add(f"nothing was written for {timedelta(seconds=age // SECOND)} before the start")
        return age

    def _declare(self, usual: int, live: bool) -> None:
        """A recording has the interval of its rows; a live table had better say so if it is not 1 s."""
        if not live:
            self._interval = usual
        elif usual > _HOLD * self._interval:
            each = f"{usual / SECOND:g}"
            self._remarks.add(f"one row every {each} s, but 1 s is declared: say ?interval={each}")


def _rows(table: Iterable[Line | None], header: Header, timeline: Timeline, remarks: Remarks) -> Iterator[_Row | None]:
    """The rows that have their cells and a time; what is wrong with the others goes to the remarks."""
    for line in table:
        if line is None:
            yield None
            continue
        number, raw = line
        if not raw.strip():
            continue
        try:
            cells = header.cells(raw)
            t = timeline.t("" if header.time is None else cells[header.time])
        except ValueError as error:
            timeline.skip()
            remarks.reject(f"line {number}: {error}")
            continue
        yield number, t, cells


def _first_line(table: Iterable[Line | None]) -> Line | None:
    """The header line, None if it is not complete yet. Raises EOFError for an empty table."""
    for line in table:
        if line is None or (line[1].strip() and not line[1].lower().startswith(b"sep=")):
            return line
    raise EOFError("is empty: it needs a header line such as time,HR,SpO2 and rows under it")


def _check(speed: float, follow: bool, interval: int | None) -> None:
    if not 0 < speed < inf:
        raise ValueError(f"speed {speed:g} is not possible: give a number above 0")
    if follow and speed != 1:
        raise ValueError("a table that is followed is live: leave speed out")
    if interval is not None and not 1 <= interval <= DAY:
        raise ValueError(f"interval {interval / SECOND:g} s is not possible: give seconds above 0, at most a day")


@contextmanager
def _unusable(where: str) -> Iterator[None]:
    """Say in one line what is wrong with a source, and where."""
    try:
        yield
    except OSError as error:
        problem = error.strerror or error
        raise SourceError(f"{where}: cannot be read: {problem}: check the name and the permissions") from error
    except (ValueError, EOFError) as error:
        raise SourceError(f"{where}: {error}") from error
