"""The time column: every form gives exact microseconds since the first row."""

import pytest

from ingest.model import SECOND
from ingest.sources.csv_times import DAY, EvenRows, Timeline, stated_format, usual_formats


def since_first(*cells: str, unit: int = SECOND, decimal_comma: bool = False) -> list[int]:
    timeline = Timeline(usual_formats(unit, decimal_comma))
    return [timeline.t(cell) for cell in cells]


@pytest.mark.parametrize(
    "cells",
    [
        ("0", "0.1", "60.000001"),
        ("-0", "1e-1", "60.000001"),
        ("1767225600.3", "1767225600.4", "1767225660.300001"),
        ("10:00:00", "10:00:00.1", "10:01:00.000001"),
        ("9:59:59.95", "10:00:00,05", "10:00:59.950001"),
        ("2026-05-01T10:00:00", "2026-05-01T10:00:00.1", "2026-05-01T10:01:00.000001"),
        ("2026-05-01 10:00:00", "2026-05-01 10:00:00,1", "2026/05/01 10:01:00.000001"),
        ("2026-05-01T10:00:00Z", "2026-05-01T12:00:00.1+02:00", "2026-05-01T10:01:00.000001+00:00"),
    ],
)
def test_forms_that_need_no_telling(cells: tuple[str, ...]) -> None:
    assert since_first(*cells) == [0, 100_000, 60_000_001]


def test_a_tenth_of_a_second_stays_one_for_a_day() -> None:
    times = since_first(*(f"{tenth / 10:.1f}" for tenth in range(0, 864_001, 1000)))
    assert times == list(range(0, DAY + 1, 100 * SECOND))


def test_a_decimal_comma() -> None:
    assert since_first("0,5", "1,75", decimal_comma=True) == [0, 1_250_000]


def test_other_units_than_seconds() -> None:
    assert since_first("1689615271083", "1689615272083.5", unit=1000) == [0, 1_000_500]
    assert since_first("0", "1.5", unit=60 * SECOND) == [0, 90 * SECOND]


def test_a_number_too_large_for_seconds_is_not_taken_for_them() -> None:
    with pytest.raises(ValueError, match="'1689615271083' is not a time"):
        since_first("1689615271083")


def test_a_clock_goes_on_past_midnight() -> None:
    times = since_first("23:59:59", "00:00:01", "08:00:00", "16:00:00", "23:59:59", "00:00:00")
    assert times[:2] + times[-2:] == [0, 2 * SECOND, DAY, DAY + SECOND]


def test_a_time_of_day_in_another_form_goes_on_past_midnight_too() -> None:
    timeline = Timeline((stated_format("%I:%M %p"),))
    assert [timeline.t("11:59 PM"), timeline.t("12:01 AM")] == [0, 120 * SECOND]


def test_a_stated_form_is_taken_at_its_word() -> None:
    timeline = Timeline((stated_format("%d.%m.%Y %H:%M:%S"),))
    assert [timeline.t("31.01.2026 23:59:59"), timeline.t("01.02.2026 00:00:00")] == [0, SECOND]
    with pytest.raises(ValueError, match="'2026-02-01 00:00:01' is not a time"):
        timeline.t("2026-02-01 00:00:01")


@pytest.mark.parametrize("form", ["%Q", "%", "%d %d", "%H:%M\0"])
def test_a_form_that_is_none_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="is not a form such as"):
        stated_format(form)


def test_the_first_row_that_fits_fixes_the_form() -> None:
    timeline = Timeline(usual_formats(SECOND, False))
    timeline.t("10:00:00")
    for cell in ("5", "2026-05-01T10:00:01"):
        with pytest.raises(ValueError, match="is not a time"):
            timeline.t(cell)


def test_with_and_without_a_zone_do_not_mix() -> None:
    with pytest.raises(ValueError, match="is not a time"):
        since_first("2026-05-01T10:00:00Z", "2026-05-01T10:00:01")


@pytest.mark.parametrize(
    "cell", ["abc", "1_0", "nan", "inf", "1e999", "1e99999999999999999999", "10:61:00", "--", "99:99"]
)
def test_what_is_no_time(cell: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        since_first(cell)


def test_a_blank_cell_is_no_time() -> None:
    with pytest.raises(ValueError, match="no time"):
        since_first(" ")


def test_time_may_stand_but_not_go_back() -> None:
    timeline = Timeline(usual_formats(SECOND, False))
    assert [timeline.t("5"), timeline.t("6"), timeline.t("6")] == [0, SECOND, SECOND]
    with pytest.raises(ValueError, match=r"time '5.9' is before that of a row above"):
        timeline.t("5.9")
    assert timeline.t("7") == 2 * SECOND


def test_a_clock_a_little_back_is_not_another_day() -> None:
    with pytest.raises(ValueError, match="before that of a row above"):
        since_first("10:00:05", "10:00:04")


def test_seconds_that_begin_anew_in_another_file_go_on() -> None:
    timeline = Timeline(usual_formats(SECOND, False))
    before = [timeline.t("0"), timeline.t("90")]
    timeline.restart()
    assert [*before, timeline.t("0"), timeline.t("1")] == [0, 90 * SECOND, 90 * SECOND, 91 * SECOND]


def test_dates_keep_their_meaning_in_another_file() -> None:
    timeline = Timeline(usual_formats(SECOND, False))
    timeline.t("2026-05-01T10:00:00")
    timeline.t("2026-05-01T10:01:00")
    timeline.restart()
    with pytest.raises(ValueError, match="before that of a row above"):
        timeline.t("2026-05-01T10:00:30")
    assert timeline.t("2026-05-01T10:01:30") == 90 * SECOND


def test_rows_without_times_are_evenly_spaced_also_across_one_that_is_skipped() -> None:
    rows = EvenRows(60 * SECOND)
    first = rows.t("")
    rows.skip()
    assert [first, rows.t("")] == [0, 120 * SECOND]
