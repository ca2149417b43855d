"""Settings of one session: rules switched off, and limits for this patient. Each is a command, so each is recorded."""

from dataclasses import dataclass, replace

from alerts.conditions import implausible, implausible_nibp
from alerts.model import Priority, SetBaseline, SetLimit, Side, SwitchRule
from alerts.rules import Profile, Rule
from ingest.model import SIGNALS, NibpReading, Signal


@dataclass(frozen=True, slots=True)
class RuleOff:
    """A rule that somebody switched off at `t`, and why."""

    rule: str
    who: str
    t: int
    reason: str


class SettingError(Exception):
    """A setting that cannot be, and why."""


def rule_of(profile: Profile, id_: str) -> Rule:
    """The rule of this name; SettingError when there is none."""
    for rule in profile.rule:
        if rule.id == id_:
            return rule
    raise SettingError(f"there is no rule {id_}")


def switchable(profile: Profile, command: SwitchRule) -> Rule:
    """The rule that may be switched as asked; SettingError when it may not."""
    rule = rule_of(profile, command.rule)
    if not command.is_on and not rule.can_be_off:
        raise SettingError(f"{rule.id} cannot be switched off")
    if not command.is_on and not command.reason.strip():
        raise SettingError(f"{rule.id}: say why it is switched off")
    return rule


def check_baseline(command: SetBaseline) -> None:
    """SettingError for numbers that cannot be (rules.md 2.4)."""
    given = {Signal.HR: command.hr, Signal.SPO2: command.spo2}
    reasons = [implausible(signal, value) for signal, value in given.items() if value is not None]
    if why := next(filter(None, [*reasons, implausible_nibp(NibpReading(0, "", command.sys, command.dia))]), None):
        raise SettingError(f"not a baseline: {why}")


def limited(profile: Profile, original: Profile, command: SetLimit) -> tuple[Profile, float, float]:
    """The profile with the limit that was asked for, that limit, and the one before.

    Never wider than a rule of high priority, and no limits that cross: SettingError says which.
    """
    rule = rule_of(profile, command.rule)
    before = _limit(rule, command.signal)
    limit = _limit(rule_of(original, rule.id), command.signal) if command.limit is None else command.limit
    if rule.stage[0].priority is Priority.HIGH:
        raise SettingError(f"{rule.id} is of high priority: its limit is the profile's")
    info = SIGNALS[command.signal]
    if not info.low <= limit <= info.high:
        raise SettingError(f"{info.title} {limit:g} is outside {info.low:g}-{info.high:g} {info.unit}")
    _check_inside_high(profile, original, rule, command.signal, limit)
    changed = profile.model_copy(update={"rule": tuple(_with(r, command, limit) for r in profile.rule)})
    try:
        changed.check_limits()
    except ValueError as error:
        raise SettingError(str(error)) from None
    return changed, limit, before


def _limit(rule: Rule, signal: Signal) -> float:
    for comparison in rule.stage[0].when if rule.kind in ("continuous", "nibp") else ():
        if comparison.signal is signal and comparison.base is None:
            return comparison.limit
    raise SettingError(f"{rule.id} has no limit of {SIGNALS[signal].title} that could be changed")


def _check_inside_high(profile: Profile, original: Profile, rule: Rule, signal: Signal, limit: float) -> None:
    """Not beyond a limit of high priority; where there is none, not beyond the profile's own."""
    of_high = [
        (other.id, c)
        for other in profile.rule
        for stage in other.stage
        for c in stage.when
        if (stage.priority, other.side, c.signal, c.base) == (Priority.HIGH, rule.side, signal, None)
    ]
    for id_, c in of_high:
        if _is_beyond(limit, c.limit, c.is_high):
            raise SettingError(f"{rule.id} {limit:g} would be wider than {id_} ({c}), of high priority")
    own = _limit(rule_of(original, rule.id), signal)
    if not of_high and _is_beyond(limit, own, rule.side is Side.HIGH):
        raise SettingError(f"{rule.id} {limit:g} would be wider than the profile's {own:g}, and no rule is behind it")


def _is_beyond(limit: float, other: float, is_high: bool) -> bool:
    return limit > other if is_high else limit < other


def _with(rule: Rule, command: SetLimit, limit: float) -> Rule:
    if rule.id != command.rule:
        return rule
    first = rule.stage[0]
    when = tuple(replace(c, limit=limit) if c.signal is command.signal and c.base is None else c for c in first.when)
    return rule.model_copy(update={"stage": (first.model_copy(update={"when": when}), *rule.stage[1:])})
