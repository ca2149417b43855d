"""Events as lines for people: what `check` and `python -m alerts` print."""

from collections import Counter
from collections.abc import Iterable

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
from ingest.model import SECOND


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


def summary(events: Iterable[Event], duration: int) -> str:
    """How many alarms of which rule in a recording of `duration` microseconds."""
    raised = Counter(e.occurrence.rule for e in events if isinstance(e, Raised))
    rules = ", ".join(f"{rule} {n}" for rule, n in sorted(raised.items()))
    rate = f", {raised.total() * 3600 * SECOND / duration:.1f} an hour" if duration else ""
    return f"{raised.total()} alarms in {clock(duration - duration % SECOND)}{rate}" + (f": {rules}" if rules else "")
