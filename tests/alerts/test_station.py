"""The station: one inbox, one truth; what is confirmed is in the record; a slow record slows nothing."""

import json
import queue
from collections.abc import Callable, Iterator

import pytest

from alerts.engine import Engine
from alerts.model import Acknowledge, End, Input, OccurrenceState, PauseAudio, Phase, Priority, SetPhase
from alerts.profiles import load_profile
from alerts.snapshot import Snapshot
from alerts.station import Station
from ingest.model import (
    SECOND,
    DeviceConfiguration,
    Observation,
    RawBytes,
    Reading,
    SentBytes,
    Signal,
    Waveform,
)
from ingest.recorder import Entry

PROFILE = load_profile("iv-ketamine")


class FakeClock:
    def __init__(self) -> None:
        self.t = 0

    def now(self) -> int:
        return self.t


class FakeHorizon:
    def __init__(self, t: int | None) -> None:
        self.t = t


class FakeJournal:
    """Keeps what it is offered; is durable up to `committed`, which the test sets."""

    def __init__(self) -> None:
        self.committed = 0
        self.offered: list[tuple[int, Reading] | Entry] = []

    def take(self, seq: int, reading: Reading) -> bool:
        self.offered.append((seq, reading))
        return True

    def note(self, entry: Entry) -> bool:
        self.offered.append(entry)
        return True

    def check(self) -> None: ...

    def seqs(self) -> list[int]:
        return [o.seq if isinstance(o, Entry) else o[0] for o in self.offered]


class Bedside:
    """A station with a clock and a journal in the test's hands."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.journal = FakeJournal()
        self.station = Station(Engine(PROFILE), self.clock)
        self.shots: queue.Queue[Snapshot] = queue.Queue()
        self.station.subscribe(lambda: self.shots.put(self.station.snapshot))

    def give(self, *inputs: Input) -> None:
        for input_ in inputs:
            self.clock.t = max(self.clock.t, input_.t)
            self.station.put(input_)

    def until(self, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        while True:
            shot = self.shots.get(timeout=5)
            if wanted(shot):
                return shot


@pytest.fixture
def bedside() -> Iterator[Bedside]:
    bed = Bedside()
    bed.station.start(journal=bed.journal)
    bed.give(DeviceConfiguration(0, "m", frozenset({Signal.HR})), SetPhase(0, "test", Phase.INFUSION, "a test"))
    yield bed
    bed.station.stop()


def hr(t: int, value: float) -> Observation:
    return Observation(t * SECOND, "m", Signal.HR, value)


def alarm(bed: Bedside) -> Snapshot:
    """HR 140 for 16 s: HR-3 at 15 s."""
    bed.give(*(hr(t, 140) for t in range(17)))
    return bed.until(lambda shot: bool(shot.occurrences))


def test_a_sample_becomes_the_newest_truth(bedside: Bedside) -> None:
    bedside.give(hr(1, 81))
    shot = bedside.until(lambda s: Signal.HR in s.samples and s.samples[Signal.HR].value == 81)
    assert (shot.t, shot.samples[Signal.HR].t) == (SECOND, SECOND)


def test_everything_gets_one_number_in_the_order_it_was_taken(bedside: Bedside) -> None:
    alarm(bedside)
    seqs = bedside.journal.seqs()
    assert seqs == list(range(1, len(seqs) + 1))
    raised = next(o for o in bedside.journal.offered if isinstance(o, Entry) and o.name == "raised")
    assert (raised.t, json.loads(raised.body)["rule"]) == (15 * SECOND, "HR-3")


def test_what_comes_late_gets_the_stations_time_but_bytes_and_waves_keep_theirs(bedside: Bedside) -> None:
    wave = Waveform(SECOND, "m", Signal.PLETH, 60.0, (1, 2))
    kept: list[Reading] = [RawBytes(SECOND, "m", b"a"), SentBytes(SECOND, "m", b"b"), wave]
    bedside.give(hr(5, 81), *kept, hr(1, 82))
    bedside.until(lambda s: Signal.HR in s.samples and s.samples[Signal.HR].value == 82)
    assert [o[1] for o in bedside.journal.offered if not isinstance(o, Entry)][-5:] == [hr(5, 81), *kept, hr(5, 82)]


def test_a_command_is_confirmed_only_when_the_record_has_it(bedside: Bedside) -> None:
    shot = alarm(bedside)
    done = bedside.station.do(Acknowledge(0, "AB", (shot.occurrences[0].id,)))
    shot = bedside.until(lambda s: s.occurrences[0].state is OccurrenceState.ACKNOWLEDGED)
    assert shot.acknowledged[shot.occurrences[0].id] > shot.committed  # painted as "acknowledging"
    assert not done.done()
    bedside.journal.committed = shot.seq
    bedside.station.recorded(shot.seq)
    assert done.result(timeout=5) == ""
    assert [o.actor for o in bedside.journal.offered if isinstance(o, Entry) and o.name == "acknowledge"] == ["AB"]


def test_a_refusal_says_why(bedside: Bedside) -> None:
    assert bedside.station.do(Acknowledge(0, "AB", (7,))).result(timeout=5) == "there is no alarm 7"


def test_time_does_not_run_ahead_of_a_paced_source() -> None:
    bed = Bedside()
    horizon = FakeHorizon(3 * SECOND)
    bed.clock.t = 100 * SECOND
    bed.station.start([horizon], bed.journal)
    bed.station.put(SetPhase(0, "test", Phase.INFUSION, "a test"))
    bed.station.put(DeviceConfiguration(0, "m", frozenset({Signal.HR})))
    bed.station.put(hr(2, 80))
    assert bed.until(lambda s: Signal.HR in s.samples and s.samples[Signal.HR].value == 80).t == 3 * SECOND
    horizon.t = None
    assert bed.until(lambda s: bool(s.occurrences)).t == 100 * SECOND
    bed.station.stop()


def test_silence_alarms_without_any_input(bedside: Bedside) -> None:
    bedside.give(hr(0, 80))
    bedside.until(lambda s: Signal.HR in s.samples and s.samples[Signal.HR].value == 80)
    bedside.clock.t = 31 * SECOND
    shot = bedside.until(lambda s: len(s.occurrences) == 2)
    assert {o.rule for o in shot.occurrences} == {"T-1", "T-4"}
    assert shot.samples[Signal.HR].value is None


def test_a_late_reading_is_taken_now_and_not_in_the_past(bedside: Bedside) -> None:
    bedside.give(hr(20, 80), hr(5, 90))
    shot = bedside.until(lambda s: Signal.HR in s.samples and s.samples[Signal.HR].value == 90)
    assert shot.samples[Signal.HR].t == 20 * SECOND


def test_trouble_of_the_record_is_a_high_alarm_and_goes_again(bedside: Bedside) -> None:
    bedside.station.record_trouble("disk full")
    shot = bedside.until(lambda s: bool(s.occurrences))
    assert (shot.trouble, shot.occurrences[0].rule) == ("disk full", "T-5")
    bedside.station.record_trouble(None)
    shot = bedside.until(lambda s: bool(s.occurrences) and not s.occurrences[0].is_active)
    assert shot.trouble is None


def test_an_engine_that_fails_is_a_fault_on_every_screen(bedside: Bedside, caplog: pytest.LogCaptureFixture) -> None:
    bedside.station.put(Observation(SECOND, "m", Signal.HR, "eighty"))  # type: ignore[arg-type]
    (alarm,) = bedside.until(lambda s: bool(s.occurrences)).occurrences
    assert (alarm.rule, alarm.priority) == ("T-11", Priority.HIGH)
    assert "rule the engine failed" in caplog.text
    bedside.give(hr(3, 82))
    bedside.until(lambda s: Signal.HR in s.samples and s.samples[Signal.HR].value == 82)  # and the rest goes on


def test_after_the_end_commands_are_refused_and_readings_ignored(bedside: Bedside) -> None:
    alarm(bedside)
    bedside.station.put(End(17 * SECOND))
    shot = bedside.until(lambda s: s.is_ended)
    assert not any(o.is_active for o in shot.occurrences)
    assert bedside.station.do(PauseAudio(0, "AB")).result(timeout=5) == "the session has ended"


def test_a_subscriber_that_left_is_not_called(bedside: Bedside) -> None:
    calls: list[int] = []
    leave = bedside.station.subscribe(lambda: calls.append(1))
    leave()
    bedside.give(hr(1, 81))
    bedside.until(lambda s: Signal.HR in s.samples)
    assert calls == []


def test_a_record_that_fails_hides_nothing_from_the_engine(bedside: Bedside, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(seq: int, reading: Reading) -> bool:
        raise RuntimeError("a bug in the record")

    monkeypatch.setattr(bedside.journal, "take", fails)
    shot = alarm(bedside)
    assert shot.occurrences[0].rule == "HR-3"
    assert "in the alarm engine" in str(shot.fault)


def test_a_subscriber_that_fails_stops_nothing(bedside: Bedside) -> None:
    def fails() -> None:
        raise RuntimeError("a bug in a screen")

    bedside.station.subscribe(fails)
    assert alarm(bedside).occurrences[0].rule == "HR-3"


def test_who_no_longer_waits_for_an_answer_breaks_nothing(bedside: Bedside) -> None:
    bedside.station.do(Acknowledge(0, "AB", (99,))).cancel()
    shot = alarm(bedside)
    assert (shot.occurrences[0].rule, shot.fault) == ("HR-3", None)
