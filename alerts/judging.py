"""Which rules are judged: those of the phase, without those that somebody switched off."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from alerts.model import Phase
from alerts.rules import Rule
from alerts.settings import RuleOff

BEFORE = frozenset({Phase.SETUP, Phase.BASELINE})
"""Phases before the dose."""


class Watch(Protocol):
    """What looks at one rule, and can be told that nobody asks any more."""

    rule: Rule

    def drop(self, t: int, reason: str) -> None: ...


@dataclass(slots=True)
class Judging:
    """Shared by all parts of the engine, changed by the engine alone."""

    phase: Phase = Phase.SETUP
    rules_off: dict[str, RuleOff] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    """What went wrong in which rule: the others go on, and every screen says so (H07)."""

    def fault(self, rule: str, error: Exception) -> None:
        """A rule could not judge; whatever it was, no other may be stopped by it."""
        self.faults.setdefault(rule, type(error).__name__)

    def is_judged(self, rule: Rule) -> bool:
        """Whether `rule` applies now."""
        return rule.is_judged_in(self.phase) and rule.id not in self.rules_off

    def drop_others(self, t: int, watches: Iterable[Watch], reason: str) -> None:
        """End what is not judged any more."""
        for watch in watches:
            if not self.is_judged(watch.rule):
                watch.drop(t, reason)
