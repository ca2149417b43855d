"""A session cut off anywhere goes on from its record as if it had only stood still (R6, H08, H09, H10)."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.engine import Engine
from alerts.journal import command_entry, event_entry
from alerts.model import (
    Acknowledge,
    Command,
    CuffIntervalSet,
    CuffOrder,
    CuffOrdered,
    EndSymptom,
    Event,
    Input,
    Interruption,
    LimitSet,
    OccurrenceState,
    PauseAudio,
    Phase,
    Raised,
    ReportSymptom,
    ResumeAudio,
    SetBaseline,
    SetCuffInterval,
    SetLimit,
    SetPhase,
    SetSameLimb,
    StartCuff,
    SwitchRule,
    TrySound,
)
from alerts.past import Past, restored
from alerts.profiles import load_profile
from alerts.shot import shot
from alerts.station import Station
from dashboard.recordings import past
from ingest.model import (
    NIBP,
    SECOND,
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    RawBytes,
    Reading,
    Signal,
    Tick,
    Waveform,
)
from ingest.recorder import Entry, SessionFacts
from ingest.recorder.record import Record, open_record
from ingest.recorder.rows import entry_row, reading_rows
from ingest.recorder.store import Store
from ingest.sources import RECORD, Mode
from ingest.sources.pacing import SessionClock

PROFILE = load_profile("iv-ketamine")
FACTS = SessionFacts(
    bed="Bed 1",
    mode=Mode.LIVE,
    started=datetime(2026, 3, 1, tzinfo=UTC),
    profile=PROFILE.name,
    profile_toml=PROFILE.text,
    sources=("csv:bed.csv?follow=1",),
    version="0",
)

Offered = tuple[int, Input | Event]
"""A number and what has it: the station numbers inputs and events in one row."""

# Any session

STEPS = st.sampled_from([0, 1, SECOND, SECOND, 4 * SECOND, 10 * SECOND, 16 * SECOND, 61 * SECOND, 130 * SECOND])
ORDERS: Sequence[Command] = (
    PauseAudio(0, "AB"),
    ResumeAudio(0, "AB"),
    StartCuff(0, "AB"),
    SetCuffInterval(0, "AB", 150),
    SetCuffInterval(0, "AB", None),
    SetLimit(0, "AB", "HR-1", Signal.HR, 104.5),
    SetLimit(0, "AB", "HR-1", Signal.HR, None),
    SetLimit(0, "AB", "O2-1", Signal.SPO2, 92),
    SetLimit(0, "AB", "HR-3", Signal.HR, 150),  # refused
    SwitchRule(0, "AB", "HR-1", False, "always fast"),
    SwitchRule(0, "AB", "HR-1", True, "slower"),
    SwitchRule(0, "AB", "O2-1", False, "cold fingers"),
    SetBaseline(0, "AB", 118, 72, 66, 98),
    SetBaseline(0, "AB"),
    SetSameLimb(0, "AB", True),
    SetSameLimb(0, "AB", False),
    ReportSymptom(0, "AB", "chest pain"),
    EndSymptom(0, "AB", "chest pain"),
    TrySound(0, "AB"),
    TrySound(0, "AB", False),
    Interruption(0, "station", -5 * SECOND),
)


def things() -> st.SearchStrategy[Input]:
    """What may happen next, at a time that is still to be given."""
    numbers = st.sampled_from([None, 6, 79, 84, 88, 89, 91, 94, 97])
    rates = st.sampled_from([None, 38, 49, 80, 108, 111, 121, 131, 400])
    return st.one_of(
        numbers.map(lambda v: Observation(0, "a", Signal.SPO2, v)),
        numbers.map(lambda v: Observation(0, "a", Signal.SPO2, v)),
        rates.map(lambda v: Observation(0, "a", Signal.HR, v)),
        rates.map(lambda v: Observation(0, "b", Signal.PR, v)),
        st.builds(NibpReading, st.just(0), st.just("b"), st.sampled_from([None, 75, 120, 162, 185, 205]), st.just(70)),
        st.builds(DeviceStatus, st.just(0), st.sampled_from(["a", "b", RECORD]), st.sampled_from(list(DeviceState))),
        st.just(DeviceStatus(0, "b", DeviceState.CONNECTED, "", frozenset({Condition.MEASURING}))),
        st.just(Waveform(0, "a", Signal.PLETH, 50, (1, 1, 1))),
        st.just(RawBytes(0, "a", b"\x81")),
        st.just(Tick(0)),
        st.builds(Acknowledge, st.just(0), st.just("AB"), st.tuples(st.integers(1, 6))),
        st.sampled_from(list(Phase)).map(lambda phase: SetPhase(0, "AB", phase, "a test")),
        st.sampled_from(ORDERS),
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Input]:
    log: list[Input] = [
        DeviceConfiguration(0, "a", frozenset({Signal.HR, Signal.SPO2, *NIBP})),
        DeviceConfiguration(0, "b", frozenset({Signal.PR, *NIBP}), SECOND, draw(st.booleans())),
        SetPhase(0, "AB", draw(st.sampled_from([Phase.BASELINE, Phase.INFUSION])), "a test"),
    ]
    t = 0
    for step, thing in draw(st.lists(st.tuples(STEPS, things()), max_size=50)):
        t += step
        log.append(replace(thing, t=t))
    return log


# Its record


class Shelf:
    """A record on disk, a session for each example."""

    def __init__(self, directory: Path) -> None:
        self.store = Store(directory)
        self.record: Record = open_record(directory)

    def kept(self, offered: Sequence[Offered]) -> Past:
        """What a start that comes after these were written, and no more, reads of the session."""
        session = self.store.begin(FACTS)
        rows = [row for seq, thing in offered for row in self._rows(seq, thing)]
        self.store.write(session.id, rows)
        self.store.close_interrupted()
        session, seq = self.store.resume(session.id)
        assert seq == (offered[-1][0] if offered else 0)
        return past(self.record, session, seq)

    @staticmethod
    def _rows(seq: int, thing: Input | Event) -> list[tuple[object, dict[str, object]]]:
        match thing:
            case _ if isinstance(thing, Reading):
                return list(reading_rows(seq, thing))
            case _ if isinstance(thing, Command):
                return [entry_row(command_entry(seq, thing))]
            case _:
                return [entry_row(event_entry(seq, thing))]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with tempfile.TemporaryDirectory() as directory:
        shelf = Shelf(Path(directory) / "data")
        yield shelf
        shelf.store.close()


def numbered(engine: Engine, log: Sequence[Input]) -> list[Offered]:
    """The log and what follows from it as the station offers them to the record: everything but ticks has a number."""
    things = [t for input_ in log for t in (input_, *engine.step(input_)) if not isinstance(t, Tick)]
    return list(zip(count(1), things, strict=False))


def is_event(thing: Input | Event) -> bool:
    return not isinstance(thing, Reading | Command)


@settings(max_examples=200, deadline=None)
@given(log=logs(), data=st.data(), gap=st.sampled_from([1, SECOND, 8 * SECOND, 200 * SECOND]))
def test_a_log_cut_anywhere_is_taken_up_as_it_was_and_goes_on_as_it_would_have(
    shelf: Shelf, log: list[Input], data: st.DataObject, gap: int
) -> None:
    offered = numbered(Engine(PROFILE), log)
    cut = data.draw(st.integers(1, len(offered)), label="cut")
    before = [thing for _, thing in offered[:cut]]
    after = [thing for _, thing in offered[cut:] if not is_event(thing)]
    t = max([thing.t for thing in before], default=0)  # waves and bytes may be older than what stands before them
    interruption = Interruption(t + gap, "station", t)
    rest: list[Input] = [interruption, *(replace(thing, t=thing.t + gap) for thing in after)]  # type: ignore[type-var]

    engine = Engine(PROFILE)
    station = Station(engine, SessionClock())
    station.restore(shelf.kept(offered[:cut]))
    owed = station.owed

    other = Engine(PROFILE)  # the same without a crash: it stood still for as long
    events = [e for thing in before if not is_event(thing) for e in other.step(thing)]  # type: ignore[arg-type]
    events += other.step(Tick(t + 1))
    assert shot(engine) == shot(other)
    assert [thing for thing in before if is_event(thing)] + list(owed) == events

    assert [engine.step(thing) for thing in rest[:1]] == [other.step(thing) for thing in rest[:1]]
    assert shot(engine) == shot(other)
    assert engine.board.paused_until is None
    assert [engine.step(thing) for thing in rest[1:]] == [other.step(thing) for thing in rest[1:]]
    assert shot(engine) == shot(other)
