"""What holds for every table, for every file of bytes, and however a file grows."""

import math
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.model import SECOND, Observation, Reading, Signal
from ingest.sources import SourceError
from ingest.sources.csv import CsvSource

VALUES = st.none() | st.integers(1, 300) | st.decimals(1, 300, places=2)
ROWS = st.lists(st.tuples(st.integers(0, 10**7), VALUES, VALUES), max_size=20)
HEADERS = ["Time [s]|HR|SpO2", "time_s|heart rate|sat", "t|ECG HR|SPO2 %"]
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", ", "]),
        "point": st.sampled_from([".", ","]),
        "quote": st.sampled_from(["", '"']),
        "blank": st.sampled_from(["", "-", "--", "---", "NaN", "0"]),
        "end": st.sampled_from(["\n", "\r\n"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
        "header": st.sampled_from(HEADERS),
        "last_end": st.sampled_from(["", "\n"]),
    }
)


def written(rows: Sequence[Sequence[object]], dialect: dict[str, str]) -> bytes:
    def cell(value: object) -> str:
        return dialect["blank"] if value is None else str(value).replace(".", dialect["point"])

    table = [dialect["header"].split("|"), *(map(cell, row) for row in rows)]
    lines = [
        dialect["delimiter"].join(f"{dialect['quote']}{item}{dialect['quote']}" for item in line) for line in table
    ]
    return (dialect["end"].join(lines) + dialect["last_end"]).encode(dialect["encoding"])


def read(content: bytes) -> tuple[CsvSource, list[Reading | None]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        source = CsvSource(str(path))
        return source, list(source.readings())


@given(ROWS, DIALECTS)
def test_a_table_reads_back_in_every_dialect(rows: list[tuple[int, object, object]], dialect: dict[str, str]) -> None:
    if dialect["delimiter"].startswith(","):
        dialect["point"] = "."
    rows.sort(key=lambda row: row[0])
    table = [(f"{t / 1000:.3f}", hr, spo2) for t, hr, spo2 in rows]
    source, (_, *readings) = read(written(table, dialect))
    expected = [
        Observation((t - rows[0][0]) * 1000, "table", signal, None if value is None else float(str(value)))
        for t, *values in rows
        for signal, value in zip((Signal.HR, Signal.SPO2), values, strict=True)
    ]
    assert readings == expected
    assert source.rejected == 0


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x0a")
@example(b"\xef\xbb")
@example(b'"')
def test_a_file_of_anything_is_read_or_refused(content: bytes) -> None:
    with suppress(SourceError):
        read(content)


@given(
    st.lists(st.binary(max_size=30) | st.from_regex(rb"[-0-9.,:TeNaxf\" ]{0,12}(,[-0-9.,eN\"]{0,4}){0,4}"), max_size=10)
)
def test_under_a_good_header_anything_is_read_and_time_never_runs_back(lines: list[bytes]) -> None:
    source, readings = read(b"time,HR,SpO2,PI,sys\n0,80,97,1,120\n" + b"\n".join(lines))
    times = [reading.t for reading in readings if reading]
    assert times == sorted(times)
    assert times[0] == 0
    values = [reading.value for reading in readings if isinstance(reading, Observation) and reading.value is not None]
    assert all(map(math.isfinite, values))
    assert all("\n" not in note for note in source.notes())


CONTENT = b"time,HR,sys,dia\r\n" + b"".join(
    b"%d,%d,%s\r\n" % (t, 60 + t, b"120,80" if t % 3 else b",") for t in range(12)
)
HEADER_END = CONTENT.index(b"\n") + 1


@given(st.lists(st.integers(HEADER_END, len(CONTENT)), max_size=12), st.sampled_from(["utf-8", "utf-16"]))
def test_a_file_that_grows_in_any_pieces_reads_like_the_whole(cuts: list[int], encoding: str) -> None:
    content = CONTENT.decode().encode(encoding)
    scale = len(content) / len(CONTENT)
    _, whole = read(content)
    pieces = [0, *sorted(min(len(content), math.ceil(cut * scale) + 3) for cut in cuts), len(content)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content[: pieces[1]])
        readings = CsvSource(str(path), follow=True).readings()
        found = list(iter(readings.__next__, None))
        for start, end in pairwise(pieces[1:]):
            with path.open("ab") as file:
                file.write(content[start:end])
            found += iter(readings.__next__, None)
    assert found == whole
    assert len(whole) == 1 + 12 + 4
    assert whole[-1].t == 11 * SECOND if whole[-1] else False
