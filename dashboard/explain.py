"""`dripwatch check --explain`: the receipt of an alarm for people, with a small chart, and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import ceil, floor
from typing import Any

from alerts.journal import json_line
from alerts.model import Ended
from alerts.receipts import Receipt, Sample
from alerts.wording import clock, line, stages
from ingest.model import SECOND, SIGNALS, NibpReading, Signal

WIDTH, HEIGHT = 72, 10
"""Columns and rows of a chart."""


def explain(receipt: Receipt) -> Iterator[str]:
    """The lines for people."""
    first = receipt.raised
    yield f"Alarm {first.id}, rule {receipt.rule.id}: {first.message}"
    yield ""
    yield from (f"  {line(step)}" for step in receipt.steps)
    yield ""
    waited = (first.since - receipt.onset) / SECOND
    yield f"  began      {clock(receipt.onset)}" + (f", {waited:g} s before the alarm" if waited else "")
    if receipt.limit:
        yield f"  limit      {receipt.limit}"
    yield from (f"  stage      {words}" for words in stages(receipt.rule))
    yield f"  source     {receipt.rule.source}"
    yield f"  phase      {receipt.phase}"
    yield f"  profile    {receipt.profile}, sha256 {receipt.sha256}"
    if receipt.samples:
        yield ""
        yield from _measured(receipt)
    if receipt.readings:
        yield ""
        yield from (f"  {clock(reading.t):<10} {_pressures(reading)} mmHg" for reading in receipt.readings)


def _measured(receipt: Receipt) -> Iterator[str]:
    first, n = receipt.raised, len(receipt.samples)
    info = SIGNALS[Signal(first.signal)]
    more = f", {receipt.left_out} earlier ones not shown" if receipt.left_out else ""
    yield f"  {info.title} ({info.unit}), the {n} samples up to the alarm{more}"
    yield from chart(receipt.samples, first.limit)


def _pressures(reading: NibpReading) -> str:
    sys, dia, mean = ("--" if v is None else f"{v:g}" for v in (reading.sys, reading.dia, reading.map))
    return f"{sys}/{dia} ({mean})"


def chart(samples: Sequence[Sample], level: float | None) -> Iterator[str]:
    """Samples as `o` over time, the limit as a line of dashes with its number; each row is a whole step of values."""
    values = [value for _, value in samples]
    middle = values[-1] if level is None else level
    low, high = min(*values, middle), max(*values, middle)
    step = max(1, ceil((high - low) / (HEIGHT - 1)))
    top, bottom = ceil((high - middle) / step), floor((low - middle) / step)
    begin, end = samples[0][0], samples[-1][0]
    columns = min(WIDTH, len(samples))
    marks = {((t - begin) * (columns - 1) // max(1, end - begin), _row(value - middle, step)) for t, value in samples}
    for row in range(top, bottom - 1, -1):
        empty = "-" if row == 0 and level is not None else " "
        text = "".join("o" if (column, row) in marks else empty for column in range(columns))
        yield f"  {middle + row * step:>7g} |{text}".rstrip()
    yield f"  {'':>7}  {clock(begin)} to {clock(end)}"


def _row(above: float, step: int) -> int:
    """Only a value at the limit itself stands in its row."""
    return floor(above / step) if above < 0 else ceil(above / step)


def fields(receipt: Receipt) -> dict[str, Any]:
    """The receipt as JSON values, times in seconds from the first row."""
    first = receipt.raised
    return {
        "occurrence": first.id,
        "rule": receipt.rule.id,
        "signal": first.signal,
        "value": first.value,
        "limit": first.limit,
        "condition": receipt.limit,
        "persistence": receipt.persistence,
        "phase": receipt.phase,
        "onset": receipt.onset / SECOND,
        "raised": first.since / SECOND,
        "ended": next((step.t / SECOND for step in receipt.steps if isinstance(step, Ended)), None),
        "steps": [json_line(step) for step in receipt.steps],
        "stages": list(stages(receipt.rule)),
        "source": receipt.rule.source,
        "samples": [[t / SECOND, value] for t, value in receipt.samples],
        "left_out": receipt.left_out,
        "readings": [asdict(reading) | {"t": reading.t / SECOND} for reading in receipt.readings],
        "profile": receipt.profile,
        "sha256": receipt.sha256,
    }
