"""A session as a wide CSV: a column a signal, a row a time, in the form our own CSV source reads back."""

import csv
from decimal import Decimal
from itertools import groupby
from math import isfinite
from typing import TextIO

from ingest.model import NIBP, DeviceConfiguration, NibpReading, Observation, Signal
from ingest.recorder import Entry, Session
from ingest.recorder.record import Record

COLUMNS = (
    Signal.HR,
    Signal.PR,
    Signal.SPO2,
    Signal.NIBP_SYS,
    Signal.NIBP_DIA,
    Signal.NIBP_MAP,
    Signal.PI,
)

Row = dict[Signal, float | None]


def export_csv(record: Record, session: Session, out: TextIO) -> int:
    """Write the session's measurements to `out`; return the number of rows.

    `time_s` is exact to the microsecond. A cell is empty where there was no reading. A row is a time;
    a signal that came twice at one time (two devices) gets a second row with it. Open files with newline="".
    """
    columns = _declared(record, session)
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["time_s", *columns])
    written = 0
    measurements = (
        item[1]
        for item in record.inputs(session)
        if not isinstance(item, Entry) and isinstance(item[1], Observation | NibpReading)
    )
    for t, readings in groupby(measurements, lambda reading: reading.t):
        for row in _rows(list(readings)):
            table.writerow([_decimal(Decimal(t).scaleb(-6)), *(_cell(row.get(signal)) for signal in columns)])
            written += 1
    return written


def _declared(record: Record, session: Session) -> list[Signal]:
    """The columns of what was measured or declared: an empty column would declare what was not."""
    known: set[Signal] = set()
    for item in record.inputs(session):
        match item:
            case (_, DeviceConfiguration(signals=signals)):
                known |= signals
            case (_, Observation(signal=signal)):
                known.add(signal)
            case (_, NibpReading()):
                known |= NIBP
    return [signal for signal in COLUMNS if signal in known]


def _rows(readings: list[Observation | NibpReading]) -> list[Row]:
    rows: list[Row] = [{}]
    for reading in readings:
        cells = _cells(reading)
        if cells.keys() & rows[-1].keys():
            rows.append({})
        rows[-1].update(cells)
    return rows


def _cells(reading: Observation | NibpReading) -> Row:
    match reading:
        case Observation():
            return {reading.signal: reading.value}
        case NibpReading(_, _, sys, dia, mean):
            return {Signal.NIBP_SYS: sys, Signal.NIBP_DIA: dia, Signal.NIBP_MAP: mean}


def _cell(value: float | None) -> str:
    return "" if value is None or not isfinite(value) else _decimal(Decimal(repr(value)))


def _decimal(number: Decimal) -> str:
    """Without an exponent or zeros at the end."""
    return f"{number.normalize():f}"
