"""The life of an occurrence as a table: {(state, trigger): state}. An absent key is the refusal.

High occurrences latch: when the condition ends unacknowledged they stay on the screen, marked
"ended", until somebody acknowledges them (rules.md section 4).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from alerts.model import OccurrenceState as S


class Trigger(StrEnum):
    """What can happen to an occurrence."""

    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    END = "end"
    END_LATCHING = "end, latching"


TRANSITIONS: Mapping[tuple[S, Trigger], S] = MappingProxyType(
    {
        (S.RAISED, Trigger.ESCALATE): S.RAISED,
        (S.RAISED, Trigger.ACKNOWLEDGE): S.ACKNOWLEDGED,
        (S.RAISED, Trigger.END): S.ENDED,
        (S.RAISED, Trigger.END_LATCHING): S.LATCHED,
        (S.ACKNOWLEDGED, Trigger.ESCALATE): S.RAISED,
        (S.ACKNOWLEDGED, Trigger.END): S.ENDED,
        (S.ACKNOWLEDGED, Trigger.END_LATCHING): S.ENDED,
        (S.LATCHED, Trigger.ACKNOWLEDGE): S.ENDED,
    }
)


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> raised"]
    lines += [f"    {state} --> {after}: {trigger}" for (state, trigger), after in TRANSITIONS.items()]
    return "\n".join([*lines, f"    {S.ENDED} --> [*]"])
