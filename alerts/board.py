"""The occurrences of a session: every change to one goes through here and leaves an event.

Also what silences them for a while: acknowledgements with their reminders, and the audio pause.
"""

from collections.abc import Sequence
from dataclasses import replace

from alerts.deadlines import Deadlines
from alerts.lifecycle import TRANSITIONS, Trigger
from alerts.model import (
    Acknowledge,
    Acknowledged,
    AudioPaused,
    AudioResumed,
    Ended,
    Escalated,
    Event,
    Occurrence,
    OccurrenceState,
    PauseAudio,
    Priority,
    Raised,
    Refused,
    Reminded,
    ResumeAudio,
)
from alerts.rules import Rule
from ingest.model import Signal, micros


class Board:
    """All occurrences by id, and the events since the last `take_events`."""

    def __init__(self, rules: Sequence[Rule], deadlines: Deadlines, pause_s: float, reminder_s: float) -> None:
        self._ranks = {rule.id: (rank, rule.silent) for rank, rule in enumerate(rules)}
        self._deadlines = deadlines
        self._pause = micros(pause_s)
        self._reminder = micros(reminder_s)
        self._all: dict[int, Occurrence] = {}
        self._present: dict[int, Occurrence] = {}
        self._reminders: dict[int, int] = {}
        self._events: list[Event] = []
        self._pause_timer = deadlines.register(self._pause_over)
        self._reminder_timer = deadlines.register(self._remind)
        self.paused_until: int | None = None

    @property
    def present(self) -> tuple[Occurrence, ...]:
        """What is active or latched, oldest first."""
        return tuple(self._present.values())

    def worst_alarm_since(self, t: int, signals: frozenset[Signal]) -> Occurrence | None:
        """The medium or high occurrence of these signals with the highest priority, active or ended at `t` or later."""
        recent = [
            o
            for o in self._all.values()
            if o.signal in signals and not o.technical and o.priority >= Priority.MEDIUM
            if o.ended is None or o.ended >= t
        ]
        return max(recent, key=lambda o: (o.priority, o.since), default=None)

    def emit(self, event: Event) -> None:
        """Add an event that concerns no occurrence."""
        self._events.append(event)

    def take_events(self) -> tuple[Event, ...]:
        """The events since the last call."""
        if not self._events:
            return ()
        events = tuple(self._events)
        self._events.clear()
        return events

    def raise_(self, t: int, draft: Occurrence) -> int:
        """Put a new occurrence on the board; its id, its time and what its rule says of it are given here."""
        rank, silent = self._ranks[draft.rule]
        occurrence = replace(draft, id=len(self._all) + 1, since=t, rank=rank, silent=silent)
        self._put(occurrence)
        self._events.append(Raised(t, occurrence))
        self._break_pause(t, occurrence)
        return occurrence.id

    def escalate(self, t: int, id_: int, draft: Occurrence) -> None:
        """The same occurrence at `draft`'s higher priority; within an occurrence it never falls."""
        old = self._present[id_]
        if draft.priority <= old.priority:
            return
        state = TRANSITIONS[old.state, Trigger.ESCALATE]
        new = replace(draft, id=id_, since=old.since, state=state, rank=old.rank, silent=old.silent)
        self._put(new)
        self._events.append(Escalated(t, new))
        self._break_pause(t, new)

    def end(self, t: int, id_: int, reason: str) -> None:
        """Its condition is over; a high that nobody acknowledged stays as latched."""
        old = self._present[id_]
        trigger = Trigger.END_LATCHING if old.latches or old.priority is Priority.HIGH else Trigger.END
        new = replace(old, state=TRANSITIONS[old.state, trigger], ended=t, reason=reason)
        self._put(new)
        self._events.append(Ended(t, new))

    def acknowledge(self, t: int, command: Acknowledge) -> None:
        """Acknowledge each named occurrence, or say why not."""
        for id_ in dict.fromkeys(command.occurrences):
            old = self._all.get(id_)
            state = None if old is None else TRANSITIONS.get((old.state, Trigger.ACKNOWLEDGE))
            if old is not None and state is not None and old.is_active and old.priority > command.seen:
                self._events.append(Refused(t, command.who, f"alarm {id_} is {old.priority.word} by now: look again"))
                continue
            if old is None or state is None:
                why = f"alarm {id_} is {old.state}" if old else f"there is no alarm {id_}"
                self._events.append(Refused(t, command.who, why))
                continue
            new = replace(old, state=state, acknowledged_by=command.who)
            self._put(new)
            self._events.append(Acknowledged(t, new))
            if state is OccurrenceState.ACKNOWLEDGED and new.priority is Priority.HIGH:
                self._reminders[id_] = t + self._reminder
                self._set_reminder()

    def _put(self, occurrence: Occurrence) -> None:
        self._all[occurrence.id] = occurrence
        if occurrence.state is OccurrenceState.ENDED:
            self._present.pop(occurrence.id, None)
        else:
            self._present[occurrence.id] = occurrence
        if occurrence.state is not OccurrenceState.ACKNOWLEDGED and self._reminders.pop(occurrence.id, 0):
            self._set_reminder()

    def _set_reminder(self) -> None:
        if self._reminders:
            self._deadlines.set(self._reminder_timer, min(self._reminders.values()))
        else:
            self._deadlines.cancel(self._reminder_timer)

    def _remind(self, t: int) -> None:
        for id_, due in self._reminders.items():
            if due == t:
                self._reminders[id_] = t + self._reminder
                self._events.append(Reminded(t, self._present[id_]))
        self._set_reminder()

    def pause_audio(self, t: int, command: PauseAudio) -> None:
        """Start (or start again) the audio pause; it always has an end."""
        self.paused_until = t + self._pause
        self._deadlines.set(self._pause_timer, self.paused_until)
        self._events.append(AudioPaused(t, command.who, self.paused_until))

    def resume_audio(self, t: int, command: ResumeAudio) -> None:
        """End the audio pause early."""
        if self.paused_until is None:
            self._events.append(Refused(t, command.who, "the audio is not paused"))
        else:
            self._resume(t, f"by {command.who}")

    def _break_pause(self, t: int, occurrence: Occurrence) -> None:
        if self.paused_until is not None and occurrence.priority is Priority.HIGH:
            self._resume(t, f"high-priority alarm {occurrence.rule}")

    def interrupt(self, t: int) -> None:
        """Nobody watched for a while: no pause outlasts that."""
        if self.paused_until is not None:
            self._resume(t, "monitoring was interrupted")

    def _pause_over(self, t: int) -> None:
        self._resume(t, "pause over")

    def _resume(self, t: int, reason: str) -> None:
        self.paused_until = None
        self._deadlines.cancel(self._pause_timer)
        self._events.append(AudioResumed(t, reason))
