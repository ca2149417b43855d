"""What a mutation run found unwatched (docs/mutation.md): who, whose and why, where timelines look at times alone."""

import pytest

from alerts.conditions import Comparison, Reference, doubt
from alerts.engine import Engine
from alerts.lifecycle import diagram
from alerts.limits import ConditionStage
from alerts.model import (
    Acknowledge,
    Acknowledged,
    BaselineSet,
    Command,
    CuffOrder,
    CuffOrdered,
    EndSymptom,
    Event,
    LimitSet,
    PauseAudio,
    Phase,
    PhaseChanged,
    Priority,
    Raised,
    Refused,
    Rejected,
    ReportSymptom,
    ResumeAudio,
    RuleSwitched,
    SetBaseline,
    SetCuffInterval,
    SetLimit,
    SetPhase,
    SoundTried,
    StartCuff,
    StopCuff,
    SwitchRule,
    TrySound,
)
from alerts.profiles import load_profile
from alerts.rules import Profile
from alerts.settings import RuleOff
from ingest.model import (
    NIBP,
    SECOND,
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    Signal,
    Tick,
    Waveform,
    micros,
)
from tests.alerts.story import SOURCE, Story

PROFILE = load_profile("iv-ketamine")
SYMPTOMS = "chest pain, dyspnoea, severe headache, visual change, seizure, unresponsive"


def answer(story: Story, command: Command) -> tuple[Event, ...]:
    """What one command causes."""
    return story.engine.step(command)


def changed(rule: str, stage: dict[str, object]) -> Profile:
    """The profile with another first stage of one rule."""
    rules = [
        r if r.id != rule else r.model_copy(update={"stage": (r.stage[0].model_copy(update=stage), *r.stage[1:])})
        for r in PROFILE.rule
    ]
    return PROFILE.model_copy(update={"rule": tuple(rules)})


# Who did it, and why not


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (Acknowledge(SECOND, "AB", (7,), Priority.HIGH), Refused(SECOND, "AB", "there is no alarm 7")),
        (ResumeAudio(SECOND, "AB"), Refused(SECOND, "AB", "the audio is not paused")),
        (TrySound(SECOND, "AB"), SoundTried(SECOND, "AB", None)),
        (
            SwitchRule(SECOND, "AB", "HR-1", False, " "),
            Refused(SECOND, "AB", "HR-1: say why it is switched off"),
        ),
        (SwitchRule(SECOND, "AB", "HR-1", False, "anxious"), RuleSwitched(SECOND, "AB", "HR-1", False, "anxious")),
        (
            SetLimit(SECOND, "AB", "HR-1", Signal.HR, 112),
            LimitSet(SECOND, "AB", "HR-1", Signal.HR, 112, 110),
        ),
        (
            SetLimit(SECOND, "AB", "O2-1", Signal.SPO2, 100),
            LimitSet(SECOND, "AB", "O2-1", Signal.SPO2, 100, 94),
        ),
        (
            SetLimit(SECOND, "AB", "PRE-1", Signal.NIBP_SYS, 130),
            Refused(SECOND, "AB", "PRE-1 has no limit of SBP that could be changed"),
        ),
        (StopCuff(SECOND, "AB"), Refused(SECOND, "AB", "no cuff here takes orders: measure at the device")),
        (
            SetCuffInterval(SECOND, "AB", 300),
            Refused(SECOND, "AB", "no cuff here takes orders: measure at the device"),
        ),
        (
            SetBaseline(SECOND, "AB", spo2=101),
            Refused(SECOND, "AB", "not a baseline: SpO2 101 is outside 1-100 %"),
        ),
        (
            ReportSymptom(SECOND, "AB", "hiccup"),
            Refused(SECOND, "AB", f"no symptom 'hiccup': {SYMPTOMS}"),
        ),
        (EndSymptom(SECOND, "AB", "seizure"), Refused(SECOND, "AB", "seizure is not reported")),
        (
            SetPhase(SECOND, "AB", Phase.INFUSION, "again"),
            Refused(SECOND, "AB", "the session is in phase infusion already"),
        ),
        (
            SetPhase(SECOND, "AB", Phase.OBSERVATION, "tired"),
            PhaseChanged(SECOND, "AB", Phase.OBSERVATION, "tired"),
        ),
    ],
)
def test_an_answer_names_whom_it_answers(command: Command, event: Event) -> None:
    assert answer(Story(), command)[0] == event


def test_a_start_that_is_refused_and_a_baseline_name_who_wanted_it() -> None:
    story = Story(Phase.BASELINE)
    why = "starting needs a clinician's decision: no baseline of the blood pressure"
    assert answer(story, SetPhase(SECOND, "AB", Phase.INFUSION)) == (Refused(SECOND, "AB", why),)
    baseline, *_ = answer(story, SetPhase(SECOND, "AB", Phase.INFUSION, "urgent"))
    assert baseline == BaselineSet(SECOND, "AB", None, None, None, None)


def test_an_acknowledgement_of_what_is_acknowledged_is_refused_to_who_asked() -> None:
    story = Story()
    story.spo2(0, 79)
    (first,) = answer(story, Acknowledge(SECOND, "AB", (1,), Priority.HIGH))
    assert isinstance(first, Acknowledged)
    again = answer(story, Acknowledge(2 * SECOND, "CD", (1,), Priority.HIGH))
    assert again == (Refused(2 * SECOND, "CD", "alarm 1 is acknowledged"),)


def test_one_that_has_escalated_meanwhile_is_left_and_the_others_are_acknowledged() -> None:
    """O2-2 went high at 60, after the touch was meant; T-1 for the heart rate is medium since then."""
    story = Story()
    story.spo2_each_second(0, 61, 89)
    by_rule = {o.rule: o.id for o in story.engine.occurrences}
    seen = Acknowledge(micros(61.5), "AB", (by_rule["O2-2"], by_rule["T-1"]), Priority.MEDIUM)
    refused, acknowledged = answer(story, seen)
    assert refused == Refused(micros(61.5), "AB", f"alarm {by_rule['O2-2']} is high by now: look again")
    assert isinstance(acknowledged, Acknowledged)
    assert acknowledged.occurrence.rule == "T-1"


def test_no_sound_is_tried_in_a_pause() -> None:
    story = Story()
    story.give(PauseAudio(SECOND, "AB"))
    assert answer(story, TrySound(2 * SECOND, "CD")) == (Refused(2 * SECOND, "CD", "the audio is paused"),)


def test_a_command_from_before_is_taken_now() -> None:
    story = Story()
    story.tick(10)
    assert answer(story, SetBaseline(5 * SECOND, "AB", sys=120)) == (
        BaselineSet(10 * SECOND, "AB", 120, None, None, None),
    )


def test_a_delay_that_fails_is_a_fault_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(watch: object, t: int) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(ConditionStage, "_persisted", fails)
    story = Story(signals={Signal.SPO2})
    story.spo2_each_second(0, 61, 89)
    assert list(story.engine.faults) == ["a delay"]


def test_a_symptom_that_is_there_is_not_reported_again() -> None:
    story = Story()
    story.give(ReportSymptom(SECOND, "AB", "seizure"))
    again = ReportSymptom(2 * SECOND, "CD", "seizure")
    assert answer(story, again) == (Refused(2 * SECOND, "CD", "seizure is reported already"),)


def test_a_cuff_answers_by_name() -> None:
    """Told to start; not connected; measuring already; too often; too seldom."""
    story = Story()
    story.give(DeviceConfiguration(0, "cuff", NIBP, SECOND, True))
    away = Refused(SECOND, "AB", "cuff is not connected: measure at the device")
    assert answer(story, StartCuff(SECOND, "AB")) == (away,)
    story.give(DeviceStatus(SECOND, "cuff", DeviceState.CONNECTED))
    ordered = CuffOrdered(SECOND, "AB", "cuff", CuffOrder.START)
    assert answer(story, StartCuff(SECOND, "AB")) == (ordered,)
    measuring = frozenset({Condition.MEASURING})
    story.give(DeviceStatus(SECOND, "cuff", DeviceState.CONNECTED, "", measuring))
    busy = Refused(SECOND, "AB", "the cuff is measuring already")
    assert answer(story, StartCuff(SECOND, "AB")) == (busy,)
    for seconds, why in (
        (59, "the arm needs 60 s between two measurements"),
        (901, "a reading is shown for 15 min: no longer interval than that"),
    ):
        assert answer(story, SetCuffInterval(SECOND, "AB", seconds)) == (Refused(SECOND, "AB", why),)


def test_a_rule_that_is_off_says_since_when_by_whom_and_why() -> None:
    story = Story()
    story.give(SwitchRule(3 * SECOND, "AB", "HR-1", False, "anxious"))
    assert story.engine.rules_off == (RuleOff("HR-1", "AB", 3 * SECOND, "anxious"),)


def test_a_number_that_is_none_is_rejected_with_the_reason() -> None:
    story = Story()
    story.hr(1, 301)
    assert story.events[-1] == Rejected(SECOND, Signal.HR, 301, "HR 301 is outside 1-300 bpm")


def test_pressures_that_cannot_be_are_rejected_with_the_reason_and_no_others() -> None:
    """DBP above SBP: no reading at all. MAP above SBP: one without a MAP."""
    story = Story()
    story.nibp(1, 80, 120)
    why = "SBP 80 is below DBP 120"
    assert story.events[-1] == Rejected(SECOND, "nibp", 80, why)
    assert (story.engine.nibp, story.engine.pressure.verify) == (None, "")
    assert story.engine.pressure.failed == NibpReading(SECOND, SOURCE, None, None, None, why)
    story.nibp(2, 120, 80, 130)
    assert story.events[-1] == Rejected(2 * SECOND, Signal.NIBP_MAP, 130, "MAP 130 is above SBP 120")
    assert story.engine.nibp == NibpReading(2 * SECOND, SOURCE, 120, 80)
    story.nibp(3, 120, 80, 93)
    assert story.engine.nibp == NibpReading(3 * SECOND, SOURCE, 120, 80, 93)


# What a screen asks


def test_the_held_value_is_the_signals_own_and_has_its_time() -> None:
    story = Story(signals={Signal.SPO2})
    story.spo2(2, 97)
    story.tick(3)
    assert story.engine.value(Signal.SPO2) == (97, 2 * SECOND)
    assert (story.engine.value(Signal.HR), story.engine.is_expected(Signal.HR)) == ((None, None), False)
    assert story.engine.is_expected(Signal.SPO2)


def test_a_source_that_never_said_what_it_sends_may_say_how_it_is() -> None:
    story = Story()
    assert story.engine.step(DeviceStatus(SECOND, "stranger", DeviceState.DISCONNECTED)) == ()


def test_only_a_pleth_can_be_a_flat_pleth() -> None:
    """A flat capnogram for 10 s under an SpO2 number."""
    story = Story()
    for t in range(11):
        story.spo2(t, 97)
        story.give(Waveform(t * SECOND, "monitor", Signal.ETCO2, 4, (0, 0, 0, 0)))
    assert story.lines("T-7") == []


def test_the_diagram_is_one() -> None:
    assert diagram().startswith("stateDiagram-v2\n    [*] --> raised\n")


# Profiles that are not ours


def test_a_rule_without_its_delay_alarms_at_the_sample() -> None:
    engine = Engine(changed("O2-1", {"persistence": 0}))
    engine.step(DeviceConfiguration(0, "monitor", frozenset({Signal.SPO2})))
    engine.step(SetPhase(0, "AB", Phase.INFUSION, "a story"))
    (raised,) = engine.step(Observation(SECOND, "monitor", Signal.SPO2, 93))
    assert isinstance(raised, Raised)
    assert (raised.t, raised.occurrence.message) == (SECOND, "SpO2 93 < 94")


def test_a_rule_with_its_own_hysteresis_ends_by_that() -> None:
    """HR-1 (> 110 for 60 s) with 5 bpm: 107 is not inside, 105 is."""
    rules = tuple(r.model_copy(update={"hysteresis": 5.0}) if r.id == "HR-1" else r for r in PROFILE.rule)
    story = Story()
    story.engine = Engine(PROFILE.model_copy(update={"rule": rules}))
    story.give(SetPhase(0, "AB", Phase.INFUSION, "a story"))
    story.hr_each_second(0, 61, 115)
    story.hr_each_second(62, 70, 107)
    story.hr_each_second(71, 77, 105)
    assert story.lines("HR-1") == ["60 raised HR-1 low", "76 ended HR-1 back inside limits"]


# Numbers and words


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("spo2 < 90", None),
        ("nibp_sys >= baseline + 40", 160),
        ("nibp_sys <= baseline - 30 %", 84),
        ("nibp_sys >= baseline + 0.5", 120.5),
        ("nibp_sys > baseline", 120),
    ],
)
def test_a_comparison_is_read_worked_out_and_written(text: str, limit: float | None) -> None:
    """The baseline is 120."""
    comparison = Comparison.parse(text)
    assert str(comparison) == text
    worked_out = comparison.against({Reference.BASELINE: {Signal.NIBP_SYS: 120}})
    assert worked_out == (comparison if limit is None else Comparison(Signal.NIBP_SYS, comparison.op, limit))


def test_an_unknown_signal_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="unknown signal 'sp02'; known: hr, pr, spo2, "):
        Comparison.parse("sp02 < 90")


def test_what_breaks_a_limit_is_never_inside_it() -> None:
    assert not Comparison.parse("nibp_sys >= 120").is_inside(120, 0)
    assert Comparison.parse("nibp_sys > 120").is_inside(120, 0)


def test_a_reading_is_only_doubted_against_what_is_known() -> None:
    before = {Signal.NIBP_SYS: 120.0, Signal.HR: 70.0}
    reading = NibpReading(0, "cuff", 170, 90)

    def doubted(then: dict[Signal, float], rate: float | None, reading: NibpReading = reading) -> str:
        return doubt(PROFILE.verify, reading, then, rate)

    assert doubted(before, 72) == "SBP changed from 120 to 170 with the rate unchanged"
    assert doubted(before, None) == doubted({Signal.HR: 70}, 72) == doubted({Signal.NIBP_SYS: 120}, 72) == ""
    assert doubted({}, 72, NibpReading(0, "cuff", None, 90, 100)) == ""


def test_a_tick_alone_says_nothing() -> None:
    assert Story().engine.step(Tick(SECOND)) == ()
