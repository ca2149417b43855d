"""Many recordings through the rules, as they are and as they would be: what `check` counts for a clinic."""

import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from alerts.changes import changed
from alerts.engine import Engine
from alerts.model import Event, Phase, SetBaseline
from alerts.rules import ProfileError
from alerts.tally import Tally, tally
from alerts.wording import condition
from dashboard.recordings import Recording, absences, open_recording, recordings_in, rejected
from ingest.recorder import RecordError
from ingest.sources import SourceError

ALONE_S = 2
"""Seconds of work after which the other cores are called: a process needs one to start."""


@dataclass(frozen=True, slots=True)
class Order:
    """One recording to judge, and how; `settings` are the changes of a what-if."""

    target: str
    data: str | None = None
    profile: str | None = None
    phase: Phase = Phase.INFUSION
    baseline: SetBaseline | None = None
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one recording holds: a tally by its rules and, with settings, one by the changed rules.

    `conditions` says what each rule watches for, `notes` what people should know, `rejected` how many rows and
    values were not used. `problem`: why it could not be judged at all; then the rest is empty.
    """

    name: str
    profile: str = ""
    tallies: tuple[Tally, ...] = ()
    changes: tuple[str, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rejected: int = 0
    problem: str | None = None


def targets(given: Sequence[str], data: str | None) -> list[tuple[str, str | None]]:
    """Files and sessions by name, folders by what is in them; each once, with its data directory."""
    found: list[tuple[str, str | None]] = []
    for target in given:
        found += recordings_in(target) if Path(target).is_dir() else [(target, data)]
    return list(dict.fromkeys(found))


def told_apart(findings: Sequence[Finding], orders: Sequence[Order]) -> list[Finding]:
    """Recordings of one name by their whole path."""
    names = Counter(finding.name for finding in findings)
    return [
        finding if names[finding.name] == 1 else replace(finding, name=order.target)
        for finding, order in zip(findings, orders, strict=True)
    ]


def survey(orders: Sequence[Order]) -> Iterator[Finding]:
    """Judge one after the other, in their order; when that takes long, the rest on all cores."""
    begun = monotonic()
    for at, order in enumerate(orders):
        if monotonic() - begun > ALONE_S and at + 1 < len(orders) and (os.cpu_count() or 1) > 1:
            yield from together(orders[at:])
            return
        yield measure(order)


def together(orders: Sequence[Order]) -> Iterator[Finding]:
    """Judge each in a process of its own, as many at once as there are cores. Ctrl-C is for this process alone."""
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    ) as pool:
        try:
            yield from pool.map(measure, orders)
        finally:
            pool.shutdown(cancel_futures=True)


def measure(order: Order) -> Finding:
    """Judge one recording; what cannot be used is said in the finding."""
    try:
        return _measure(order)
    except (SourceError, ProfileError, RecordError, OSError) as error:
        return Finding(order.target, problem=str(error))


def _measure(order: Order) -> Finding:
    recording = open_recording(order.target, order.data, order.profile, order.phase, order.baseline)
    profiles = [recording.profile]
    changes: tuple[str, ...] = ()
    if order.settings:
        profile, changes = changed(recording.profile, order.settings)
        profiles.append(profile)
    engines = [Engine(profile) for profile in profiles]
    events: list[list[Event]] = [[] for _ in engines]
    for input_ in recording.inputs:
        for engine, said in zip(engines, events, strict=True):
            said += engine.step(input_)
    return Finding(
        _name(recording),
        recording.profile.name,
        tuple(tally(said, engine.now) for said, engine in zip(events, engines, strict=True)),
        changes,
        {rule.id: condition(rule) + " (silent)" * rule.silent for rule in recording.profile.rule},
        (*recording.notes(), *absences(engines[0], events[0])),
        rejected(recording, engines[0]),
    )


def _name(recording: Recording) -> str:
    session = recording.session
    return recording.name if session is None else f"{session.id}, {session.started.astimezone():%Y-%m-%d %H:%M}"
