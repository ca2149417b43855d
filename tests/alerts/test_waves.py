"""The ring of waves: what a screen may still show, what joins on, and what it has not seen yet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.waves import MOST, Waves
from ingest.model import SECOND, Signal, Waveform


def pleth(t_s: float, count: int = 12, fs: float = 60, source: str = "oximeter") -> Waveform:
    """`count` samples from `t_s` on: 12 at 60 Hz are 0.2 s."""
    return Waveform(round(t_s * SECOND), source, Signal.PLETH, fs, tuple(range(count)))


def ring(*waves: Waveform) -> Waves:
    kept = Waves()
    for wave in waves:
        kept.add(wave)
    return kept


def test_a_screen_gets_what_is_new_to_it_in_order() -> None:
    waves = ring(pleth(1.0), pleth(1.2))
    assert [(s.n, s.wave.t) for s in waves.since(0)] == [(1, 1_000_000), (2, 1_200_000)]
    waves.add(pleth(1.4))
    assert [(s.n, s.wave.t) for s in waves.since(2)] == [(3, 1_400_000)]
    assert waves.since(3) == ()


def test_what_was_handed_out_does_not_change() -> None:
    waves = ring(pleth(1.0))
    seen = waves.since(0)
    waves.add(pleth(1.2))
    assert [s.n for s in seen] == [1]


@pytest.mark.parametrize(
    ("begins", "joins"),
    [(1.2, True), (1.0, True), (1.5, True), (0.89, False), (1.51, False), (9.0, False)],
    ids=["at the end", "with the one before it in one read", "0.3 s late", "far too early", "a gap", "after a pause"],
)
def test_a_stretch_joins_on_if_it_begins_near_the_end_of_the_one_before(begins: float, joins: bool) -> None:
    """The one before is 12 samples at 60 Hz from 1.0 s on: it ends at 1.2 s."""
    assert [s.joins for s in ring(pleth(1.0), pleth(begins)).since(0)] == [False, joins]


def test_another_rate_or_another_device_does_not_join_on() -> None:
    waves = ring(pleth(1.0), pleth(1.2, fs=75), pleth(1.2, source="other"), pleth(1.2))
    assert [s.joins for s in waves.since(0)] == [False, False, False, False]


def test_each_device_joins_on_to_itself() -> None:
    waves = ring(pleth(1.0), pleth(1.0, source="other"), pleth(1.2), pleth(1.2, source="other"))
    assert [s.joins for s in waves.since(0)] == [False, False, True, True]


def test_nothing_older_than_15_seconds_is_kept_and_the_numbers_go_on() -> None:
    waves = ring(pleth(1), pleth(3), pleth(16.5), pleth(60), pleth(60.2))
    assert [(s.n, s.wave.t) for s in waves.since(0)] == [(4, 60_000_000), (5, 60_200_000)]
    assert [s.n for s in ring(pleth(1), pleth(3), pleth(16.5)).since(0)] == [2, 3]


def test_a_stretch_without_samples_or_rate_is_none() -> None:
    assert ring(pleth(1, count=0), pleth(1, fs=0)).since(0) == ()


def test_a_disturbed_line_that_cuts_the_wave_into_single_samples_does_not_fill_the_memory() -> None:
    waves = ring(*(pleth(1 + i / 1000, count=1) for i in range(MOST + 500)))
    kept = waves.since(0)
    assert len(kept) == MOST
    assert kept[-1].n == MOST + 500


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 30)), max_size=60), st.integers(0, 70))
def test_numbers_rise_by_one_whatever_the_times(begun: list[tuple[float, int]], after: int) -> None:
    waves = ring(*(pleth(t, count) for t, count in begun))
    whole = [s.n for s in waves.since(0)]
    assert whole == sorted(set(whole))
    assert [s.n for s in waves.since(after)] == [n for n in whole if n > after]
