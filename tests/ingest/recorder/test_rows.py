"""Whatever is taken comes back from the file as it was."""

import dataclasses
import math
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.model import (
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    RawBytes,
    Reading,
    SentBytes,
    Signal,
    Tick,
    Waveform,
)
from ingest.recorder import Entry, Session, SessionFacts
from ingest.recorder.record import Record, open_record
from ingest.recorder.rows import entry_row, reading_rows
from ingest.recorder.store import Store
from ingest.sources import Mode

TIMES = st.integers(min_value=0, max_value=2**62)
SOURCES = st.text(max_size=20)
VALUES = st.none() | st.floats()
READINGS: st.SearchStrategy[Reading] = st.one_of(
    st.builds(Observation, TIMES, SOURCES, st.sampled_from(Signal), VALUES),
    st.builds(NibpReading, TIMES, SOURCES, VALUES, VALUES, VALUES, st.none() | st.text(max_size=20)),
    st.builds(
        DeviceConfiguration,
        TIMES,
        SOURCES,
        st.frozensets(st.sampled_from(Signal)),
        TIMES,
        st.booleans(),
        st.none() | TIMES,
    ),
    st.builds(
        DeviceStatus,
        TIMES,
        SOURCES,
        st.sampled_from(DeviceState),
        st.text(max_size=20),
        st.frozensets(st.sampled_from(Condition)),
    ),
    st.builds(
        Waveform,
        TIMES,
        SOURCES,
        st.sampled_from(Signal),
        st.floats(1, 1000),
        st.lists(st.integers(-(2**31), 2**31 - 1), max_size=100).map(tuple),
    ),
    st.builds(RawBytes, TIMES, SOURCES, st.binary(max_size=300)),
    st.builds(SentBytes, TIMES, SOURCES, st.binary(max_size=300)),
)


class Shelf:
    """One file; every `keep` is a session of its own."""

    def __init__(self, directory: Path) -> None:
        self.store = Store(directory)
        self.record: Record = open_record(directory)

    def keep(self, readings: list[Reading]) -> Session:
        session = self.store.begin(
            SessionFacts(
                bed="1",
                mode=Mode.LIVE,
                started=datetime(2026, 3, 1, tzinfo=UTC),
                profile="p",
                profile_toml="",
                sources=(),
                version="0",
            )
        )
        rows = [row for seq, reading in enumerate(readings, 1) for row in reading_rows(seq, reading)]
        self.store.write(session.id, rows)
        return session

    def back(self, readings: list[Reading]) -> list[Reading]:
        return [item[1] for item in self.record.inputs(self.keep(readings)) if not isinstance(item, Entry)]


def comparable(reading: Reading) -> list[object]:
    """Floats by their text, because NaN equals nothing; adding 0 makes -0.0, which is equal, also look it."""
    fields = (getattr(reading, field.name) for field in dataclasses.fields(reading))
    return [type(reading), *(repr(value + 0.0) if isinstance(value, float) else value for value in fields)]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with tempfile.TemporaryDirectory() as directory:
        shelf = Shelf(Path(directory) / "data")
        yield shelf
        shelf.store.close()


@given(readings=st.lists(READINGS, max_size=12))
def test_any_readings_come_back_exactly_and_in_order(shelf: Shelf, readings: list[Reading]) -> None:
    assert [comparable(reading) for reading in shelf.back(readings)] == [comparable(reading) for reading in readings]


def test_a_failed_cuff_reading_keeps_its_error_and_its_missing_numbers(shelf: Shelf) -> None:
    failed = NibpReading(90_000_000, "serial:COM3", None, None, None, "cuff leak")
    partly = NibpReading(95_000_000, "serial:COM3", 131.0, None, 97.0, "motion")
    assert shelf.back([failed, partly]) == [failed, partly]


def test_whole_numbers_come_back_equal(shelf: Shelf) -> None:
    assert shelf.back([Observation(0, "x", Signal.SPO2, 97)]) == [Observation(0, "x", Signal.SPO2, 97.0)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_finite_number_never_reaches_the_database(value: float) -> None:
    ((_, values),) = reading_rows(1, Observation(0, "x", Signal.HR, value))
    assert values["value"] is None
    assert values["quality"] == str(value)


def test_a_tick_has_no_row() -> None:
    assert reading_rows(1, Tick(0)) == []


def test_text_that_is_not_unicode_is_spelled_out_instead_of_blocking_the_record(shelf: Shelf) -> None:
    name = b"csv:caf\xe9.csv".decode("utf-8", "surrogateescape")
    session = shelf.keep([Observation(0, name, Signal.HR, 70.0)])
    shelf.store.write(session.id, [entry_row(Entry(2, 0, "command", "note", "Jos\udce9", "{}"))])
    taken, noted = shelf.record.inputs(session)
    assert taken == (1, Observation(0, r"csv:caf\udce9.csv", Signal.HR, 70.0))
    assert noted == Entry(2, 0, "command", "note", r"Jos\udce9", "{}")
