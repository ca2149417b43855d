"""The queue is bounded, keeps order, and knows what it could not take."""

from ingest.recorder import Gap
from ingest.recorder.backlog import Backlog, Waiting


def offer(backlog: Backlog, *numbers: int) -> list[bool]:
    return [backlog.offer(Waiting(seq, float(seq), [])) for seq in numbers]


def places(backlog: Backlog) -> list[int | tuple[int, int]]:
    return [(item.first, item.last) if isinstance(item, Gap) else item.seq for item in backlog.batch()]


def test_what_finds_no_room_becomes_one_gap_in_its_place() -> None:
    backlog = Backlog(capacity=2)
    assert offer(backlog, 1, 2, 3, 4, 5) == [True, True, False, False, False]
    assert places(backlog) == [1, 2, (3, 5)]
    assert backlog.lost == 3


def test_commands_and_events_find_room_when_readings_do_not() -> None:
    backlog = Backlog(capacity=1)
    assert offer(backlog, 1, 2) == [True, False]
    assert backlog.offer(Waiting(3, 3.0, []), reserve=5)
    assert places(backlog) == [1, (2, 2), 3]


def test_a_gap_that_is_just_being_written_is_not_lengthened_but_followed_by_another() -> None:
    backlog = Backlog(capacity=1)
    offer(backlog, 1, 2)
    assert places(backlog) == [1, (2, 2)]  # taken to be written
    offer(backlog, 3)
    backlog.written()
    assert places(backlog) == [(3, 3)]


def test_a_batch_that_could_not_be_written_waits_on_and_its_gap_grows() -> None:
    backlog = Backlog(capacity=1)
    offer(backlog, 1, 2)
    backlog.batch()
    backlog.kept()
    offer(backlog, 3)
    assert places(backlog) == [1, (2, 3)]


def test_what_came_during_a_write_waits_for_the_next() -> None:
    backlog = Backlog(capacity=9)
    offer(backlog, 1, 2)
    backlog.batch()
    offer(backlog, 3)
    backlog.written()
    assert places(backlog) == [3]


def test_looking_at_what_waits_changes_nothing() -> None:
    backlog = Backlog(capacity=9)
    offer(backlog, 1)
    backlog.batch()
    offer(backlog, 2)
    assert [item.seq for item in backlog.waiting()] == [1, 2]
    backlog.written()
    assert places(backlog) == [2]


def test_the_oldest_is_the_first_that_waits() -> None:
    backlog = Backlog()
    assert backlog.oldest is None
    offer(backlog, 4, 5)
    assert backlog.oldest == 4.0
