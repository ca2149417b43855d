"""Every real recording passes through `check`: its output is sound, the alarms are those counted, nothing is missed."""

from collections import Counter
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from tests.realdata.independent import Mask, held, occurrences, read, runs
from tests.realdata.mimic import RECORDS, convert
from tests.realdata.program import Event, check, told

pytestmark = pytest.mark.realdata

Checked = tuple[int, list[Event]]


@pytest.fixture(scope="module")
def checked(recording: Path) -> Checked:
    return check(recording)


def assert_sound(checked: Checked) -> None:
    """Exit status 0, time never going back, every occurrence raised once and then ended once."""
    status, events = checked
    assert status == 0
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)
    steps = [(event["event"], event["occurrence"]) for event in events if event["event"] in {"raised", "ended"}]
    assert set(Counter(steps).values()) <= {1}
    begun = {occurrence: at for at, (event, occurrence) in enumerate(steps) if event == "raised"}
    over = {occurrence: at for at, (event, occurrence) in enumerate(steps) if event == "ended"}
    assert begun.keys() == over.keys()
    assert all(begun[occurrence] < over[occurrence] for occurrence in begun)


def test_the_sets_are_whole(realdata: Path) -> None:
    assert len(list(realdata.glob("bidmc/*.csv"))) == 53
    assert len(list(realdata.glob("sedation/*.csv"))) == 63


def test_the_output_is_sound(checked: Checked) -> None:
    assert_sound(checked)


def test_the_alarms_are_those_counted(recording: Path, checked: Checked) -> None:
    assert_frame_equal(told(checked[1]), occurrences(read(recording)), check_dtype=False, rtol=0, atol=1e-3)


def test_no_long_violation_is_missed(recording: Path, checked: Checked) -> None:
    rows = read(recording)
    assert_covered(held(rows, "spo2", 100) < 85, 10, "O2-3", checked)
    assert_covered(held(rows, "hr" if "hr" in rows else "pulse", 300) > 131, 15, "HR-3", checked)


def assert_covered(violating: Mask, longer_than: int, rule: str, checked: Checked) -> None:
    """Every longer stretch lies in an occurrence, from the end of its persistence at the latest to its own end."""
    alarms = told(checked[1]).query("rule == @rule")
    for first, last in zip(*runs(violating), strict=True):
        if last - first > longer_than:
            assert ((alarms.raised <= first + longer_than) & (alarms.ended >= last)).any(), (rule, first, last)


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_of_one_row_a_minute_is_sound(realdata: Path, tmp_path: Path, record: str) -> None:
    assert_sound(check(convert(realdata / "mimic_numerics" / record, tmp_path / "mimic.csv")))


def test_the_conversion_keeps_every_cuff_reading(realdata: Path, tmp_path: Path) -> None:
    tables = [convert(realdata / "mimic_numerics" / record, tmp_path / record).read_text("utf-8") for record in RECORDS]
    cuff = [line.split(",")[4] for table in tables for line in table.splitlines()[1:]]
    assert len(list(filter(None, cuff))) == 170
