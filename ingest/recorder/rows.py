"""Readings and entries as rows of the record, and back, without a difference.

SQLite stores NaN as NULL and keeps infinities without a word, so a number that is not finite never
reaches it: `value` is then NULL and `quality` its name, from which the same number is made again.
"""

import json
import struct
from collections.abc import Sequence
from math import isfinite
from typing import Any

from sqlalchemy import Row, Table

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
from ingest.recorder import Entry, Gap
from ingest.recorder.schema import DEVICE, ENTRY, GAP, OBSERVATION, RAW, SENT, WAVE

Values = dict[str, object]
"""Column values without the session, which the store adds."""

OK = "ok"
NO_READING = "no-reading"


def storable(text: str) -> str:
    r"""`text`, with half characters (a file name that is not UTF-8) spelled `\udcff`: no database takes them."""
    return text.encode("utf-8", "backslashreplace").decode()


def reading_rows(seq: int, reading: Reading) -> list[tuple[Table, Values]]:
    """The rows of one input; a tick has none."""
    match reading:
        case Observation(t, source, signal, value):
            return [_observation(seq, t, source, signal, value)]
        case NibpReading(t, source, sys, dia, mean, error):
            numbers = ((Signal.NIBP_SYS, sys), (Signal.NIBP_DIA, dia), (Signal.NIBP_MAP, mean))
            return [_observation(seq, t, source, signal, value, error) for signal, value in numbers]
        case DeviceConfiguration(t, source, signals, interval, controls_cuff, nibp_interval):
            cuff: Values = {"controls_cuff": controls_cuff, "nibp_interval": nibp_interval}
            body = {"signals": sorted(signals), "interval": interval} | cuff
            return [_device(seq, t, source, "configuration", body)]
        case DeviceStatus(t, source, state, detail, conditions):
            body = {"state": state, "detail": detail, "conditions": sorted(conditions)}
            return [_device(seq, t, source, "status", body)]
        case Waveform(t, source, signal, fs, samples):
            packed = struct.pack(f"<{len(samples)}i", *samples)
            named = {"source": storable(source), "signal": str(signal)}
            return [(WAVE, {"seq": seq, "t_us": t, **named, "fs": fs, "samples": packed})]
        case RawBytes(t, source, data) | SentBytes(t, source, data):
            table = RAW if isinstance(reading, RawBytes) else SENT
            return [(table, {"seq": seq, "t_us": t, "source": storable(source), "bytes": data})]
        case Tick():
            return []


def entry_row(entry: Entry) -> tuple[Table, Values]:
    """The row of a command or event."""
    return ENTRY, {
        "seq": entry.seq,
        "t_us": entry.t,
        "kind": entry.kind,
        "name": storable(entry.name),
        "actor": None if entry.actor is None else storable(entry.actor),
        "body": storable(entry.body),
    }


def gap_row(gap: Gap) -> tuple[Table, Values]:
    """The row of a gap."""
    return GAP, {"first_seq": gap.first, "last_seq": gap.last, "reason": gap.reason}


def measured(rows: Sequence[Row[Any]]) -> Observation | NibpReading:
    """The reading made of the observation rows of one seq: three are a cuff reading."""
    row = rows[0]
    if len(rows) == 1:
        return Observation(row.t_us, row.source, Signal(row.signal), _value(row))
    numbers = {each.signal: _value(each) for each in rows}
    return NibpReading(
        row.t_us,
        row.source,
        numbers[Signal.NIBP_SYS],
        numbers[Signal.NIBP_DIA],
        numbers[Signal.NIBP_MAP],
        row.error,
    )


def device(row: Row[Any]) -> DeviceConfiguration | DeviceStatus:
    """What a source said of itself."""
    body = json.loads(row.body)
    if row.kind == "configuration":
        signals = frozenset(Signal(name) for name in body["signals"])
        cuff = body["controls_cuff"], body["nibp_interval"]
        return DeviceConfiguration(row.t_us, row.source, signals, body["interval"], *cuff)
    conditions = frozenset(Condition(words) for words in body["conditions"])
    return DeviceStatus(row.t_us, row.source, DeviceState(body["state"]), body["detail"], conditions)


def wave(row: Row[Any]) -> Waveform:
    """A stretch of a waveform."""
    samples = struct.unpack(f"<{len(row.samples) // 4}i", row.samples)
    return Waveform(row.t_us, row.source, Signal(row.signal), row.fs, samples)


def raw(row: Row[Any]) -> RawBytes:
    """What came over a line."""
    return RawBytes(row.t_us, row.source, row.bytes)


def sent(row: Row[Any]) -> SentBytes:
    """What was sent over a line."""
    return SentBytes(row.t_us, row.source, row.bytes)


def entry(row: Row[Any]) -> Entry:
    """A command or event."""
    return Entry(row.seq, row.t_us, row.kind, row.name, row.actor, row.body)


def _observation(
    seq: int, t: int, source: str, signal: Signal, value: float | None, error: str | None = None
) -> tuple[Table, Values]:
    quality = NO_READING if value is None else OK if isfinite(value) else str(float(value))
    return OBSERVATION, {
        "seq": seq,
        "t_us": t,
        "signal": str(signal),
        "value": value if quality == OK else None,
        "quality": quality,
        "source": storable(source),
        "error": None if error is None else storable(error),
    }


def _device(seq: int, t: int, source: str, kind: str, body: Values) -> tuple[Table, Values]:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return DEVICE, {"seq": seq, "t_us": t, "source": storable(source), "kind": kind, "body": text}


def _value(row: Row[Any]) -> float | None:
    if row.quality == OK:
        return float(row.value)
    return None if row.quality == NO_READING else float(row.quality)
