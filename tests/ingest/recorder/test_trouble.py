"""Each trouble is told once, when it begins, changes or goes."""

from ingest.recorder.trouble import LOSING, SLOW, Trouble


def test_a_failure_is_told_once_then_that_it_is_losing_then_that_all_is_well() -> None:
    told: list[str | None] = []
    trouble = Trouble(told.append, age=lambda: 0.0)
    for _ in range(3):
        trouble.failing("disk full")
    for _ in range(3):
        trouble.losing()
        trouble.failing("disk full")
    trouble.working()
    trouble.working()
    assert told == ["disk full", f"disk full; {LOSING}", None]


def test_something_that_waits_for_more_than_five_seconds_is_a_trouble() -> None:
    told: list[str | None] = []
    waits = [5.0, 5.1, 9.0, 0.0]
    trouble = Trouble(told.append, age=lambda: waits.pop(0))
    for _ in range(4):
        trouble.look()
    assert told == [SLOW, None]
