"""No suppression hides a missing signal (H03): all of {armed, paused, acknowledged, off} x {data, no data, stale}.

No data: the device speaks and has no reading. Stale: nothing comes at all. At 61 s the signal has been gone for 60 s:
T-1 is medium (rules.md 3), whatever anybody silenced, the number is "--", and every screen says why.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from types import MappingProxyType

import pytest

from alerts.model import (
    Acknowledge,
    Command,
    Occurrence,
    OccurrenceState,
    PauseAudio,
    Priority,
    SetSameLimb,
    SwitchRule,
)
from alerts.signals import announced, sound
from alerts.snapshot import Sample, Snapshot
from dashboard.feed import Session
from dashboard.view import live, render
from ingest.model import NIBP, SECOND, Condition, DeviceConfiguration, DeviceState, DeviceStatus, Signal, micros
from ingest.sources import Mode
from tests.alerts.story import Story

GONE = 20
"""The last valid sample, seconds."""
LOOK = GONE + 61
SESSION = Session("Bed 1", Mode.LIVE, Story().engine.profile, datetime(2026, 3, 1, 13, tzinfo=UTC))


def acknowledge(story: Story, t: float) -> None:
    """Everything that is there, as a person who touches every button does."""
    if present := tuple(o.id for o in story.engine.occurrences if o.state is not OccurrenceState.ACKNOWLEDGED):
        story.give(Acknowledge(micros(t), "AB", present))


def pause(story: Story, t: float) -> None:
    """The longest pause there is, begun anew whenever it is asked for."""
    story.give(PauseAudio(micros(t), "AB"))


def switch_off(story: Story, t: float) -> None:
    """Every rule that can be switched off, and every one that cannot: that is refused."""
    for rule in story.engine.profile.rule:
        story.give(SwitchRule(micros(t), "AB", rule.id, False, "a test"))


def inflate(story: Story, t: float) -> None:
    """A cuff on the probe's limb that never says it has ended."""
    story.give(SetSameLimb(micros(t), "AB", True))
    story.give(DeviceStatus(micros(t), "cuff", DeviceState.CONNECTED, "", frozenset({Condition.MEASURING})))


SUPPRESSIONS = (acknowledge, pause, switch_off)
COMBINATIONS = [c for n in range(len(SUPPRESSIONS) + 1) for c in combinations(SUPPRESSIONS, n)]
LATE = {Signal.SPO2: "spo2", Signal.HR: "hr"}
NORMAL = {Signal.SPO2: 97, Signal.HR: 80}
Suppress = Callable[[Story, float], None]


def story_of(data: str, suppress: tuple[Suppress, ...], signal: Signal, when: tuple[int, ...]) -> Story:
    """Valid until GONE, then as `data` says; the suppressions at each of `when`, and the state at LOOK."""
    story = Story(signals={Signal.HR, Signal.SPO2})
    for t in range(LOOK + 1):
        for one in LATE if data != "stale" or t <= GONE else ():
            is_there = one is not signal or data == "data" or t <= GONE
            story.value(t, one, NORMAL[one] if is_there else None)
        for command in suppress if t in when else ():
            command(story, t + 0.5)
    story.tick(LOOK + 0.9)
    return story


def shot(story: Story) -> Snapshot:
    """What a screen gets."""
    engine = story.engine
    return Snapshot(
        t=engine.now,
        phase=engine.phase,
        samples=MappingProxyType({s: Sample(*engine.value(s)) for s in LATE if engine.is_expected(s)}),
        rate=engine.rate,
        profile=engine.profile,
        rules_off=engine.rules_off,
        occurrences=engine.occurrences,
        paused_until=engine.board.paused_until,
    )


def missing(story: Story, signal: Signal) -> list[Occurrence]:
    """What says that the signal is gone."""
    return [o for o in story.engine.occurrences if (o.rule, o.signal) == ("T-1", signal) and o.is_active]


def rows(seen: dict[str, str]) -> list[str]:
    """The list of alarms on the screen."""
    return [seen[f"alarm-{row}-text"] for row in range(5)]


@pytest.mark.parametrize("signal", LATE)
@pytest.mark.parametrize("suppress", COMBINATIONS, ids=lambda c: "+".join(f.__name__ for f in c) or "armed")
@pytest.mark.parametrize("when", [(5,), (GONE + 15,), (GONE + 35,), (GONE + 15, GONE + 35)], ids=str)
@pytest.mark.parametrize("data", ["data", "no data", "stale"])
def test_nothing_hides_a_missing_signal(
    data: str, suppress: tuple[Suppress, ...], signal: Signal, when: tuple[int, ...]
) -> None:
    story = story_of(data, suppress, signal, when)
    snapshot = shot(story)
    seen, numbers = render(snapshot, SESSION, snapshot.t), live(snapshot, SESSION.profile, snapshot.t)
    if data == "data":
        assert missing(story, signal) == []
        assert numbers[LATE[signal]][0] != "--"
        return
    (gone,) = missing(story, signal)
    assert gone.priority is Priority.MEDIUM
    assert gone in announced(snapshot.occurrences)
    assert numbers[LATE[signal]] == ("--", None)
    assert "no reading" in seen["strip-message"]
    assert seen["strip@priority"] == "medium"
    assert f"{'SpO₂' if signal is Signal.SPO2 else 'HR'}: no reading for 60 s" in rows(seen)
    # It escalated after the last suppression: an acknowledgement is cancelled. Only a pause is silent, and for 120 s.
    assert gone.state is OccurrenceState.RAISED
    assert sound(snapshot.occurrences, snapshot.paused_until is not None) == (
        None if pause in suppress else Priority.MEDIUM
    )


def test_the_longest_silence_is_an_acknowledged_alarm_that_stands_in_the_strip() -> None:
    """Acknowledged when it can rise no further, it is silent, and the screen says by whom as long as it lasts."""
    story = story_of("no data", (), Signal.SPO2, ())
    acknowledge(story, LOOK + 1)
    story.hr_each_second(LOOK + 2, LOOK + 600, 80)
    snapshot = shot(story)
    (gone,) = missing(story, Signal.SPO2)
    assert gone.acknowledged_by == "AB"
    assert gone in announced(snapshot.occurrences)
    assert live(snapshot, SESSION.profile, snapshot.t)["spo2"][0] == "--"
    seen = render(snapshot, SESSION, snapshot.t)
    assert "SpO₂: no reading for 60 s" in rows(seen)


def test_a_cuff_that_never_ends_holds_it_back_60_seconds_and_no_more() -> None:
    """Inflating from 25.5 on, its end never said: over at 85.5, when the signal has been gone for more than 60 s."""
    story = Story(signals={Signal.HR, Signal.SPO2})
    story.give(DeviceConfiguration(0, "cuff", NIBP, SECOND, True))
    story.spo2_each_second(0, GONE, 97)
    inflate(story, 25.5)
    story.hr_each_second(26, 90, 80)
    assert story.lines("T-1")[-1] == "85.5 raised T-1 medium"


@pytest.mark.parametrize(
    "rule", ["T-1", "T-2", "T-4", "T-5", "T-6", "T-7", "T-8", "T-9", "T-10", "SYM", "O2-2", "BP-4"]
)
def test_no_rule_that_people_must_hear_of_can_be_switched_off(rule: str) -> None:
    story = Story()
    command: Command = SwitchRule(micros(1), "AB", rule, False, "a test")
    story.give(command)
    assert story.engine.rules_off == ()
