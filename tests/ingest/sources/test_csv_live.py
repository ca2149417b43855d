"""Tables that are still being written: pipes, and files that are followed."""

import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from ingest.model import SECOND, DeviceConfiguration, NibpReading, Observation, Reading, Signal
from ingest.sources import Mode, SourceError, csv_lines
from ingest.sources.csv import CsvSource

Rows = list[tuple[float, float | None]]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs /dev/fd and files that can be replaced while open")


def rows(readings: Iterator[Reading | None]) -> Rows:
    """Seconds and heart rate, until the source has nothing more."""
    found: Rows = []
    for reading in readings:
        match reading:
            case None:
                break
            case Observation(t, _, _, value):
                found.append((t / SECOND, value))
    return found


# Pipes


class Pipe:
    """A pipe whose writing end the test holds."""

    def __init__(self) -> None:
        self.reading_end, self._writing_end = os.pipe()
        self.path = f"/dev/fd/{self.reading_end}"

    def write(self, content: str) -> None:
        os.write(self._writing_end, content.encode())

    def close(self) -> None:
        if self._writing_end >= 0:
            os.close(self._writing_end)
            self._writing_end = -1


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    monkeypatch.setattr(csv_lines, "_QUIET", 0.01)
    pipe = Pipe()
    yield pipe
    pipe.close()
    os.close(pipe.reading_end)


def soon(readings: Iterator[Reading | None]) -> Reading:
    """The next reading, asked for until it has come through the reader's thread."""
    return next(reading for reading in islice(readings, 1000) if reading is not None)


def test_rows_come_out_of_a_pipe_as_they_go_in(pipe: Pipe) -> None:
    pipe.write("time,HR\n")
    source = CsvSource(pipe.path)  # the header is all it waits for
    readings = source.readings()
    assert isinstance(soon(readings), DeviceConfiguration)
    for second in range(3):
        pipe.write(f"{second},80\n")
        assert soon(readings) == Observation(second * SECOND, source.name, Signal.HR, 80)


def test_a_silent_pipe_says_that_there_is_nothing(pipe: Pipe) -> None:
    pipe.write("time,HR\n0,8")
    readings = CsvSource(pipe.path).readings()
    assert list(islice(readings, 1, 4)) == [None, None, None]
    pipe.write("0\n")
    assert soon(readings).t == 0


def test_a_pipe_that_is_closed_ends_the_table(pipe: Pipe) -> None:
    pipe.write("time,HR\n0,80\n1,81")
    pipe.close()
    source = CsvSource(pipe.path)
    assert rows(source.readings()) == [(0, 80), (1, 81)]
    assert source.notes() == []


def test_a_pipe_that_brings_no_row_says_so(pipe: Pipe) -> None:
    pipe.write("time,HR\n")
    pipe.close()
    source = CsvSource(pipe.path)
    rows(source.readings())
    assert source.notes() == ["0 rows"]


def test_a_pipe_that_brings_nothing_is_no_table(pipe: Pipe) -> None:
    pipe.close()
    with pytest.raises(SourceError, match="is empty"):
        CsvSource(pipe.path)


@pytest.fixture
def standard_input(pipe: Pipe) -> Iterator[Pipe]:
    before = os.dup(0)
    os.dup2(pipe.reading_end, 0)
    yield pipe
    os.dup2(before, 0)
    os.close(before)


def test_standard_input_is_a_pipe_called_dash(standard_input: Pipe) -> None:
    standard_input.write("time,HR\n0,80\n60,81\n")
    standard_input.close()
    source = CsvSource("-")
    configuration, *_ = readings = list(source.readings())
    assert configuration == DeviceConfiguration(0, "stdin", frozenset({Signal.HR}), SECOND)
    assert rows(iter(readings)) == [(0, 80), (60, 81)]
    assert (source.mode, source.backlog) == (Mode.REPLAY, 0)


def test_standard_input_can_be_a_live_device(standard_input: Pipe) -> None:
    standard_input.write("HR\n80\n")
    standard_input.close()
    source = CsvSource("-", follow=True, interval=2 * SECOND, name="bed 1")
    assert (source.mode, source.name) == (Mode.LIVE, "bed 1")
    assert rows(source.readings()) == [(0, 80)]


def test_a_mistake_on_standard_input_is_told_by_that_name(standard_input: Pipe) -> None:
    standard_input.write("0,80\n")
    standard_input.close()
    with pytest.raises(SourceError, match=r"^standard input: the first line holds numbers"):
        CsvSource("-")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a terminal that is hung up just ends")
def test_a_terminal_that_is_hung_up_is_an_error_and_not_an_end() -> None:
    device, terminal = os.openpty()
    os.write(device, b"time,HR\n0,80\n")
    source = CsvSource(os.ttyname(terminal), follow=True)
    readings = source.readings()
    assert isinstance(soon(readings), DeviceConfiguration)
    assert soon(readings) == Observation(0, source.name, Signal.HR, 80)
    os.close(device)
    with pytest.raises(SourceError, match="cannot be read: Input/output error"):
        soon(readings)
    os.close(terminal)


# Files that grow


class Growing:
    """A file that another program writes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replace("")

    def append(self, content: str) -> None:
        with self.path.open("a") as file:
            file.write(content)

    def cut_short(self, content: str) -> None:
        self.path.write_text(content)

    def replace(self, content: str) -> None:
        other = self.path.with_suffix(".new")
        other.write_text(content)
        other.replace(self.path)

    def follow(self, **options: object) -> CsvSource:
        return CsvSource(str(self.path), follow=True, **options)  # type: ignore[arg-type]


@pytest.fixture
def growing(tmp_path: Path) -> Growing:
    return Growing(tmp_path / "live.csv")


def test_a_file_is_read_on_as_it_grows(growing: Growing) -> None:
    growing.append("time,HR\n0,80\n1,81\n")
    source = growing.follow()
    readings = source.readings()
    assert (source.mode, source.backlog) == (Mode.LIVE, SECOND)
    assert rows(readings) == [(0, 80), (1, 81)]
    growing.append("2,82\n")
    assert rows(readings) == [(2, 82)]
    assert rows(readings) == []


def test_a_half_written_row_is_waited_for(growing: Growing) -> None:
    growing.append("time,HR\n0,80\n1,8")
    source = growing.follow()
    readings = source.readings()
    assert source.backlog == 0
    assert rows(readings) == [(0, 80)]
    growing.append("1\n")
    assert rows(readings) == [(1, 81)]
    assert source.rejected == 0


def test_the_backlog_ends_with_the_last_row_that_was_there_at_opening(growing: Growing) -> None:
    growing.append("time,HR\n" + "".join(f"{t},80\n" for t in range(100, 1000)) + "bad\n")
    source = growing.follow()
    growing.append("2000,80\n")
    assert source.backlog == 899 * SECOND
    assert source.rejected == 0
    assert len(rows(source.readings())) == 901
    assert source.rejected == 1


def test_a_followed_file_may_have_no_rows_yet(growing: Growing) -> None:
    growing.append("time,HR\n")
    source = growing.follow()
    readings = source.readings()
    assert rows(readings) == []
    growing.append("7,80\n")
    assert rows(readings) == [(0, 80)]
    assert source.notes() == []


@pytest.mark.parametrize("content", ["", "time,H"])
def test_a_followed_file_needs_its_header(growing: Growing, content: str) -> None:
    growing.append(content)
    with pytest.raises(SourceError, match="no complete header line yet"):
        growing.follow()


@pytest.mark.parametrize("how", ["cut_short", "replace"])
def test_a_file_that_starts_anew_is_read_from_its_start(growing: Growing, how: str) -> None:
    growing.append("time,HR\n0,80\n1,81\n2,82\n")
    source = growing.follow()
    readings = source.readings()
    rows(readings)
    getattr(growing, how)("time,HR\n0,90\n")
    assert rows(readings) == [(2, 90)]  # its seconds go on from where they were
    growing.append("1,91\n")
    assert rows(readings) == [(3, 91)]
    assert source.notes() == ["shortened or replaced 1 time(s): read on from its start, without what was half written"]


def test_rows_appended_just_before_a_file_is_replaced_are_not_lost(growing: Growing) -> None:
    growing.append("time,HR\n2026-05-01T10:00:00,80\n")
    readings = growing.follow().readings()
    rows(readings)
    growing.append("2026-05-01T10:00:01,81\n")
    growing.replace("time,HR\n2026-05-01T10:00:02,82\n")
    assert rows(readings) == [(1, 81), (2, 82)]


def test_not_even_those_appended_between_two_looks(growing: Growing, monkeypatch: pytest.MonkeyPatch) -> None:
    growing.append("time,HR\n2026-05-01T10:00:00,80\n")
    readings = growing.follow().readings()

    def replaced_meanwhile(*_: object) -> bool:
        monkeypatch.undo()
        growing.append("2026-05-01T10:00:01,81\n")
        growing.replace("time,HR\n2026-05-01T10:00:02,82\n")
        return False

    monkeypatch.setattr(csv_lines, "_still_there", replaced_meanwhile)
    assert rows(readings) == [(0, 80), (1, 81), (2, 82)]


def test_a_replaced_file_may_have_other_columns_and_be_slow_to_name_them(growing: Growing) -> None:
    growing.append("time,HR\n0,80\n")
    readings = growing.follow().readings()
    rows(readings)
    growing.replace("time,Sp")
    assert next(readings) is None
    growing.append("O2,TEMP\n0,97,37\n")
    configuration, sample = islice(readings, 2)
    assert configuration == DeviceConfiguration(0, "live", frozenset({Signal.SPO2}), SECOND)
    assert sample == Observation(0, "live", Signal.SPO2, 97)


def test_a_file_replaced_twice_before_it_has_a_header(growing: Growing) -> None:
    growing.append("time,HR\n0,80\n")
    readings = growing.follow().readings()
    rows(readings)
    growing.replace("ti")
    assert next(readings) is None
    growing.replace("time,HR\n0,81\n")
    assert rows(readings) == [(0, 81)]


def test_a_name_that_is_gone_for_a_while_is_waited_for(growing: Growing) -> None:
    growing.append("time,HR\n0,80\n")
    readings = growing.follow().readings()
    rows(readings)
    growing.path.rename(growing.path.with_suffix(".old"))
    assert next(readings) is None
    growing.replace("time,HR\n1,81\n")
    assert rows(readings) == [(1, 81)]


def test_a_cuff_reading_carried_over_into_the_next_file_is_not_a_new_one(growing: Growing) -> None:
    growing.append("time,sys,dia\n0,120,80\n1,120,80\n")
    readings = growing.follow().readings()
    first = [reading for reading in iter(readings.__next__, None) if isinstance(reading, NibpReading)]
    growing.replace("time,sys,dia\n2,120,80\n3,125,80\n")
    then = [reading for reading in iter(readings.__next__, None) if isinstance(reading, NibpReading)]
    assert [reading.t for reading in first + then] == [0, 3 * SECOND]


def test_the_interval_of_a_live_table_is_a_second_and_another_must_be_said(growing: Growing) -> None:
    growing.append("time,HR\n0,80\n60,80\n")
    source = growing.follow()
    assert next(source.readings()) == DeviceConfiguration(0, "live", frozenset({Signal.HR}), SECOND)
    assert source.notes() == ["one row every 60 s, but 1 s is declared: say ?interval=60"]
    assert growing.follow(interval=60 * SECOND).notes() == ["one row every 60 s: a value is held 150 s"]


def test_what_is_live_has_no_speed(growing: Growing) -> None:
    growing.append("time,HR\n")
    with pytest.raises(SourceError, match="leave speed out"):
        growing.follow(speed=2)


def test_a_row_that_was_written_a_while_ago_is_as_old_as_that(tmp_path: Path) -> None:
    """Else its value would be shown as live, and the rows after it that much too late."""
    path = tmp_path / "monitor.csv"
    path.write_text("time_s,hr\n0,80\n1,81\n")
    an_hour_ago = path.stat().st_mtime - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    source = CsvSource(str(path), follow=True)
    assert 3601 * SECOND <= source.backlog < 3700 * SECOND
    assert any(note.startswith("nothing was written for 1:0") for note in source.notes())
