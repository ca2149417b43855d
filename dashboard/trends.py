"""History -> what the charts are sent: every sample within a bucket by its lowest and highest value.

Decimated by minimum and maximum, never by every n-th sample: a short desaturation stays visible.
Pure; the browser only draws.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from alerts.conditions import pressures
from alerts.history import History, Series
from alerts.model import Priority
from alerts.rules import Profile
from ingest.model import SECOND, NibpReading, Signal

POINTS = 600
"""Points a trace may have on the screen (two a bucket); live.md: more only costs the browser."""

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_SPANS = (10, 20, 30, 45, 60, 90, 120, 150, 180, 240, 360, 480, 720, 1440, 2880)
"""Minutes the time axis may show: it grows in steps, so that it stands still in between."""


def span(t: int) -> int:
    """Seconds the time axis shows at session time `t` (microseconds)."""
    minutes = t / SECOND / 60
    return 60 * next((m for m in _SPANS if m >= minutes), _SPANS[-1])


def width(span_s: int) -> int:
    """Seconds a bucket covers when the axis shows `span_s` seconds."""
    return next((w for w in _WIDTHS if span_s / w * 2 <= POINTS), _WIDTHS[-1])


def buckets(series: Series, width_s: int) -> list[list[float]]:
    """`[index, lowest, highest]` for every bucket of `width_s` seconds with a sample in it."""
    t, v = series
    if not len(t):
        return []
    index = t // (width_s * SECOND)
    starts = np.flatnonzero(np.r_[True, index[1:] != index[:-1]])
    rows = zip(index[starts], np.minimum.reduceat(v, starts), np.maximum.reduceat(v, starts), strict=True)
    return [[int(i), _short(lo), _short(hi)] for i, lo, hi in rows]


def cuff_rows(readings: tuple[NibpReading, ...], profile: Profile) -> list[list[Any]]:
    """`[t in seconds, sys, dia, map, priority]` for every reading; priority "" when it breaks no limit."""
    return [[round(r.t / SECOND), _none(r.sys), _none(r.dia), _none(r.map), nibp_level(r, profile)] for r in readings]


def nibp_level(reading: NibpReading, profile: Profile) -> str:
    """The priority of the highest limit one reading breaks by itself, or ""."""
    values = pressures(reading)
    broken = [
        stage.priority
        for rule in profile.rule
        if rule.kind == "nibp"
        for stage in rule.stage
        if any(c.base is None and c.holds(values[c.signal]) for c in stage.when)
    ]
    return Priority(max(broken)).word if broken else ""


def chart(history: History, rate: Signal, profile: Profile, t: int) -> dict[str, Any]:
    """Everything the three charts show at session time `t`."""
    span_s = span(t)
    width_s = width(span_s)
    return {
        "width": width_s,
        "span": span_s,
        "whole": True,
        "hr": buckets(history.series[rate], width_s),
        "spo2": buckets(history.series[Signal.SPO2], width_s),
        "nibp": cuff_rows(history.nibp, profile),
    }


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a browser that has `old` needs to show `new`: changed rows only, or all of it; None for nothing."""
    if (old["width"], old["span"]) != (new["width"], new["span"]):
        return dict(new)
    rows = {key: _changed(old[key], new[key]) for key in ("hr", "spo2", "nibp")}
    if not any(rows.values()):
        return None
    return {"width": new["width"], "span": new["span"], "whole": False, **rows}


def _changed(old: list[list[Any]], new: list[list[Any]]) -> list[list[Any]]:
    """Rows are only ever appended; the last one may still grow."""
    same = max(0, len(old) - 1)
    return [row for i, row in enumerate(new[same:], same) if i >= len(old) or row != old[i]]


def _short(value: float) -> float:
    return int(value) if value == int(value) else round(float(value), 1)


def _none(value: float | None) -> float | None:
    return None if value is None else _short(value)
