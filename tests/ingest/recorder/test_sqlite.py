"""The recorder: a commit a second, at once after a command or event, and nothing lost when writing fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.model import SECOND, Tick
from ingest.recorder import Entry, Gap, RecordError, Session, SessionFacts
from ingest.recorder.backlog import FULL
from ingest.recorder.record import open_record
from ingest.recorder.trouble import LOSING, SLOW

Make = Callable[..., Any]
CANNOT = "cannot be written: database or disk is full; make room on that disk"


def numbers(directory: Path) -> list[int]:
    """The positions in the record of the last session, as another process would see them now."""
    record = open_record(directory)
    session = record.session("last")
    inputs = [item.seq if isinstance(item, Entry) else item[0] for item in record.inputs(session)]
    return sorted(inputs + [event.seq for event in record.events(session)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


# One commit a second


def test_a_reading_waits_for_the_second_to_pass(bench: Make, facts: SessionFacts, data: Path) -> None:
    b = bench()
    b.recorder.begin(facts)
    assert b.second.begins() == 1.0
    assert b.take(1, 2, 3) == [True, True, True]
    assert (numbers(data), b.recorder.committed) == ([], 0)
    b.second.passes()
    assert b.committed() == 3
    assert (numbers(data), b.recorder.committed) == ([1, 2, 3], 3)


def test_a_second_in_which_nothing_came_commits_nothing(bench: Make, facts: SessionFacts) -> None:
    b = bench()
    b.recorder.begin(facts)
    for _ in range(3):
        b.second.begins()
        b.second.passes()
    b.second.begins()
    assert b.commits.empty()


@pytest.mark.parametrize("kind", ["command", "event"])
def test_a_command_or_event_is_committed_at_once_with_all_before_it(
    bench: Make, facts: SessionFacts, data: Path, kind: Any
) -> None:
    b = bench()
    b.recorder.begin(facts)
    b.second.begins()
    b.take(1, 2)
    assert b.recorder.note(Entry(3, 2 * SECOND, kind, "set_phase", None, '{"phase":"infusion"}'))
    assert b.committed() == 3
    assert numbers(data) == [1, 2, 3]


def test_a_session_is_in_the_file_before_begin_returns(bench: Make, facts: SessionFacts, data: Path) -> None:
    session = bench().recorder.begin(facts)
    assert open_record(data).sessions() == [session]
    assert session.ended_t is None
    assert session.started == facts.started
    assert (session.profile_toml, session.sources, session.speed) == (facts.profile_toml, facts.sources, 2.0)


def test_the_end_writes_what_waits_and_why_it_ended(bench: Make, facts: SessionFacts, data: Path) -> None:
    b = bench()
    b.recorder.begin(facts)
    b.take(1, 2)
    b.recorder.finish(7 * SECOND, "stopped")
    session = open_record(data).session("last")
    assert (session.last_t, session.ended_t, session.end_reason) == (2 * SECOND, 7 * SECOND, "stopped")
    assert numbers(data) == [1, 2]


def test_closing_without_an_end_still_writes_what_waits(bench: Make, facts: SessionFacts, data: Path) -> None:
    b = bench()
    b.recorder.begin(facts)
    b.take(1)
    b.recorder.close()
    assert numbers(data) == [1]
    assert open_record(data).session("last").end_reason is None


def test_ticks_are_not_stored(bench: Make, facts: SessionFacts, data: Path) -> None:
    b = bench()
    b.recorder.begin(facts)
    assert b.recorder.take(0, Tick(5))
    b.take(1)
    b.recorder.finish(SECOND, "source ended")
    assert numbers(data) == [1]


def test_numbers_must_grow(bench: Make, facts: SessionFacts) -> None:
    b = bench()
    b.recorder.begin(facts)
    b.take(1)
    with pytest.raises(ValueError, match="number 1 was offered after 1"):
        b.note(1)


def test_a_recorder_that_was_not_begun_takes_nothing(bench: Make) -> None:
    with pytest.raises(RuntimeError, match="begin, then take"):
        bench().take(1)


def test_a_start_without_a_time_zone_is_refused(bench: Make, facts: SessionFacts, data: Path) -> None:
    naive = {field: getattr(facts, field) for field in SessionFacts.__dataclass_fields__}
    naive["started"] = facts.started.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        bench().recorder.begin(SessionFacts(**naive))
    assert open_record(data).sessions() == []


# Interrupted sessions


def test_a_session_that_nobody_ended_is_reported_once_with_its_last_time(
    bench: Make, facts: SessionFacts, data: Path
) -> None:
    first = bench()
    first.recorder.begin(facts)
    first.take(1, 2, 3)
    first.recorder.close()
    ended = bench()
    (interrupted,) = ended.recorder.close_interrupted()
    assert (interrupted.id, interrupted.last_t, interrupted.ended_t) == (1, 3 * SECOND, 3 * SECOND)
    assert interrupted.end_reason == "interrupted"
    assert open_record(data).sessions() == [interrupted]
    assert ended.recorder.close_interrupted() == []


def test_a_session_without_anything_in_it_ends_where_it_began(bench: Make, facts: SessionFacts) -> None:
    first = bench()
    first.recorder.begin(facts)
    first.recorder.close()
    (interrupted,) = bench().recorder.close_interrupted()
    assert interrupted.ended_t == 0


def test_sessions_that_ended_stay_as_they_are(bench: Make, facts: SessionFacts) -> None:
    first = bench()
    first.recorder.begin(facts)
    first.recorder.finish(SECOND, "stopped")
    first.recorder.close()
    assert bench().recorder.close_interrupted() == []


# Sessions that go on


def test_an_interrupted_session_goes_on_behind_its_last_number_and_has_no_end_again(
    bench: Make, facts: SessionFacts, data: Path
) -> None:
    first = bench()
    begun = first.recorder.begin(facts)
    first.take(1, 2, 3)
    first.recorder.close()
    b = bench()
    (interrupted,) = b.recorder.close_interrupted()
    resumed = b.recorder.resume(interrupted)
    assert (resumed.uuid, resumed.last_t, resumed.ended_t, resumed.end_reason) == (begun.uuid, 3 * SECOND, None, None)
    assert open_record(data).sessions() == [resumed]
    assert b.recorder.committed == 3
    with pytest.raises(ValueError, match="number 3 was offered after 3"):
        b.take(3)
    b.take(4)
    b.note(5)
    assert b.committed() == 5
    b.recorder.finish(6 * SECOND, "stopped")
    assert numbers(data) == [1, 2, 3, 4, 5]
    ended = open_record(data).session("last")
    assert (ended.ended_t, ended.end_reason, len(open_record(data).sessions())) == (6 * SECOND, "stopped", 1)


@pytest.mark.parametrize("closes_first", [True, False])
def test_one_that_was_killed_may_go_on_whether_or_not_a_start_has_closed_it(
    bench: Make, facts: SessionFacts, closes_first: bool
) -> None:
    first = bench()
    begun = first.recorder.begin(facts)
    first.recorder.close()
    b = bench()
    if closes_first:
        b.recorder.close_interrupted()
    assert b.recorder.resume(begun) == begun
    assert b.recorder.committed == 0


def test_a_session_that_ended_does_not_go_on(bench: Make, facts: SessionFacts, data: Path) -> None:
    first = bench()
    begun = first.recorder.begin(facts)
    first.recorder.finish(SECOND, "stopped")
    first.recorder.close()
    with pytest.raises(RecordError, match="session 1 was not interrupted: begin a new one"):
        bench().recorder.resume(begun)
    assert open_record(data).session("1").end_reason == "stopped"


def test_what_could_not_be_kept_has_its_numbers_too(bench: Make, facts: SessionFacts) -> None:
    first = bench(capacity=1)
    begun = first.recorder.begin(facts)
    first.take(1, 2, 3)  # a gap from 2 to 3
    first.recorder.close()
    b = bench()
    b.recorder.resume(begun)
    assert b.recorder.committed == 3


def test_a_recorder_keeps_one_session_begun_or_resumed(bench: Make, facts: SessionFacts) -> None:
    b = bench()
    begun = b.recorder.begin(facts)
    with pytest.raises(RuntimeError, match="keeps one session"):
        b.recorder.resume(begun)


# When writing fails


def test_a_full_disk_is_told_once_and_nothing_is_lost_when_there_is_room_again(
    bench: Make, facts: SessionFacts, data: Path, disk: Any
) -> None:
    b = bench()
    b.recorder.begin(facts)
    disk.full = True
    b.take(*range(1, 400))
    b.note(400)
    assert CANNOT in b.trouble()
    b.note(401)  # asks for a commit once more: fails again, is not told again
    assert b.second.begins() == 1.0
    assert numbers(data) == []
    assert b.recorder.committed == 0
    disk.full = False
    b.note(402)
    assert b.committed() == 402
    assert b.trouble() is None
    assert numbers(data) == list(range(1, 403))
    assert b.recorder.lost == 0
    assert b.troubles.empty()


def test_it_is_tried_again_soon_then_less_often_and_each_time_over_a_fresh_connection(
    bench: Make, facts: SessionFacts, disk: Any
) -> None:
    b = bench()
    b.recorder.begin(facts)
    disk.full = True
    b.take(*range(1, 400))
    before = len(disk.connections)
    pauses = []
    for _ in range(7):
        pauses.append(b.second.begins())
        b.second.passes()
    assert pauses == [1.0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 1.0]
    b.second.begins()
    assert len(disk.connections) - before == 6  # the first try has its connection already


def test_what_overflows_is_counted_told_and_leaves_a_gap_in_the_record(
    bench: Make, facts: SessionFacts, data: Path, disk: Any
) -> None:
    b = bench(capacity=300)
    b.recorder.begin(facts)
    disk.full = True
    assert all(b.take(*range(1, 301)))
    b.second.begins()
    b.second.passes()
    assert CANNOT in b.trouble()
    assert not any(b.take(*range(301, 311)))
    assert LOSING in b.trouble()
    assert b.note(311), "commands still find room"
    assert b.recorder.lost == 10
    disk.full = False
    b.second.passes()
    assert b.committed() == 311
    assert b.trouble() is None
    record = open_record(data)
    assert record.gaps(record.session("last")) == [Gap(301, 310, FULL)]
    assert numbers(data) == [*range(1, 301), 311]


def test_a_gap_at_the_very_end_is_in_the_record_too(bench: Make, facts: SessionFacts, data: Path) -> None:
    b = bench(capacity=1)
    b.recorder.begin(facts)
    assert b.take(1, 2, 3) == [True, False, False]
    b.recorder.finish(3 * SECOND, "stopped")
    record = open_record(data)
    assert record.gaps(record.session("last")) == [Gap(2, 3, FULL)]
    assert b.recorder.committed == 1


def test_a_commit_that_hangs_does_not_hold_up_the_station_and_is_told_after_five_seconds(
    bench: Make, facts: SessionFacts, data: Path, disk: Any
) -> None:
    b = bench()
    b.recorder.begin(facts)
    b.second.begins()
    disk.reached.clear()
    disk.moves.clear()
    b.take(1)
    b.second.passes()
    assert disk.reached.wait(20)
    b.now = 5.0
    b.take(2)
    assert b.troubles.empty()
    b.now = 5.1
    b.recorder.check()
    assert b.trouble() == SLOW
    disk.moves.set()
    assert b.committed() >= 1
    assert b.trouble() is None


def test_a_session_cannot_begin_on_a_full_disk_and_can_when_there_is_room(
    bench: Make, facts: SessionFacts, data: Path, disk: Any
) -> None:
    b = bench()
    long = SessionFacts(**{f: getattr(facts, f) for f in SessionFacts.__dataclass_fields__} | {"bed": "x" * 40_000})
    disk.full = True
    with pytest.raises(RecordError, match=r"cannot write the record .* full; make room"):
        b.recorder.begin(long)
    disk.full = False
    assert b.recorder.begin(long).id == 1


def test_finishing_on_a_full_disk_gives_up_in_time_says_what_is_missing_and_may_be_tried_again(
    bench: Make, facts: SessionFacts, data: Path, disk: Any
) -> None:
    b = bench(patience=0.05)
    session: Session = b.recorder.begin(facts)
    disk.full = True
    b.take(*range(1, 400))
    b.second.passes()
    assert CANNOT in b.trouble()
    with pytest.raises(RecordError) as error:
        b.recorder.finish(400 * SECOND, "stopped")
    assert str(error.value) == (
        f"the record in {data} {CANNOT}; "
        "not written: 399 inputs and events (number 1 to 399) and the end of the session"
    )
    assert open_record(data).session(str(session.id)).ended_t is None
    disk.full = False
    b.second.passes()
    assert b.committed() == 399
    b.recorder.finish(400 * SECOND, "stopped")
    assert open_record(data).session(str(session.id)).ended_t == 400 * SECOND


def test_finishing_on_a_disk_that_hangs_gives_up_in_time(bench: Make, facts: SessionFacts, disk: Any) -> None:
    b = bench(patience=0.05)
    b.recorder.begin(facts)
    disk.moves.clear()
    with pytest.raises(RecordError, match="not written: the end of the session"):
        b.recorder.finish(SECOND, "stopped")
    b.recorder.close()
    with pytest.raises(RecordError, match="in use"):
        bench()  # the directory is not let go while something may still write there
