"""A CSV recording: its dialects, its cells, its rows, and what people are told about it."""

import os
from pathlib import Path

import pytest

from ingest.model import SECOND, DeviceConfiguration, NibpReading, Observation, Signal
from ingest.sources import Mode, SourceError
from ingest.sources.csv import CsvSource

HR, PR, SPO2, PI = Signal.HR, Signal.PR, Signal.SPO2, Signal.PI

Said = tuple[float, Signal, float | None] | tuple[float, str, float | None, float | None, float | None]


class Recording:
    """A file written for the test, and what a CsvSource makes of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "recording.csv"

    def open(self, content: str | bytes, **options: object) -> CsvSource:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CsvSource(str(self.path), **options)  # type: ignore[arg-type]

    def said(self, content: str | bytes, **options: object) -> list[Said]:
        """The readings after the configuration: seconds, signal and value, or seconds, "nibp" and its numbers."""
        return said(self.open(content, **options))

    def error(self, content: str | bytes, **options: object) -> str:
        with pytest.raises(SourceError) as raised:
            self.open(content, **options)
        return str(raised.value)


def said(source: CsvSource) -> list[Said]:
    found: list[Said] = []
    for reading in source.readings():
        match reading:
            case Observation(t, _, signal, value):
                found.append((t / SECOND, signal, value))
            case NibpReading(t, _, sys, dia, mean):
                found.append((t / SECOND, "nibp", sys, dia, mean))
            case DeviceConfiguration():
                assert not found
            case _:
                pytest.fail(f"unexpected {reading}")
    return found


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path)


ONE_ROW: list[Said] = [(0, HR, 80), (0, SPO2, 97.5)]


# Dialects


@pytest.mark.parametrize(
    "content",
    [
        "time,HR,SpO2\n0,80,97.5\n",
        "Time [s], HR, SpO2\n-0, 80, 97.5\n",
        "time;HR;SpO2\r\n0;80;97,5\r\n",
        "time;HR;SpO2\n0;80;97.5\n",
        "time\tHR\tSpO2\n0\t80\t97,5\n",
        '"time","HR","SpO2"\n"0","80","97.5"\n',
        '"time"; "HR"; "SpO2"\n"0"; "80"; "97,5"\n',
        "\n\nsep=;\ntime;HR;SpO2\n\n0;80;97,5\n\n",
        "time,HR,SpO2,\n0,80,97.5,\n",
        "time,HR,SpO2\n0,80,97.5,,\n",
        "time,HR,SpO2\n0,80,97.5",
        "SpO2,time,HR\n97.5,2026-05-01T10:00:00Z,80\n",
    ],
)
def test_one_row_in_many_dialects(recording: Recording, content: str) -> None:
    source = recording.open(content)
    assert said(source) == ONE_ROW
    assert source.notes() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_and_without_a_mark(recording: Recording, encoding: str) -> None:
    content = "time,Größe (µm),HR,SpO2\r\n0,1,80,97.5\r\n".encode(encoding)
    assert recording.said(content) == ONE_ROW


def test_an_old_encoding_costs_nothing_but_the_look_of_a_letter(recording: Recording) -> None:
    source = recording.open("time,µ,HR,SpO2\n0,é,80,97.5\n".encode("latin-1"))
    assert said(source) == ONE_ROW
    assert source.notes() == ["not read: µ: no known name"]


def test_a_comma_that_ends_cells_is_no_decimal_comma(recording: Recording) -> None:
    source = recording.open('time,HR,SpO2\n0,80,"97,5"\n1,80,97.5\n')
    assert said(source) == [(0, HR, 80), (1, HR, 80), (1, SPO2, 97.5)]
    assert source.notes() == ["line 2, column SpO2: '97,5' is not a number"]


@pytest.mark.parametrize("cell", ["1.234,5", "1,234,5", "97,5,0"])
def test_a_number_with_two_separators_is_no_number(recording: Recording, cell: str) -> None:
    assert recording.said(f"time;HR;SpO2\n0;80;{cell}\n") == [(0, HR, 80)]


# Cells


@pytest.mark.parametrize(
    "cell", ["", " ", "-", "--", "---", "NaN", "nan", "-nan", "NA", "N/A", "null", "None", "0", "0.0", "-0", "00"]
)
def test_no_reading_is_written_in_many_ways(recording: Recording, cell: str) -> None:
    content = f"time,HR,PR,SpO2\n0,{cell},{cell},{cell}\n"
    assert recording.said(content) == [(0, HR, None), (0, PR, None), (0, SPO2, None)]


def test_no_perfusion_is_a_number(recording: Recording) -> None:
    assert recording.said("time,PI\n0,0\n1,--\n") == [(0, PI, 0), (1, PI, None)]


def test_a_number_out_of_range_is_passed_on_for_the_engine_to_count(recording: Recording) -> None:
    source = recording.open("time,HR,SpO2\n0,65535,-5\n")
    assert said(source) == [(0, HR, 65535), (0, SPO2, -5)]
    assert source.rejected == 0


@pytest.mark.parametrize("cell", ["abc", "inf", "-Infinity", "1e999", "1_0", "97%", "9 7", "0x61", "'97'"])
def test_a_bad_cell_costs_itself_and_not_its_row(recording: Recording, cell: str) -> None:
    source = recording.open(f"time,HR,SpO2\n0,80,97\n1,81,{cell}\n2,82,97\n")
    assert said(source) == [(0, HR, 80), (0, SPO2, 97), (1, HR, 81), (2, HR, 82), (2, SPO2, 97)]
    assert source.rejected == 1
    assert source.notes() == [f"line 3, column SpO2: {cell!r} is not a number"]


def test_two_bad_cells_are_one_bad_row(recording: Recording) -> None:
    source = recording.open("time,HR,SpO2\n0,a,b\n")
    assert said(source) == []
    assert source.rejected == 1
    assert source.notes()[0] == "line 2, column HR: 'a' is not a number; column SpO2: 'b' is not a number"


# Rows


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1,81", "2 cells where the header has 3"),
        ("1,81,97,5", "4 cells where the header has 3"),
        ("abc,81,97", "'abc' is not a time"),
        (",81,97", "no time"),
        ("-1,81,97", "time '-1' is before that of a row above"),
        ("1,8\0,97", "NUL bytes in the line"),
        ("time,HR,SpO2", "'time' is not a time"),
        ("1,81," + "9" * 70_000, "longer than 65536 bytes"),
        ("\0" * 300_000, "longer than 65536 bytes"),
    ],
)
def test_a_bad_row_is_reported_and_the_rest_still_runs(recording: Recording, row: str, problem: str) -> None:
    source = recording.open(f"time,HR,SpO2\n0,80,97\n{row}\n2,82,99\n")
    assert said(source) == [(0, HR, 80), (0, SPO2, 97), (2, HR, 82), (2, SPO2, 99)]
    assert source.rejected == 1
    assert source.notes() == [f"line 3: {problem}"]


def test_a_stray_quote_spoils_its_own_line_only(recording: Recording) -> None:
    rows = recording.said('time,HR,note\n0,80,"all well\n1,81,fine\n2,82,"\n')
    assert rows == [(0, HR, 80), (1, HR, 81), (2, HR, 82)]


def test_a_row_half_written_at_the_end_is_reported(recording: Recording) -> None:
    source = recording.open("time,HR,SpO2\n0,80,97\n1,8")
    assert len(said(source)) == 2
    assert source.notes() == ["line 3: 2 cells where the header has 3"]


def test_a_repeated_time_is_allowed(recording: Recording) -> None:
    assert recording.said("time,HR\n5,80\n5,81\n") == [(0, HR, 80), (0, HR, 81)]


def test_only_the_first_twenty_bad_rows_are_told_one_by_one(recording: Recording) -> None:
    source = recording.open("time,HR\n0,80\n" + "x,80\n" * 25)
    said(source)
    assert source.rejected == 25
    assert source.notes()[0] == "line 3: 'x' is not a time"
    assert source.notes()[19:] == ["line 22: 'x' is not a time", "... and 5 more"]


def test_observations_come_in_the_order_of_the_table_then_the_cuff(recording: Recording) -> None:
    content = "PI,NBPsys,NBPdia,SpO2,PULSE,HR,time\n3.5,120,80,97,79,80,0\n"
    expected = [(0, HR, 80), (0, PR, 79), (0, SPO2, 97), (0, PI, 3.5), (0, "nibp", 120, 80, None)]
    assert recording.said(content) == expected


# Cuff readings


def cuff(recording: Recording, *rows: str, header: str = "time,NBPsys,NBPdia,NBPmean") -> list[Said]:
    return recording.said("\n".join([header, *rows, ""]))


def test_a_row_without_cuff_numbers_holds_no_measurement(recording: Recording) -> None:
    rows = cuff(recording, "0,,,", "1,--,--,--", "2,0,0,0", "3,120,80,93", "4,,,")
    assert rows == [(3, "nibp", 120, 80, 93)]


def test_a_number_the_cuff_did_not_give_is_none(recording: Recording) -> None:
    assert cuff(recording, "0,120,80,") == [(0, "nibp", 120, 80, None)]


def test_a_measurement_carried_forward_is_one_measurement(recording: Recording) -> None:
    rows = cuff(recording, "0,120,80,93", "1,120,80,93", "2,120.0,80,93", "3,131,80,97", "4,131,80,97")
    assert rows == [(0, "nibp", 120, 80, 93), (3, "nibp", 131, 80, 97)]


def test_the_same_numbers_after_a_blank_row_are_a_new_measurement(recording: Recording) -> None:
    assert [row[0] for row in cuff(recording, "0,120,80,93", "60,,,", "120,120,80,93")] == [0, 120]


def test_a_column_with_the_time_of_the_measurement_decides(recording: Recording) -> None:
    header = "time,NBPsys,NBPdia,NIBP time"
    rows = cuff(recording, "0,120,80,0", "1,120,80,0", "2,,,", "3,120,80,0", "60,120,80,58", header=header)
    assert rows == [(0, "nibp", 120, 80, None), (60, "nibp", 120, 80, None)]


def test_a_bad_cell_in_a_carried_measurement_makes_no_new_one(recording: Recording) -> None:
    rows = cuff(recording, "0,120,80,93", "1,12o,80,93", "2,x,x,x", "3,120,80,93", "4,12o,85,97")
    assert rows == [(0, "nibp", 120, 80, 93), (4, "nibp", None, 85, 97)]


# Times


def test_a_form_of_time_can_be_stated(recording: Recording) -> None:
    content = 'Time,SpO2\n"11:59:59PM Jan 31, 2026",97\n"12:00:01AM Feb 01, 2026",98\n'
    assert recording.said(content, time_format="%I:%M:%S%p %b %d, %Y") == [(0, SPO2, 97), (2, SPO2, 98)]


def test_a_file_none_of_whose_times_can_be_read_is_not_played_as_silence(recording: Recording) -> None:
    error = recording.error("Time,SpO2\n31.01.2026 10:00,97\n31.01.2026 10:01,97\n")
    assert "no time can be read: '31.01.2026 10:00' is not a time" in error
    assert "?time=" in error
    assert "'5' is not a time" in recording.error("Time,SpO2\n5,97\n", time_format="%H:%M")


def test_rows_without_times_are_an_interval_apart(recording: Recording) -> None:
    source = recording.open("HR\n80\nx,y\n82\n", interval=2 * SECOND)
    assert said(source) == [(0, HR, 80), (4, HR, 82)]


# The interval


def interval(source: CsvSource) -> int:
    first = next(source.readings())
    assert isinstance(first, DeviceConfiguration)
    return first.interval


def test_the_interval_is_the_median_of_the_first_fifty_rows(recording: Recording) -> None:
    times = [*range(0, 40, 2), *range(100, 1000)]  # 20 rows 2 s apart, a gap, 30 rows 1 s apart
    assert interval(recording.open("time,HR\n" + "".join(f"{t},80\n" for t in times))) == SECOND
    times = [*range(0, 60, 2), *range(100, 1000)]
    assert interval(recording.open("time,HR\n" + "".join(f"{t},80\n" for t in times))) == 2 * SECOND


def test_repeated_times_do_not_count_for_the_interval(recording: Recording) -> None:
    assert interval(recording.open("time,HR\n0,80\n0,81\n0,82\n5,80\n")) == 5 * SECOND


@pytest.mark.parametrize("rows", ["", "0,80\n"])
def test_too_few_rows_have_an_interval_of_a_second(recording: Recording, rows: str) -> None:
    assert interval(recording.open("time,HR\n" + rows)) == SECOND


def test_a_stated_interval_counts(recording: Recording) -> None:
    assert interval(recording.open("time,HR\n0,80\n1,80\n", interval=3 * SECOND)) == 3 * SECOND


def test_a_long_interval_is_told_with_its_consequence(recording: Recording) -> None:
    assert recording.open("time,HR\n0,80\n60,80\n").notes() == ["one row every 60 s: a value is held 150 s"]
    assert recording.open("time,HR\n0,80\n4,80\n").notes() == []


# The source as a whole


def test_a_recording_says_what_it_is(recording: Recording) -> None:
    source = recording.open("time,HR,NBPsys\n0,80,120\n", speed=10)
    assert (source.name, source.mode, source.speed, source.backlog) == ("recording", Mode.REPLAY, 10, 0)
    expected = DeviceConfiguration(0, "recording", frozenset({HR, Signal.NIBP_SYS}), SECOND)
    assert next(source.readings()) == expected
    assert recording.open("time,HR\n", name="bed 1").name == "bed 1"


def test_columns_that_are_not_read_are_listed(recording: Recording) -> None:
    source = recording.open("time,RESP,HR,,Heart Rate,TEMP\n0,12,80,1,79,37\n")
    assert said(source) == [(0, HR, 80)]
    assert source.notes() == [
        "not read: RESP, (unnamed), TEMP: no known name",
        "not read: Heart Rate: the first of its kind counts",
    ]


def test_a_header_alone_is_an_empty_recording(recording: Recording) -> None:
    source = recording.open("time,HR\n")
    assert said(source) == []
    assert source.notes() == ["0 rows"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"0,80,97\n1,80,97\n", "numbers, not names"),
        (b"time,RESP\n0,12\n", "no known signal among 'time', 'RESP'"),
        (b"HR,SpO2\n80,97\n", "no time column among 'HR', 'SpO2'"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05hello\x94.", "not a text file"),
        (b"PK\x03\x04\x14\0\x06\0\x08\0", "not a text file"),
        (b"\0" * 100_000, "not a text file"),
        ("time,HR\n0,80\n".encode("utf-16-le"), "not a text file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(recording: Recording, content: bytes, words: str) -> None:
    error = recording.error(content)
    assert error.startswith(f"{recording.path}: ")
    assert words in error
    assert "\n" not in error


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.csv: cannot be read: No such file or directory: check the name"):
        CsvSource(str(tmp_path / "none.csv"))


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        CsvSource(str(tmp_path))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_file_that_may_not_be_read(recording: Recording) -> None:
    recording.path.touch(mode=0)
    with pytest.raises(SourceError, match="cannot be read: Permission denied"):
        CsvSource(str(recording.path))


def test_a_name_no_system_has() -> None:
    with pytest.raises(SourceError, match="null byte"):
        CsvSource("a\0b.csv")


def test_a_file_that_vanishes_before_it_is_played(recording: Recording) -> None:
    source = recording.open("time,HR\n0,80\n")
    recording.path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        list(source.readings())


@pytest.mark.parametrize("speed", [0.0, -1.0, float("inf"), float("nan")])
def test_a_speed_that_is_none(recording: Recording, speed: float) -> None:
    assert "speed" in recording.error("time,HR\n", speed=speed)


@pytest.mark.parametrize("stated", [0, -SECOND, 10**15])
def test_an_interval_that_is_none(recording: Recording, stated: int) -> None:
    assert "interval" in recording.error("time,HR\n", interval=stated)


def test_a_long_file_is_read_as_it_is_asked_for(recording: Recording) -> None:
    source = recording.open("time,HR\n" + "".join(f"{t},80\n" for t in range(20_000)) + "bad\n")
    readings = source.readings()
    for _ in range(1000):
        next(readings)
    assert source.rejected == 0
    assert sum(1 for _ in readings) == 20_001 - 1000
    assert source.rejected == 1
