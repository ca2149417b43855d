"""H07: whatever goes wrong in one rule, the others judge on, and every screen is told."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from alerts.cuff import NibpWatch
from alerts.deadlines import Deadlines
from alerts.limits import LimitWatch
from alerts.model import Priority
from alerts.signals import sound
from ingest.model import Signal
from tests.alerts.story import Story


def broken(rule: str, method: Callable[..., object]) -> Callable[..., object]:
    """The same method, but it fails in one rule."""

    def fails(watch: Any, *arguments: object) -> object:
        if watch.rule.id == rule:
            raise RuntimeError("a bug")
        return method(watch, *arguments)

    return fails


def test_a_rule_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LimitWatch, "sample", broken("O2-1", LimitWatch.sample))
    story = Story()
    story.spo2_each_second(0, 20, 83)
    assert story.lines("O2-1") == []
    assert "10 raised O2-3 high" in story.lines("O2-3")
    assert list(story.engine.faults) == ["O2-1"]
    assert story.lines("T-11") == ["0 raised T-11 high"]


def test_a_cuff_rule_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NibpWatch, "reading", broken("BP-1", NibpWatch.reading))
    story = Story()
    story.nibp(0, 205, 100)
    assert story.lines("BP-1", "BP-3", "BP-4") == ["0 raised BP-3 medium", "0 raised BP-4 high"]
    assert list(story.engine.faults) == ["BP-1"]


def test_a_delay_that_fails_stops_no_later_one() -> None:
    fired: list[int] = []
    deadlines = Deadlines(suppress(RuntimeError))

    def fails(t: int) -> None:
        raise RuntimeError("a bug")

    deadlines.set(deadlines.register(fails), 1)
    deadlines.set(deadlines.register(fired.append), 2)
    deadlines.run_before(3)
    assert fired == [2]


def test_a_rule_that_cannot_even_end_hides_no_missing_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LimitWatch, "drop", broken("O2-1", LimitWatch.drop))
    story = Story(signals={Signal.SPO2})
    story.spo2(0, 97)
    story.tick(31)
    assert "30 escalated T-1 low" in story.lines("T-1")


def test_alarms_that_cannot_be_relied_on_sound_like_the_most_urgent_one() -> None:
    assert sound((), is_paused=False, has_fault=True) is Priority.HIGH
    assert sound((), is_paused=True, has_fault=True) is None
    assert sound((), is_paused=False) is None
