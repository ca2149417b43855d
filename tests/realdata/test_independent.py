"""The independent count itself, on series short enough to be worked by hand from rules.md and decision 0003."""

import numpy as np
import pandas as pd
import pytest

from tests.realdata.independent import occurrences

Pieces = list[tuple[float | None, int]]
ABSENT: Pieces = [(None, 1)]


def occurs(rule: str, *, spo2: Pieces = ABSENT, hr: Pieces = ABSENT) -> list[tuple[object, ...]]:
    """What `rows_of` gives for one signal drawn in pieces: a value and its seconds."""
    rows = pd.DataFrame({"hr": drawn(hr), "spo2": drawn(spo2)})
    return rows_of(rule, rows.assign(time=np.arange(len(rows))))


def drawn(pieces: Pieces) -> pd.Series:
    return pd.Series([value for value, seconds in pieces for _ in range(seconds)], dtype=float)


def rows_of(rule: str, rows: pd.DataFrame) -> list[tuple[object, ...]]:
    """(raised, ended, reason, priority at raise, escalated) of every occurrence of one rule."""
    table = occurrences(rows)
    table = table.astype({"escalated": object}).where(table.notna(), None)
    return list(table[table.rule == rule].drop(columns="rule").itertuples(index=False, name=None))


def test_the_worked_example_alarms_10_67_s_after_its_beginning() -> None:
    ((raised, ended, *rest),) = occurs("O2-2", spo2=[(88, 2), (86, 3), (84, 10), (97, 10)])
    assert raised == pytest.approx(5 + 34 / 6)
    assert ended == 20
    assert rest == ["inside", "medium", None]


@pytest.mark.parametrize(("seconds", "raised"), [(15, []), (16, [15])])
def test_the_row_at_the_deadline_counts_first(seconds: int, raised: list[int]) -> None:
    assert [row[0] for row in occurs("O2-2", spo2=[(89, seconds), (95, 20)])] == raised


def test_between_limit_and_hysteresis_the_occurrence_stands() -> None:
    assert occurs("O2-2", spo2=[(89, 20), (90, 30), (91, 10)]) == [(15, 55, "inside", "medium", None)]


def test_a_sample_not_far_inside_starts_the_five_seconds_again() -> None:
    assert occurs("O2-2", spo2=[(89, 20), (91, 5), (90, 1), (91, 10)]) == [(15, 31, "inside", "medium", None)]


@pytest.mark.parametrize(
    ("rule", "priority", "violating", "nearly", "inside", "persistence"),
    [
        ("HR-1", "low", 111, 109, 108, 60),
        ("HR-2", "medium", 121, 119, 118, 30),
        ("HR-3", "high", 131, 130, 129, 15),
        ("HR-4", "medium", 49, 51, 52, 15),
        ("O2-1", "low", 93, 94, 95, 30),
        ("O2-2", "medium", 89, 90, 91, 15),
        ("O2-3", "high", 84, 85, 86, 10),
        ("O2-4", "high", 79, 80, 81, 0),
    ],
)
def test_each_rule_has_its_limit_persistence_and_hysteresis(
    rule: str, priority: str, violating: int, nearly: int, inside: int, persistence: int
) -> None:
    pieces: Pieces = [(violating, persistence + 1), (nearly, 10), (inside, 10)]
    ended = persistence + 1 + 10 + 5
    # the same numbers on both signals: each rule looks at its own
    assert occurs(rule, hr=pieces, spo2=pieces) == [(persistence, ended, "inside", priority, None)]
    assert occurs(rule, hr=[(nearly, 80)], spo2=[(nearly, 80)]) == []


class TestEscalation:
    def test_counts_from_the_first_violating_sample(self) -> None:
        assert occurs("O2-2", spo2=[(89, 70), (95, 20)]) == [(15, 75, "inside", "medium", 60)]
        assert occurs("HR-2", hr=[(125, 310), (100, 20)]) == [(30, 315, "inside", "medium", 300)]

    def test_comes_between_limit_and_hysteresis_too(self) -> None:
        assert occurs("O2-2", spo2=[(89, 20), (90, 50), (95, 20)]) == [(15, 75, "inside", "medium", 60)]

    def test_waits_while_the_value_is_back_inside(self) -> None:
        spo2: Pieces = [(89, 57), (91, 5), (90, 1), (91, 10)]
        assert occurs("O2-2", spo2=spo2) == [(15, 68, "inside", "medium", 62)]

    def test_a_lower_limit_has_a_persistence_of_its_own(self) -> None:
        assert occurs("HR-4", hr=[(45, 10), (40, 20), (60, 10)]) == [(15, 35, "inside", "medium", 25)]
        assert occurs("HR-4", hr=[(45, 20), (40, 15), (41, 9), (60, 10)]) == [(15, 49, "inside", "medium", None)]

    def test_both_stages_at_once_are_one_high_occurrence(self) -> None:
        assert occurs("HR-4", hr=[(40, 30), (60, 10)]) == [(15, 35, "inside", "high", None)]


class TestHold:
    def test_an_occurrence_ends_ten_seconds_after_the_last_valid_sample(self) -> None:
        assert occurs("O2-2", spo2=[(89, 20), (None, 30)]) == [(15, 29, "signal lost", "medium", None)]

    def test_a_held_value_keeps_violating(self) -> None:
        assert occurs("O2-2", spo2=[(89, 10), (None, 8), (95, 20)]) == [(15, 23, "inside", "medium", None)]

    def test_the_end_of_the_hold_drops_a_pending_persistence(self) -> None:
        assert occurs("O2-2", spo2=[(89, 3), (None, 10), (89, 14), (95, 20)]) == []
        assert occurs("O2-3", spo2=[(84, 1), (None, 20)]) == []

    def test_a_sample_at_that_very_instant_keeps_it(self) -> None:
        assert occurs("O2-2", spo2=[(89, 3), (None, 9), (89, 14), (95, 20)]) == [(15, 31, "inside", "medium", None)]

    @pytest.mark.parametrize("nothing", [0, 101])
    def test_numbers_out_of_range_are_not_values(self, nothing: float) -> None:
        assert occurs("O2-2", spo2=[(89, 20), (nothing, 30)]) == [(15, 29, "signal lost", "medium", None)]
        assert occurs("HR-3", hr=[(301, 40)]) == []


class TestPercentSeconds:
    def test_ten_percent_is_the_most_a_second_counts(self) -> None:
        assert occurs("O2-2", spo2=[(97, 5), (6, 5), (96, 20)]) == []
        assert occurs("O2-2", spo2=[(97, 5), (6, 6), (96, 20)]) == [(10, 16, "inside", "medium", None)]

    def test_the_index_falls_while_not_below_90(self) -> None:
        # 8 x 5 = 40, less 10 x 1 at 90 and 3 x 2 at 92, then 24, and 26 more at 8 a second
        ((raised, *_),) = occurs("O2-2", spo2=[(82, 5), (90, 10), (92, 3), (82, 10)])
        assert raised == pytest.approx(18 + 26 / 8)

    def test_it_never_falls_below_nothing(self) -> None:
        ((raised, *_),) = occurs("O2-2", spo2=[(100, 60), (82, 10)])
        assert raised == pytest.approx(60 + 50 / 8)

    def test_an_index_still_above_50_raises_at_the_next_sample_below_90(self) -> None:
        spo2: Pieces = [(80, 10), (91, 10), (89, 1), (95, 10)]
        assert [row[0] for row in occurs("O2-2", spo2=spo2)] == [5, 20]

    def test_a_gap_starts_it_anew(self) -> None:
        assert occurs("O2-2", spo2=[(86, 1), (None, 10), (80, 4), (95, 20)]) == []


class TestDips:
    def test_the_third_within_60_s_raises(self) -> None:
        dips: Pieces = [(95, 1), (89, 1), (95, 29), (89, 1), (95, 29), (89, 1), (95, 10)]
        assert occurs("O2-2", spo2=dips) == [(61, 67, "inside", "medium", None)]
        assert occurs("O2-2", spo2=[*dips[:4], (95, 30), *dips[5:]]) == []

    def test_a_dip_comes_from_91_or_more_not_from_90(self) -> None:
        assert occurs("O2-2", spo2=[(91, 1), (89, 1), (90, 1), (89, 1), (90, 1), (89, 1), (90, 1)]) == []

    def test_a_gap_starts_the_count_anew(self) -> None:
        spo2: Pieces = [(95, 1), (89, 1), (95, 1), (89, 1), (95, 1), (None, 10), (95, 1), (89, 1), (95, 10)]
        assert occurs("O2-2", spo2=spo2) == []


class TestBelow80:
    def test_a_fall_that_blood_can_do_alarms_at_once(self) -> None:
        assert occurs("O2-4", spo2=[(87, 1), (83, 1), (79, 3), (95, 10)]) == [(2, 10, "inside", "high", None)]

    def test_a_faster_one_must_last_five_seconds(self) -> None:
        assert occurs("O2-4", spo2=[(84, 2), (79, 5), (95, 10)]) == []
        assert occurs("O2-4", spo2=[(84, 2), (79, 6), (95, 10)]) == [(7, 13, "inside", "high", None)]

    @pytest.mark.parametrize(("after", "raised"), [(5, 11), (6, 7)])
    def test_a_fast_fall_counts_for_five_seconds(self, after: int, raised: int) -> None:
        ((begin, *_),) = occurs("O2-4", spo2=[(95, 1), (82, after), (79, 10)])
        assert begin == raised

    def test_the_speed_is_that_between_valid_samples(self) -> None:
        assert occurs("O2-4", spo2=[(87, 1), (None, 1), (79, 3), (95, 9)]) == [(2, 10, "inside", "high", None)]


def test_the_last_row_fires_what_is_due_then_ends_the_rest() -> None:
    assert occurs("O2-2", spo2=[(89, 16)]) == [(15, 15, "session ended", "medium", None)]
    assert occurs("O2-2", spo2=[(89, 20), (None, 10)]) == [(15, 29, "signal lost", "medium", None)]


def test_hr_is_judged_where_there_is_one_and_pulse_where_not() -> None:
    rows = pd.DataFrame({"time": np.arange(-1, 29), "hr": 80.0, "pulse": 140.0, "spo2": 97.0})
    assert rows_of("HR-3", rows) == []
    assert rows_of("HR-3", rows.drop(columns="hr")) == [(15, 29, "session ended", "high", None)]


def test_rows_between_whole_seconds_are_refused() -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        occurrences(pd.DataFrame({"time": [0, 0.5], "hr": [80, 80], "spo2": [97, 97]}))
