"""rules.md section 2: the same log gives the same events with ticks, without, and shifted by any time."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.model import (
    Acknowledge,
    AudioPaused,
    End,
    Event,
    Input,
    OccurrenceEvent,
    PauseAudio,
    Phase,
    ResumeAudio,
    SetCuffInterval,
    SetPhase,
    StartCuff,
    StopCuff,
)
from alerts.profiles import load_profile
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
)
from ingest.sources import RECORD

PROFILE = load_profile("iv-ketamine")
SIGNALS = frozenset({Signal.HR, Signal.PR, Signal.SPO2, *NIBP})
INTERVALS = st.sampled_from([SECOND, 60 * SECOND])
STEPS = st.one_of(
    st.sampled_from([0, 1, SECOND, SECOND, SECOND, 4 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 61 * SECOND]),
    st.integers(0, 130 * SECOND),
)
SPO2 = st.sampled_from([None, 0, 6, 79, 82, 84, 85, 88, 89, 90, 91, 93, 94, 97])
RATE = st.sampled_from([None, 0, 38, 40, 49, 50, 52, 80, 108, 111, 118, 121, 129, 131, 140, 400])


def inputs() -> st.SearchStrategy[Input]:
    return st.one_of(
        SPO2.map(lambda v: Observation(0, "a", Signal.SPO2, v)),
        SPO2.map(lambda v: Observation(0, "a", Signal.SPO2, v)),
        RATE.map(lambda v: Observation(0, "a", Signal.HR, v)),
        RATE.map(lambda v: Observation(0, "b", Signal.PR, v)),
        st.builds(NibpReading, st.just(0), st.just("b"), st.sampled_from([None, 75, 120, 162, 185, 205]), st.just(70)),
        st.builds(DeviceStatus, st.just(0), st.sampled_from(["a", "b", RECORD]), st.sampled_from(list(DeviceState))),
        st.builds(Acknowledge, st.just(0), st.just("AB"), st.tuples(st.integers(1, 6))),
        st.sampled_from([PauseAudio(0, "AB"), ResumeAudio(0, "AB"), StartCuff(0, "AB"), StopCuff(0, "AB")]),
        st.sampled_from([None, 60, 150, 600]).map(lambda seconds: SetCuffInterval(0, "AB", seconds)),
        st.sampled_from([frozenset(), frozenset({Condition.MEASURING})]).map(
            lambda conditions: DeviceStatus(0, "b", DeviceState.CONNECTED, "", conditions)
        ),
        st.sampled_from(list(Phase)).map(lambda p: SetPhase(0, "AB", p)),
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Input]:
    log: list[Input] = [
        DeviceConfiguration(0, "a", SIGNALS - {Signal.PR}),
        DeviceConfiguration(0, "b", frozenset({Signal.PR, *NIBP}), draw(INTERVALS), draw(st.booleans())),
        SetPhase(0, "AB", Phase.INFUSION, "a test"),
    ]
    t = 0
    for step, input_ in draw(st.lists(st.tuples(STEPS, inputs()), max_size=60)):
        t += step
        log.append(replace(input_, t=t))
    return [*log, End(t + draw(STEPS))]


def play(log: list[Input]) -> list[Event]:
    engine = Engine(PROFILE)
    return [event for input_ in log for event in engine.step(input_)]


def shifted(event: Event, by: int) -> Event:
    """The event as it would be `by` microseconds earlier."""
    if isinstance(event, OccurrenceEvent):
        o = event.occurrence
        earlier = replace(o, since=o.since - by, ended=None if o.ended is None else o.ended - by)
        return replace(event, t=event.t - by, occurrence=earlier)
    if isinstance(event, AudioPaused):
        return replace(event, t=event.t - by, until=event.until - by)
    return replace(event, t=event.t - by)


@settings(max_examples=150, deadline=None)
@given(logs(), st.data())
def test_ticks_change_nothing(log: list[Input], data: st.DataObject) -> None:
    end = log[-1].t
    ticks = data.draw(st.lists(st.integers(0, end), max_size=40))
    exact = [e.t for e in play(log)]  # ticks at the very deadlines are the hard ones
    ticks += [t for t in exact if t <= end]
    with_ticks = sorted([*log[:-1], *(Tick(t) for t in ticks)], key=lambda i: i.t)
    assert play([*with_ticks, log[-1]]) == play(log)


@settings(max_examples=100, deadline=None)
@given(logs(), st.integers(0, 10_000))
def test_a_log_shifted_by_hours_gives_the_same_events(log: list[Input], hours: int) -> None:
    by = hours * 3600 * SECOND
    moved = play([replace(i, t=i.t + by) for i in log])
    assert [shifted(e, by) for e in moved] == play(log)


@settings(max_examples=100, deadline=None)
@given(logs())
def test_every_occurrence_is_raised_once_ends_once_and_never_falls(log: list[Input]) -> None:
    lives: dict[int, list[OccurrenceEvent]] = {}
    for event in play(log):
        if isinstance(event, OccurrenceEvent):
            lives.setdefault(event.occurrence.id, []).append(event)
    for life in lives.values():
        names = [type(e).__name__ for e in life]
        priorities = [e.occurrence.priority for e in life]
        assert names[0] == "Raised"
        assert names.count("Raised") == names.count("Ended") == 1
        assert priorities == sorted(priorities)
        assert [e.t for e in life] == sorted(e.t for e in life)


@st.composite
def instants(draw: st.DrawFn) -> list[list[Input]]:
    """What arrives at one instant each: at most one sample a signal, in any order."""
    log: list[list[Input]] = []
    t = 0
    for step, values in draw(st.lists(st.tuples(STEPS, st.tuples(SPO2, RATE, RATE)), max_size=40)):
        t += step
        spo2, hr, pr = values
        samples = (("a", Signal.SPO2, spo2), ("a", Signal.HR, hr), ("b", Signal.PR, pr))
        log.append([Observation(t, *sample) for sample in samples])
    return log


@settings(max_examples=100, deadline=None)
@given(instants(), st.randoms(use_true_random=False))
def test_the_order_of_what_arrives_at_one_instant_makes_no_difference(log: list[list[Input]], dice: Random) -> None:
    begin: list[Input] = [
        DeviceConfiguration(0, "a", SIGNALS - {Signal.PR}),
        DeviceConfiguration(0, "b", frozenset({Signal.PR})),
        SetPhase(0, "AB", Phase.INFUSION, "a test"),
    ]
    end = End(log[-1][0].t + SECOND if log else 0)
    shuffled = [dice.sample(inputs, len(inputs)) for inputs in log]
    lives = [
        sorted(
            (e.t, type(e).__name__, e.occurrence.rule, e.occurrence.priority, e.occurrence.reason or "")
            for e in play([*begin, *(i for inputs in order for i in inputs), end])
            if isinstance(e, OccurrenceEvent)
        )
        for order in (log, shuffled)
    ]
    assert lives[0] == lives[1]
