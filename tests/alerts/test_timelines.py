"""Every timeline gives what was worked out for it by hand from rules.md, and nothing that can happen is left out."""

import ast
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

import alerts.engine
from alerts.conditions import pressures
from alerts.lifecycle import TRANSITIONS, Trigger
from alerts.model import (
    Acknowledged,
    Ended,
    Escalated,
    OccurrenceEvent,
    OccurrenceState,
    Priority,
    Raised,
    Refused,
)
from alerts.profiles import DEFAULT, overlays, shipped
from alerts.rules import Rule
from ingest.model import NibpReading, Observation
from tests.alerts.timeline import Timeline, matches, play, profile, timelines


@pytest.mark.parametrize("timeline", timelines(), ids=lambda timeline: timeline.name)
def test_what_follows_is_what_was_worked_out(timeline: Timeline) -> None:
    played = play(timeline)
    lines = played.lines(timeline.rules, timeline.table.get("events", ()))
    pairs = zip_longest(timeline.expected, lines, fillvalue="")
    assert all(matches(expected, line) for expected, line in pairs), "\n".join(["came out:", *lines])
    assert not played.engine.faults  # a rule that fails stops no other (H07): here nobody else would notice
    messages = timeline.table.get("messages", {})
    assert {rule: played.message(rule) for rule in messages} == messages


@pytest.mark.parametrize("timeline", timelines(), ids=lambda timeline: timeline.name)
def test_an_occurrence_is_raised_once_under_a_new_id_and_ends_at_most_once(timeline: Timeline) -> None:
    lives: dict[int, list[OccurrenceEvent]] = {}
    for event in play(timeline).events:
        if isinstance(event, OccurrenceEvent):
            lives.setdefault(event.occurrence.id, []).append(event)
    for life in lives.values():
        assert [isinstance(event, Raised) for event in life] == [True] + [False] * (len(life) - 1)
        assert sum(isinstance(event, Ended) for event in life) <= 1
        assert [e.occurrence.priority for e in life] == sorted(e.occurrence.priority for e in life)


# Nothing is left out: computed from the profiles, the table of states and the words of every refusal


def stages(rule: Rule) -> Iterator[tuple[Rule, Priority]]:
    """What a rule can do: each of its stages (a gate raises nothing: it is refused)."""
    yield from ((rule, stage.priority) for stage in rule.stage)
    if not rule.stage:  # T-6 takes the lost occurrence's priority
        yield from ((rule, priority) for priority in (Priority.MEDIUM, Priority.HIGH))


def reached(timeline: Timeline) -> Iterator[tuple[Rule, Priority]]:
    """The stages that a timeline reaches, of the rules it looks at."""
    rules = {rule.id: rule for rule in profile(timeline.spec).rule if rule.id in timeline.rules or not timeline.rules}
    for event in play(timeline).events:
        if isinstance(event, Raised | Escalated) and event.occurrence.rule in rules:
            yield rules[event.occurrence.rule], event.occurrence.priority
        elif isinstance(event, Refused):
            yield from ((r, s.priority) for r in rules.values() for s in r.stage if f"{r.id}: " in event.reason)


@pytest.mark.parametrize("spec", [*shipped(), *(f"{DEFAULT}+{overlay}" for overlay in overlays())])
def test_every_stage_of_every_rule_of_every_shipped_profile_is_reached(spec: str) -> None:
    done = {told(stage) for timeline in timelines() for stage in reached(timeline)}
    rules = [rule for rule in profile(spec).rule if rule.kind != "fault"]  # no input brings that: test_isolation.py
    assert [told(stage) for rule in rules for stage in stages(rule) if told(stage) not in done] == []


def told(stage: tuple[Rule, Priority]) -> str:
    """A rule (it is the same one in another profile only if nothing in it differs) and a priority."""
    rule, priority = stage
    return f"{rule.id} {priority.word}: {rule.model_dump(exclude={'source'})}"


@pytest.mark.parametrize("spec", [DEFAULT, *(f"{DEFAULT}+{overlay}" for overlay in overlays())])
def test_every_limit_is_tried_at_just_under_and_just_over(spec: str) -> None:
    tried = {
        (rule, column, value)
        for timeline in timelines()
        if timeline.spec == spec
        for rule in timeline.rules
        for column, value in numbers(timeline)
    }
    at_limits = {
        (rule.id, str(c.signal), c.limit + by)
        for rule in profile(spec).rule
        if rule not in profile(DEFAULT).rule or spec == DEFAULT
        for c in rule.comparisons
        if c.base is None
        for by in (-1, 0, 1)
    }
    assert at_limits - tried == set()


def numbers(timeline: Timeline) -> Iterator[tuple[str, float]]:
    """All numbers that a timeline gives, by signal."""
    for given in timeline.inputs():
        match given:
            case Observation(signal=signal, value=value) if value is not None:
                yield str(signal), value
            case NibpReading():
                yield from ((str(signal), value) for signal, value in pressures(given).items() if value is not None)


def test_every_transition_happens() -> None:
    happened = {transition for timeline in timelines() for transition in transitions(timeline)}
    assert happened == set(TRANSITIONS)


def transitions(timeline: Timeline) -> Iterator[tuple[OccurrenceState, Trigger]]:
    """The transitions of all occurrences of a timeline."""
    states: dict[int, OccurrenceState] = {}
    for event in play(timeline).events:
        if not isinstance(event, OccurrenceEvent):
            continue
        o, before = event.occurrence, states.get(event.occurrence.id)
        states[o.id] = o.state
        match event:
            case Escalated() if before:
                yield before, Trigger.ESCALATE
            case Acknowledged() if before:
                yield before, Trigger.ACKNOWLEDGE
            case Ended() if before:
                is_latching = o.latches or o.priority is Priority.HIGH
                yield before, Trigger.END_LATCHING if is_latching else Trigger.END


def test_every_refusal_happens() -> None:
    refused = {e.reason for timeline in timelines() for e in play(timeline).events if isinstance(e, Refused)}
    for state in (OccurrenceState.ACKNOWLEDGED, OccurrenceState.ENDED):  # the absent keys that a person can ask for
        assert (state, Trigger.ACKNOWLEDGE) not in TRANSITIONS
        assert any(re.fullmatch(f"alarm \\d+ is {state}", reason) for reason in refused)
    words = set(refusals())
    assert len(words) > 15
    assert {text for text in words if not any(re.fullmatch(text, reason) for reason in refused)} == set()


def refusals() -> Iterator[str]:
    """Every text in the engine that says why something is refused, as a pattern."""
    for path in Path(alerts.engine.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in ("SettingError", "Refused", "_refuse", "refuse"):
                    yield from filter(None, map(pattern, node.args))


def pattern(text: ast.expr) -> str:
    """A string as a pattern, anything in place of what is filled in; "" when it is none."""
    match text:
        case ast.Constant(value=str(words)):
            return re.escape(words)
        case ast.JoinedStr(values=parts):
            return "".join(pattern(part) or ".*" for part in parts)
    return ""
