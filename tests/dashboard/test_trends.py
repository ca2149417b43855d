"""Trends: decimated by minimum and maximum, and sent as differences."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.history import Series
from alerts.profiles import load_profile
from dashboard.trends import POINTS, buckets, difference, nibp_level, span, width
from ingest.model import SECOND, NibpReading

PROFILE = load_profile("iv-ketamine")


def series(values: Sequence[tuple[float, float]]) -> Series:
    return np.array([round(t * SECOND) for t, _ in values], np.int64), np.array([v for _, v in values], np.float64)


def test_a_single_low_sample_survives_any_width() -> None:
    values = [(t, 97.0) for t in range(7200)]
    values[4321] = (4321, 82.0)
    width_s = width(span(7200 * SECOND))
    rows = buckets(series(values), width_s)
    assert min(lo for _, lo, _ in rows) == 82
    assert len(rows) * 2 <= POINTS


def test_buckets_by_hand() -> None:
    values = series([(0, 80), (1, 84), (4.999999, 82), (5, 90), (17, 70)])
    assert buckets(values, 5) == [[0, 80, 84], [1, 90, 90], [3, 70, 70]]


def test_nothing_gives_nothing() -> None:
    assert buckets(series([]), 5) == []


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(30, 200)), max_size=200), st.sampled_from([1, 5, 30]))
def test_every_extreme_is_kept(samples: list[tuple[int, int]], width_s: int) -> None:
    ordered = sorted(samples)
    rows = {i: (lo, hi) for i, lo, hi in buckets(series([(t, v) for t, v in ordered]), width_s)}
    for t, v in ordered:
        lo, hi = rows[t // width_s]
        assert lo <= v <= hi
    assert {v for row in rows.values() for v in row} <= {v for _, v in ordered}


@pytest.mark.parametrize(("minutes", "shown"), [(0, 10), (10, 10), (10.1, 20), (61, 90), (121, 150), (3000, 2880)])
def test_the_axis_grows_in_steps(minutes: float, shown: int) -> None:
    assert span(round(minutes * 60 * SECOND)) == shown * 60


def test_only_what_changed_is_sent() -> None:
    old = {"width": 5, "span": 600, "hr": [[0, 80, 81], [1, 80, 80]], "spo2": [], "nibp": []}
    new = {
        "width": 5,
        "span": 600,
        "hr": [[0, 80, 81], [1, 80, 82], [2, 80, 80]],
        "spo2": [],
        "nibp": [[7, 120, 80, 93, ""]],
    }
    assert difference(old, new) == {
        "width": 5,
        "span": 600,
        "whole": False,
        "hr": [[1, 80, 82], [2, 80, 80]],
        "spo2": [],
        "nibp": [[7, 120, 80, 93, ""]],
    }
    assert difference(new, new) is None


def test_a_new_axis_sends_everything() -> None:
    old = {"width": 5, "span": 600, "whole": True, "hr": [], "spo2": [], "nibp": []}
    new = old | {"span": 1200, "hr": [[0, 80, 81]]}
    assert difference(old, new) == new


@pytest.mark.parametrize(
    ("sys", "dia", "map_", "level"),
    [
        (159, 99, 120, ""),
        (160, 99, 120, "low"),
        (179, 110, 130, "medium"),
        (200, 90, 120, "high"),
        (79, 50, 60, "high"),
    ],
)
def test_the_colour_of_a_cuff_reading_is_its_worst_broken_limit(sys: int, dia: int, map_: int, level: str) -> None:
    assert nibp_level(NibpReading(0, "cuff", sys, dia, map_), PROFILE) == level
