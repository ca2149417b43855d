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
from sqlalchemy import Table

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
from dashboard.resuming import past
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
from ingest.recorder.rows import Values, entry_row, reading_rows
from ingest.recorder.store import Store
from ingest.sources import RECORD, Mode

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
        session, seq = self.store.resume(session.id)
        assert seq == (offered[-1][0] if offered else 0)
        return past(self.record, session, seq)

    @staticmethod
    def _rows(seq: int, thing: Input | Event) -> list[tuple[Table, Values]]:
        if isinstance(thing, Reading):
            return reading_rows(seq, thing)
        entry = command_entry(seq, thing) if isinstance(thing, Command) else event_entry(seq, as_event(thing))
        return [entry_row(entry)]


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


def as_event(thing: Input | Event) -> Event:
    assert isinstance(thing, Event)
    return thing


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(log=logs(), data=st.data(), gap=st.sampled_from([1, SECOND, 8 * SECOND, 200 * SECOND]))
def test_a_log_cut_anywhere_is_taken_up_as_it_was_and_goes_on_as_it_would_have(
    shelf: Shelf, log: list[Input], data: st.DataObject, gap: int
) -> None:
    offered = numbered(Engine(PROFILE), log)
    cut = data.draw(st.integers(1, len(offered)), label="cut")
    before = [thing for _, thing in offered[:cut]]
    after = [thing for _, thing in offered[cut:] if not isinstance(thing, Event)]
    t = max(thing.t for thing in before)
    interruption = Interruption(t + gap, "station", t)
    rest: list[Input] = [interruption, *(replace(thing, t=thing.t + gap) for thing in after)]

    engine = Engine(PROFILE)
    station = Station(engine, At(0))
    kept = shelf.kept(offered[:cut])
    owed = station.restore(kept)

    other = Engine(PROFILE)  # the same without a crash: it stood still for as long
    judged = [thing for thing in before if not isinstance(thing, Event | RawBytes)]
    events = [event for thing in (*judged, Tick(kept.t + 1)) for event in other.step(thing)]
    assert shot(engine) == shot(other)
    assert [*(thing for thing in before if isinstance(thing, Event)), *owed] == events

    assert [engine.step(thing) for thing in rest[:1]] == [other.step(thing) for thing in rest[:1]]
    assert shot(engine) == shot(other)
    assert engine.board.paused_until is None
    assert [engine.step(thing) for thing in rest[1:]] == [other.step(thing) for thing in rest[1:]]
    assert shot(engine) == shot(other)


# One session


class Cuff:
    """A source that takes orders, and remembers them."""

    name, mode, speed, backlog, rejected = "b", Mode.LIVE, 1.0, 0, 0

    def __init__(self) -> None:
        self.orders: list[object] = []

    def readings(self) -> Iterator[Reading | None]:
        yield None

    def notes(self) -> list[str]:
        return []

    def start_nibp(self) -> None:
        self.orders.append("start")

    def stop_nibp(self) -> None:
        self.orders.append("stop")

    def set_interval(self, seconds: float | None) -> None:
        self.orders.append(seconds)


class At:
    """A clock that stands at a second."""

    def __init__(self, seconds: int) -> None:
        self._t = seconds * SECOND

    def now(self) -> int:
        return self._t


class Minutes:
    """The record of the session that goes on."""

    def __init__(self, committed: int) -> None:
        self.committed = committed
        self.offered: list[tuple[int, Reading] | Entry] = []

    def take(self, seq: int, reading: Reading) -> bool:
        self.offered.append((seq, reading))
        return True

    def note(self, entry: Entry) -> bool:
        self.offered.append(entry)
        return True

    def check(self) -> None: ...


def hr(t: int, value: float) -> Observation:
    return Observation(t * SECOND, "a", Signal.HR, value)


def session() -> list[Input]:
    """HR 140 from 5 s on: HR-3 at 20 s; with a cuff every 150 s, HR-1 and O2-1 off, a limit of 92, and sound off."""
    return [
        DeviceConfiguration(0, "a", frozenset({Signal.HR})),
        DeviceConfiguration(0, "b", NIBP, 60 * SECOND, True, 600 * SECOND),
        DeviceStatus(0, "b", DeviceState.CONNECTED),
        SetPhase(0, "AB", Phase.INFUSION, "a test"),
        SetCuffInterval(SECOND, "AB", 150),
        StartCuff(2 * SECOND, "AB"),
        SwitchRule(3 * SECOND, "AB", "HR-1", False, "always fast"),
        SetLimit(4 * SECOND, "AB", "O2-1", Signal.SPO2, 92),
        *(hr(t, 140) for t in range(5, 22)),
        PauseAudio(22 * SECOND, "AB"),
    ]


def test_what_was_set_and_what_alarms_is_there_before_the_session_starts(shelf: Shelf) -> None:
    station = Station(Engine(PROFILE), At(0))
    offered = numbered(Engine(PROFILE), session())
    station.restore(shelf.kept(offered))
    snapshot = station.snapshot
    assert restored(snapshot, PROFILE) == "restored: phase infusion, 1 limit, 1 rule off, 1 alarm active"
    assert (snapshot.seq, snapshot.t) == (len(offered), 22 * SECOND + 1)
    assert [(o.rule, o.state) for o in snapshot.occurrences] == [("HR-3", OccurrenceState.RAISED)]
    assert [(off.rule, off.who, off.reason) for off in snapshot.rules_off] == [("HR-1", "AB", "always fast")]
    assert snapshot.cuff is not None
    assert snapshot.cuff.interval == 150 * SECOND
    assert list(station.history().series[Signal.HR][0]) == [t * SECOND for t in range(5, 22)]


def test_it_starts_with_the_interruption_and_tells_the_cuff_its_interval_and_nothing_else_again(shelf: Shelf) -> None:
    offered = numbered(Engine(PROFILE), session())
    kept = shelf.kept(offered)
    cuff, journal = Cuff(), Minutes(kept.seq)
    station = Station(Engine(PROFILE), At(30))
    station.restore(kept)
    station.start([], journal, [cuff])
    station.put(hr(30, 141))
    station.stop()
    assert cuff.orders == [150]
    first, *others = journal.offered
    assert isinstance(first, Entry)
    assert (first.seq, first.name, first.actor, first.body) == (
        len(offered) + 1,
        "interruption",
        "station",
        '{"since":22000000}',
    )
    events = [o for o in others if isinstance(o, Entry) and o.t == 30 * SECOND]  # T-4 was raised at 26 s
    assert [o.name for o in events[:4]] == ["audio_resumed", "raised", "ended", "ended"]
    assert ["T-9" in o.body for o in events[:4]] == [False, True, True, False]  # and then T-4 ends: hr(30) is there
    assert [o.seq if isinstance(o, Entry) else o[0] for o in journal.offered] == [
        *range(len(offered) + 1, len(offered) + 1 + len(journal.offered))
    ]


def test_an_alarm_whose_line_was_lost_in_the_crash_is_written_now(shelf: Shelf) -> None:
    offered = numbered(Engine(PROFILE), session())
    raised = next(i for i, (_, thing) in enumerate(offered) if isinstance(thing, Raised))
    kept = shelf.kept(offered[:raised])
    journal = Minutes(kept.seq)
    station = Station(Engine(PROFILE), At(60))
    (owed,) = station.restore(kept)
    assert isinstance(owed, Raised)
    station.start([], journal)
    station.stop()
    names = [(o.seq, o.name, o.t) for o in journal.offered if isinstance(o, Entry)]
    assert names[0] == (kept.seq + 1, "raised", 20 * SECOND)
    assert names[1][:2] == (kept.seq + 2, "interruption")


@pytest.mark.parametrize(
    ("further", "line"),
    [
        ([], "restored: phase infusion, 1 limit, 1 rule off, 1 alarm active"),
        (
            [SetLimit(23 * SECOND, "AB", "HR-1", Signal.HR, 105), SwitchRule(23 * SECOND, "AB", "O2-1", False, "cold")],
            "restored: phase infusion, 2 limits, 2 rules off, 1 alarm active",
        ),
        (
            [*(hr(t, 80) for t in range(23, 30)), SetLimit(30 * SECOND, "AB", "O2-1", Signal.SPO2, None)],
            "restored: phase infusion, 1 rule off, 1 alarm over and not acknowledged",
        ),
        (
            [SetPhase(23 * SECOND, "AB", Phase.ENDED, "home")],
            "restored: phase ended, 1 limit, 1 rule off, 1 alarm over and not acknowledged",
        ),
    ],
)
def test_one_line_says_what_was_taken_up(shelf: Shelf, further: list[Input], line: str) -> None:
    station = Station(Engine(PROFILE), At(0))
    station.restore(shelf.kept(numbered(Engine(PROFILE), [*session(), *further])))
    assert restored(station.snapshot, PROFILE) == line


def test_the_events_of_the_cuff_were_in_the_record(shelf: Shelf) -> None:
    """So that the test above does not pass because nothing was ordered at all."""
    things = [thing for _, thing in numbered(Engine(PROFILE), session())]
    assert [type(t) for t in things if isinstance(t, CuffIntervalSet | CuffOrdered | LimitSet)] == [
        CuffIntervalSet,
        CuffOrdered,
        LimitSet,
    ]
    assert [t.order for t in things if isinstance(t, CuffOrdered)] == [CuffOrder.START]
