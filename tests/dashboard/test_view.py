"""The view: snapshot in, words and states out."""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.model import Occurrence, OccurrenceState, Phase, Priority, Side
from alerts.profiles import load_profile
from alerts.snapshot import Device, Sample, Snapshot
from dashboard.feed import Session
from dashboard.view import live, render
from ingest.model import SECOND, DeviceConfiguration, DeviceState, NibpReading, Observation, Signal, Tick
from ingest.sources import Mode

PROFILE = load_profile("iv-ketamine")
SESSION = Session("Bed 1", Mode.LIVE, PROFILE, datetime(2026, 3, 1, 13, 0, 0, tzinfo=UTC))
CALM = Snapshot(
    t=60 * SECOND,
    phase=Phase.INFUSION,
    samples=MappingProxyType({Signal.HR: Sample(81.0, 60 * SECOND), Signal.SPO2: Sample(97.0, 60 * SECOND)}),
    has_nibp=True,
    nibp=NibpReading(30 * SECOND, "cuff", 122, 77, 92),
    devices=(Device("monitor", DeviceState.CONNECTED, 60 * SECOND),),
)
O2_2 = Occurrence(3, "O2-2", Priority.MEDIUM, "spo2", Side.LOW, 88, 90, "SpO2 88 < 90 for 15 s", 45 * SECOND)
HR_3 = Occurrence(4, "HR-3", Priority.HIGH, "hr", Side.HIGH, 140, 131, "HR 140 >= 131 for 15 s", 50 * SECOND)


def view(snapshot: Snapshot, session: Session = SESSION, now: int = 60 * SECOND) -> dict[str, str]:
    return render(snapshot, session, now)


def test_calm() -> None:
    v = view(CALM)
    assert v["strip-message"] == "No alarms"
    assert v["strip@priority"] == "none"
    assert (v["hr-tile@level"], v["spo2-tile@level"], v["nibp-tile@level"]) == ("", "", "")
    assert (v["hr-high"], v["hr-low"], v["spo2-low"]) == ("120", "50", "90")
    assert (v["nibp-high"], v["nibp-low"]) == ("160/100", "90/–")
    assert v["elapsed"] == "1:00"
    assert v["mode"] == v["screen@sound"] == v["fault"] == ""


def test_the_most_urgent_alarm_is_in_the_strip_and_all_are_in_the_list() -> None:
    v = view(replace(CALM, occurrences=(O2_2, HR_3)))
    assert (v["strip-mark"], v["strip-message"]) == ("***", "HR 140 ≥ 131 for 15 s")
    assert v["strip-second"] == "** SpO₂ 88 < 90 for 15 s"
    assert (v["alarm-0-text"], v["alarm-1-text"]) == ("HR 140 ≥ 131 for 15 s", "SpO₂ 88 < 90 for 15 s")
    assert (v["alarm-0-ack@ids"], v["alarm-1-ack@ids"]) == ("4", "3")
    assert v["screen@sound"] == "high"


def test_the_broken_limit_takes_the_place_of_the_shown_one_and_is_marked() -> None:
    v = view(replace(CALM, occurrences=(HR_3,)))
    assert (v["hr-high"], v["hr-high@hit"], v["hr-tile@level"]) == ("131", "high", "high")
    assert v["spo2-low@hit"] == ""


def test_the_limit_of_the_broken_pressure_rule_is_the_one_shown() -> None:
    bp_3 = Occurrence(6, "BP-3", Priority.HIGH, "nibp", Side.HIGH, 193, 180, "SBP 193 >= 180", 50 * SECOND)
    v = view(replace(CALM, occurrences=(bp_3,)))
    assert (v["nibp-high"], v["nibp-high@hit"], v["nibp-low"]) == ("180/110", "high", "90/–")


def test_an_acknowledged_alarm_is_silent_and_says_who() -> None:
    acknowledged = replace(O2_2, state=OccurrenceState.ACKNOWLEDGED, acknowledged_by="AB")
    snapshot = replace(CALM, occurrences=(acknowledged,), seq=9, committed=9, acknowledged=MappingProxyType({3: 9}))
    v = view(snapshot)
    assert v["screen@sound"] == ""
    assert v["strip-detail"].endswith("acknowledged by AB")
    assert v["strip-ack@ids"] == ""


def test_an_acknowledgement_is_confirmed_only_once_the_record_has_it() -> None:
    acknowledged = replace(O2_2, state=OccurrenceState.ACKNOWLEDGED, acknowledged_by="AB")
    snapshot = replace(CALM, occurrences=(acknowledged,), seq=9, committed=8, acknowledged=MappingProxyType({3: 9}))
    assert view(snapshot)["strip-detail"].endswith("acknowledging …")


def test_one_touch_acknowledges_ended_ones_of_the_same_rule_too() -> None:
    ended = replace(O2_2, id=1, state=OccurrenceState.LATCHED, priority=Priority.HIGH, ended=20 * SECOND)
    v = view(replace(CALM, occurrences=(ended, O2_2)))
    assert v["strip-ack@ids"] == "1,3"
    assert v["strip-detail"].endswith("· 1 earlier")
    assert v["alarm-1-text"] == ""


def test_an_ended_high_stays_marked_until_acknowledged() -> None:
    ended = replace(HR_3, state=OccurrenceState.LATCHED, ended=55 * SECOND)
    v = view(replace(CALM, occurrences=(ended,)))
    assert v["strip-message"] == "ENDED: HR 140 ≥ 131 for 15 s"
    assert v["strip-ack@ids"] == "4"
    assert (v["screen@sound"], v["hr-tile@level"]) == ("", "")


def test_a_lower_rule_of_the_same_side_is_not_told_while_a_higher_one_is_active() -> None:
    hr_1 = replace(HR_3, id=5, rule="HR-1", priority=Priority.LOW, limit=110, message="HR 140 > 110 for 60 s")
    v = view(replace(CALM, occurrences=(hr_1, HR_3)))
    assert v["alarm-0-text"].startswith("HR 140 ≥ 131")
    assert v["alarm-1-text"] == ""
    after = replace(HR_3, state=OccurrenceState.LATCHED, ended=55 * SECOND)
    v = view(replace(CALM, occurrences=(hr_1, after)))
    assert v["strip-message"].startswith("HR 140 > 110")


def test_the_audio_pause_counts_down_and_silences() -> None:
    v = view(replace(CALM, occurrences=(HR_3,), paused_until=165 * SECOND))
    assert (v["pause@state"], v["pause-left"], v["screen@sound"]) == ("on", "1:45", "")


def test_anything_but_live_is_marked() -> None:
    assert view(CALM, replace(SESSION, mode=Mode.SIMULATED))["mode"] == "SIMULATED"
    assert view(CALM, replace(SESSION, mode=Mode.REPLAY, speed=10.0))["mode"] == "REPLAY 10×"


def test_more_alarms_than_rows_are_counted() -> None:
    many = tuple(replace(O2_2, id=i, rule=f"T-{i}", technical=True) for i in range(1, 8))
    assert view(replace(CALM, occurrences=many))["alarms-more"] == "+2 more"


def test_a_record_that_fails_is_said() -> None:
    v = view(replace(CALM, trouble="disk full"))
    assert (v["record"], v["record@state"]) == ("NOT RECORDED", "trouble")


def test_a_station_that_stands_still_is_a_fault() -> None:
    assert view(CALM, now=63 * SECOND)["fault"] == ""
    assert "ALARMS NOT RELIABLE" in view(CALM, now=64 * SECOND)["fault"]


def test_a_signal_that_the_source_does_not_have_is_said() -> None:
    samples = MappingProxyType({Signal.SPO2: Sample(97.0, 60 * SECOND)})
    v = view(replace(CALM, samples=samples, has_nibp=False, nibp=None))
    assert v["hr-note"] == "not measured by this source"
    assert v["nibp-note"] == "no NIBP in this source"


def test_nibp_disappears_after_15_minutes() -> None:
    assert live(CALM, PROFILE, (30 + 899) * SECOND)["nibp"] == ("122/77", 30 * SECOND)
    assert live(CALM, PROFILE, (30 + 900) * SECOND)["nibp"] == ("--", 30 * SECOND)


@given(st.lists(st.tuples(st.integers(0, 25), st.sampled_from([None, 0, 97, 400])), max_size=40))
def test_no_continuous_value_older_than_10_seconds_is_ever_a_number(steps: list[tuple[int, float | None]]) -> None:
    """Whatever the silences: after every input and every second in between (H01)."""
    engine = Engine(PROFILE)
    engine.step(DeviceConfiguration(0, "m", frozenset({Signal.SPO2, Signal.HR})))
    t, last_valid = 0, None
    for seconds, value in steps:
        for passed in range(seconds):
            engine.step(Tick((t + passed) * SECOND))
            _check(engine, (t + passed) * SECOND, last_valid)
        t += seconds
        engine.step(Observation(t * SECOND, "m", Signal.SPO2, value))
        last_valid = t * SECOND if value == 97 else last_valid
        _check(engine, t * SECOND, last_valid)


def _check(engine: Engine, now: int, last_valid: int | None) -> None:
    snapshot = Snapshot(t=now, samples=MappingProxyType({Signal.SPO2: Sample(*engine.value(Signal.SPO2))}))
    text, t = live(snapshot, PROFILE, now)["spo2"]
    if text != "--":
        assert last_valid is not None
        assert t == last_valid
        assert now - last_valid <= 10 * SECOND


def test_a_number_that_is_there_is_never_called_no_reading() -> None:
    """T-7: unchanged for too long, but measured."""
    stuck = Occurrence(7, "T-7", Priority.LOW, "hr", None, 81, None, "HR unchanged at 81 for 3 min", 0, technical=True)
    assert view(replace(CALM, occurrences=(stuck,)))["hr-note"] == "check the device"
    gone = MappingProxyType({**CALM.samples, Signal.HR: Sample(None, 0)})
    assert view(replace(CALM, samples=gone))["hr-note"] == "no reading"
