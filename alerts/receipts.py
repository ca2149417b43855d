"""Why there was an alarm: what was measured, the limit, the phase, how long it lasted, and by whose numbers.

A receipt is worked out from the events and the history of a session, of a live one as of a recorded one. `receipt`
makes both from the inputs: a replay gives the same events.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from alerts.engine import Engine
from alerts.history import Historian, History, Series
from alerts.model import End, Event, Input, Occurrence, OccurrenceEvent, Phase, PhaseChanged, Raised
from alerts.rules import Profile, Rule, Stage
from alerts.wording import limit
from ingest.model import CONTINUOUS, SIGNALS, NibpReading, Observation, Signal, micros

LAST = 120
"""Samples a receipt shows at most."""
LAST_READINGS = 4
PATTERN_S = 60
"""Seconds shown before an alarm that a pattern raised (%-seconds, dips): it began before its last violation did."""

Sample = tuple[int, float]
"""Time in microseconds and value in the signal's unit."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What led to one occurrence.

    `steps` are its events so far, the first a Raised. `onset` is when its condition began, microseconds. `samples` are
    the valid ones of its signal from there to the raise (of a pattern, a minute of them; of a technical alarm, the last
    before it), `left_out` how many earlier ones are not here; `readings` are the last cuff readings instead. `limit` is
    the violated limit in words, None of an alarm without one. `persistence` (seconds) is that of the stage that raised
    it; `profile` and `sha256` name the rules.
    """

    steps: tuple[OccurrenceEvent, ...]
    rule: Rule
    phase: Phase
    limit: str | None
    persistence: float
    onset: int
    samples: tuple[Sample, ...]
    left_out: int
    readings: tuple[NibpReading, ...]
    profile: str
    sha256: str

    @property
    def raised(self) -> Occurrence:
        """The occurrence as it was when it was raised."""
        return self.steps[0].occurrence


def receipt(inputs: Iterable[Input], profile: Profile, occurrence_id: int) -> Receipt:
    """The receipt of an occurrence of a whole session; LookupError says in one line which there are."""
    engine = Engine(profile)
    historian = Historian(tuple(sorted(CONTINUOUS)))
    events: list[Event] = []
    for input_ in inputs:
        events += engine.step(input_)
        match input_:
            case Observation(signal=signal) if signal in CONTINUOUS:
                value, last = engine.value(signal)
                if last == engine.now and value is not None:
                    historian.add(last, signal, value)
            case NibpReading(t=t) if engine.nibp is not None and engine.nibp.t == t:
                historian.add_nibp(engine.nibp)
            case End():
                break
    return receipt_from(events, historian.copy(), profile, occurrence_id)


def receipt_from(events: Iterable[Event], history: History, profile: Profile, occurrence_id: int) -> Receipt:
    """The same of a session that goes on, from its events so far: those of the occurrence and the changes of phase."""
    phase, raised = Phase.SETUP, 0
    steps: list[OccurrenceEvent] = []
    for event in events:
        match event:
            case PhaseChanged(phase=new) if not steps:
                phase = new
            case Raised():
                raised = max(raised, event.occurrence.id)
        if isinstance(event, OccurrenceEvent) and event.occurrence.id == occurrence_id:
            steps.append(event)
    if not steps:
        raise LookupError(f"no alarm {occurrence_id}: there are {f'1 to {raised}' if raised else 'none'}")
    return _receipt(tuple(steps), phase, history, profile)


def _receipt(steps: tuple[OccurrenceEvent, ...], phase: Phase, history: History, profile: Profile) -> Receipt:
    first = steps[0].occurrence
    rule = next(rule for rule in (*profile.rule, *profile.off) if rule.id == first.rule)
    stage = next((s for s in rule.stage if s.priority is first.priority), None)
    series = history.series.get(Signal(first.signal)) if first.signal in CONTINUOUS else None
    onset, samples = _leading(first, stage, series)
    readings = [r for r in history.nibp if r.t <= first.since] if rule.kind in ("nibp", "product") else []
    return Receipt(
        steps,
        rule,
        phase,
        _limit(first, stage),
        stage.persistence if stage else 0,
        onset,
        tuple(samples[-LAST:]),
        max(0, len(samples) - LAST),
        tuple(readings[-LAST_READINGS:]),
        profile.name,
        profile.sha256,
    )


def _leading(first: Occurrence, stage: Stage | None, series: Series | None) -> tuple[int, list[Sample]]:
    """When the condition began, and the samples to show, up to the raise.

    A persistence that was waited for began so long before the raise whatever the samples were before: a signal may
    have been lost, or a phase may not have judged it.
    """
    if series is None:
        return first.since, []
    end = np.searchsorted(series[0], first.since, side="right")
    samples = list(zip(series[0][:end].tolist(), series[1][:end].tolist(), strict=True))
    if stage is None or not stage.when or first.limit is None or not samples:
        return (samples[-1][0] if samples else first.since), samples
    test, limit_ = stage.when[0].test, first.limit
    fine = next((at for at in range(len(samples), 0, -1) if not test(samples[at - 1][1], limit_)), 0)
    run = samples[fine][0] if fine < len(samples) else first.since
    earliest = first.since - micros(stage.persistence)
    if stage.persistence and run > earliest:
        return run, [sample for sample in samples if sample[0] >= first.since - micros(PATTERN_S)]
    onset = max(run, earliest) if stage.persistence else run
    held = bisect_right(samples, onset, key=itemgetter(0)) - 1  # where a phase began, the value of before
    return onset, samples[max(0, held) :]


def _limit(first: Occurrence, stage: Stage | None) -> str | None:
    """A number on its own as it was for this patient; one relative to a baseline as the profile has it."""
    if stage is None or not stage.when or first.limit is None:
        return None
    comparison = stage.when[0]
    if first.signal in CONTINUOUS:
        return f"{SIGNALS[Signal(first.signal)].title} {comparison.op} {first.limit:g}"
    return " or ".join(map(limit, stage.when))
