"""Events as lines for people: what `check` and `python -m alerts` print."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from alerts.conditions import Comparison
from alerts.journal import snake
from alerts.model import (
    AudioPaused,
    AudioResumed,
    CuffIntervalSet,
    CuffOrdered,
    Event,
    OccurrenceEvent,
    PhaseChanged,
    Raised,
    Refused,
    Rejected,
)
from alerts.rules import Rule, Stage
from ingest.model import SECOND, SIGNALS

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "product": "HR x SBP too high",
        "condition": "no breath",
        "symptom": "a symptom reported",
        "missing": "no value of HR or SpO2",
        "lost": "signal lost in an alarm",
        "overdue": "NIBP overdue or failed",
        "device": "a device says nothing",
        "record": "nothing is recorded",
        "stuck": "a value that never changes",
        "disagree": "HR and PR differ",
        "interrupted": "monitoring stood still",
        "sound": "no sound can be heard",
    }
)
"""What the rules without a limit watch for."""


def clock(t: int) -> str:
    """Session time as h:mm:ss, with a fraction only where there is one."""
    seconds, rest = divmod(t, SECOND)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + f".{rest:06}".rstrip("0") if rest else text


def line(event: Event) -> str:
    """One event: time, what happened, which rule, why."""
    name = snake(event).replace("_", " ")
    if isinstance(event, OccurrenceEvent):
        o = event.occurrence
        why = o.message if o.ended is None or event.t != o.ended else f"{o.message} ({o.reason})"
        if o.acknowledged_by and name == "acknowledged":
            why += f" (by {o.acknowledged_by})"
        return f"{clock(event.t):<15} {name:<12} #{o.id:<4} {o.priority.mark:<3} {o.rule:<5} {why}"
    return f"{clock(event.t):<15} {name:<12} {_detail(event)}"


def _detail(event: Event) -> str:
    match event:
        case AudioPaused(who=who, until=until):
            return f"until {clock(until)} by {who}"
        case AudioResumed(reason=reason) | Rejected(reason=reason) | Refused(reason=reason):
            return reason
        case CuffOrdered(who=who, source=source, order=order):
            return f"{source}: {order} ({who})"
        case CuffIntervalSet(who=who, source=source, seconds=seconds):
            return f"{source}: {'only when told' if seconds is None else f'every {seconds / 60:g} min'} ({who})"
        case PhaseChanged(who=who, phase=phase):
            return f"{phase} ({who})"
    return ""


def limit(comparison: Comparison) -> str:
    """`SpO2 < 90`, `SBP >= baseline + 40`."""
    return str(comparison).replace(comparison.signal, SIGNALS[comparison.signal].title, 1)


def condition(rule: Rule) -> str:
    """What a rule watches for: `SpO2 < 90 for 15 s`."""
    first = rule.stage[0] if rule.stage else None
    return _violated(first) if first and first.when else KINDS.get(rule.kind, rule.kind)


def _violated(stage: Stage) -> str:
    return " or ".join(map(limit, stage.when)) + (f" for {stage.persistence:g} s" if stage.persistence else "")


def stages(rule: Rule) -> Iterator[str]:
    """What makes the alarm, and what makes it worse: `medium: SpO2 < 90 for 15 s, or 3 dips in 60 s`."""
    for stage in rule.stage:
        ways = [_violated(stage)] if stage.when else []
        if stage.after is not None:
            ways.append(f"after {stage.after:g} s" if stage.after else KINDS.get(rule.kind, rule.kind))
        if stage.again_within is not None:
            ways.append(f"again within {stage.again_within:g} s")
        if stage.percent_seconds:
            ways.append(f"{stage.percent_seconds.index:g} %-seconds")
        if stage.dips:
            ways.append(f"{stage.dips.count} dips in {stage.dips.within:g} s")
        if stage.fast_fall:
            ways.append(f"for {stage.fast_fall.delay:g} s after a fall faster than {stage.fast_fall.rate:g} a second")
        yield f"{stage.priority.word}: {', or '.join(ways)}"


def summary(events: Iterable[Event], duration: int) -> str:
    """How many alarms of which rule in a recording of `duration` microseconds."""
    raised = Counter(e.occurrence.rule for e in events if isinstance(e, Raised))
    rules = ", ".join(f"{rule} {n}" for rule, n in sorted(raised.items()))
    rate = f", {raised.total() * 3600 * SECOND / duration:.1f} an hour" if duration else ""
    return f"{raised.total()} alarms in {clock(duration - duration % SECOND)}{rate}" + (f": {rules}" if rules else "")
