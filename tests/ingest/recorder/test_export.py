"""A session as a CSV that our own source reads back."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from ingest.model import (
    DeviceConfiguration,
    NibpReading,
    Observation,
    Reading,
    Signal,
)
from ingest.recorder import SessionFacts
from ingest.recorder.export import export_csv
from ingest.recorder.record import open_record
from ingest.sources.csv import CsvSource

Exported = Callable[..., list[str]]


@pytest.fixture
def exported(bench: Callable[..., Any], facts: SessionFacts, tmp_path: Path) -> Exported:
    """The lines of a session of these readings."""

    def lines(*readings: Reading) -> list[str]:
        b = bench()
        session = b.recorder.begin(facts)
        for seq, reading in enumerate(readings, 1):
            b.recorder.take(seq, reading)
        b.recorder.finish(0, "stopped")
        out = io.StringIO()
        rows = export_csv(open_record(tmp_path / "data"), session, out)
        assert out.getvalue().count("\n") == rows + 1
        return out.getvalue().splitlines()

    return lines


def test_a_row_is_a_time_and_a_cuff_reading_stands_only_where_it_was_taken(exported: Exported) -> None:
    assert exported(
        DeviceConfiguration(0, "x", frozenset({Signal.HR, Signal.SPO2})),
        Observation(0, "x", Signal.HR, 72.0),
        Observation(0, "x", Signal.SPO2, 97.0),
        Observation(1_000_000, "x", Signal.HR, 73.5),
        Observation(1_000_000, "x", Signal.SPO2, None),
        NibpReading(1_000_000, "x", 121.0, 79.0, None),
        Observation(2_500_000, "x", Signal.PI, 4.25),
    ) == [
        "time_s,hr,spo2,nibp_sys,nibp_dia,nibp_map,pi",
        "0,72,97,,,,",
        "1,73.5,,121,79,,",
        "2.5,,,,,,4.25",
    ]


def test_times_and_values_are_exact_and_without_exponents(exported: Exported) -> None:
    assert exported(
        Observation(10, "x", Signal.PI, 0.00001),
        Observation(7_200_000_001, "x", Signal.HR, 100.0),
    ) == ["time_s,hr,pi", "0.00001,,0.00001", "7200.000001,100,"]


def test_what_is_no_number_is_an_empty_cell(exported: Exported) -> None:
    assert exported(
        Observation(0, "x", Signal.HR, float("nan")),
        NibpReading(0, "x", None, None, None, "cuff leak"),
    ) == ["time_s,hr,nibp_sys,nibp_dia,nibp_map", "0,,,,"]


def test_two_devices_at_one_time_keep_both_their_numbers(exported: Exported) -> None:
    assert exported(
        Observation(0, "a", Signal.HR, 70.0),
        Observation(0, "b", Signal.HR, 71.0),
        Observation(0, "b", Signal.SPO2, 98.0),
    ) == ["time_s,hr,spo2", "0,70,", "0,71,98"]


def test_a_session_without_measurements_is_a_header(exported: Exported) -> None:
    assert exported() == ["time_s"]


def test_a_signal_that_nobody_measures_has_no_column(exported: Exported) -> None:
    """Read back, an empty column would be a sensor that has no reading: a false alarm."""
    assert exported(DeviceConfiguration(0, "x", frozenset({Signal.PR})), Observation(0, "x", Signal.PR, 150.0)) == [
        "time_s,pr",
        "0,150",
    ]


def test_our_own_source_reads_the_same_numbers_back(exported: Exported, tmp_path: Path) -> None:
    def measured(readings: Iterable[Reading | None]) -> set[tuple[object, ...]]:
        found: set[tuple[object, ...]] = set()
        for reading in readings:
            match reading:
                case Observation(t, _, signal, value) if value is not None:
                    found.add((t, signal, value))
                case NibpReading(t, _, sys, dia, mean):
                    found.add((t, sys, dia, mean))
        return found

    taken: list[Reading] = [
        Observation(0, "x", Signal.HR, 72.25),
        Observation(0, "x", Signal.SPO2, 97.0),
        NibpReading(1_500_000, "x", 121.0, 79.0, 93.0),
        Observation(2_000_001, "x", Signal.PR, 71.0),
        Observation(2_000_001, "x", Signal.PI, 0.05),
        NibpReading(9_000_000, "x", 131.0, 84.0, None),
    ]
    path = tmp_path / "session.csv"
    path.write_text("\n".join(exported(*taken)) + "\n", "utf-8")
    source = CsvSource(str(path))
    assert measured(source.readings()) == measured(taken)
    assert source.rejected == 0
