"""What is proposed from a baseline, and what a clinic's own profile may leave out."""

import pytest

from alerts.baseline import personal_limits
from alerts.engine import Engine
from alerts.model import Event, Phase, Raised, SetPhase, Side
from alerts.profiles import load_profile
from ingest.model import SECOND, DeviceConfiguration, Observation, Signal


def test_personal_limits_are_proposed_from_the_baseline() -> None:
    """rules.md 3: HR 0.8x..1.25x, SBP 0.68S+10..0.86S+38, DBP 0.68D+6..0.86D+32, here of 120/80 and 72, by hand."""
    assert personal_limits({Signal.NIBP_SYS: 120, Signal.NIBP_DIA: 80, Signal.HR: 72}) == {
        (Signal.HR, Side.LOW): 58,  # 57.6
        (Signal.HR, Side.HIGH): 90,
        (Signal.NIBP_SYS, Side.LOW): 92,  # 91.6
        (Signal.NIBP_SYS, Side.HIGH): 141,  # 141.2
        (Signal.NIBP_DIA, Side.LOW): 60,  # 60.4
        (Signal.NIBP_DIA, Side.HIGH): 101,  # 100.8
    }


def test_nothing_is_proposed_for_what_is_not_known() -> None:
    assert set(personal_limits({Signal.HR: 70})) == {(Signal.HR, Side.LOW), (Signal.HR, Side.HIGH)}


@pytest.mark.parametrize("rate", [Signal.HR, Signal.PR])
def test_a_profile_may_watch_fewer_signals_for_a_stuck_value(rate: Signal) -> None:
    """Only SpO2: a rate of 80 for 200 s is no T-7, the same SpO2 for more than 60 s is one, at its start + 60."""
    profile = load_profile("iv-ketamine")
    stuck = profile.of_kind("stuck")[0].model_copy(update={"unchanged": {Signal.SPO2: 60.0}})
    rules = tuple(stuck if rule.id == stuck.id else rule for rule in profile.rule)
    engine = Engine(profile.model_copy(update={"rule": rules}))
    engine.step(DeviceConfiguration(0, "m", frozenset({Signal.SPO2, rate})))
    engine.step(SetPhase(0, "AB", Phase.INFUSION, "a test"))
    events: list[Event] = []
    for t in range(201):
        events += engine.step(Observation(t * SECOND, "m", rate, 80))
        events += engine.step(Observation(t * SECOND, "m", Signal.SPO2, 97 if t < 100 else 96))
    raised = [
        (e.t // SECOND, e.occurrence.signal) for e in events if isinstance(e, Raised) and e.occurrence.rule == "T-7"
    ]
    assert raised == [(60, "spo2"), (160, "spo2")]
