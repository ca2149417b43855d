"""Readings as a CSV table: the form of the sample sessions, and one that the csv source reads back."""

from collections.abc import Iterable

from ingest.model import SECOND, NibpReading, Observation, Reading, Signal

COLUMNS = (Signal.HR, Signal.SPO2, Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MAP)
"""The signals of a row, in order, after its time."""


def csv_table(readings: Iterable[Reading]) -> str:
    """One row per time with `time_s` and COLUMNS, lines ended by a line feed; a value that is not there is blank."""
    rows: dict[int, dict[Signal, float | None]] = {}
    for reading in readings:
        match reading:
            case Observation(t, _, signal, value):
                rows.setdefault(t, {})[signal] = value
            case NibpReading(t, _, sys, dia, mean):
                rows.setdefault(t, {}).update(zip(COLUMNS[2:], (sys, dia, mean), strict=True))
            case _:  # a configuration or a status has no column
                pass
    header = ",".join(["time_s", *COLUMNS])
    return "\n".join([header, *(_line(t, values) for t, values in rows.items()), ""])


def _line(t: int, values: dict[Signal, float | None]) -> str:
    cells = (values.get(signal) for signal in COLUMNS)
    return ",".join([f"{t / SECOND:.6g}", *("" if cell is None else f"{cell:g}" for cell in cells)])
