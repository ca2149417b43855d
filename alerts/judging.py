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


class Alone:
    """A context out of which no exception comes: it is a fault of the rule."""

    __slots__ = ("_judging", "_rule")

    def __init__(self, judging: "Judging", rule: str) -> None:
        self._judging = judging
        self._rule = rule

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Exception):
            self._judging.faults.setdefault(self._rule, error)
        return isinstance(error, Exception)


@dataclass(slots=True)
class Judging:
    """Shared by all parts of the engine, changed by the engine alone."""

    phase: Phase = Phase.SETUP
    rules_off: dict[str, RuleOff] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    """The first thing that went wrong in each rule."""

    def alone(self, rule: str) -> "Alone":
        """`with alone(rule):` whatever goes wrong inside stops no other rule (H07)."""
        return Alone(self, rule)

    def is_judged(self, rule: Rule) -> bool:
        """Whether `rule` applies now."""
        return rule.is_judged_in(self.phase) and rule.id not in self.rules_off

    def drop_others(self, t: int, watches: Iterable[Watch], reason: str) -> None:
        """End what is not judged any more."""
        for watch in watches:
            if not self.is_judged(watch.rule):
                with self.alone(watch.rule.id):
                    watch.drop(t, reason)
