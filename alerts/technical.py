"""Technical alarms over time: a missing signal (T-1, T-6), a silent device (T-4), a failing record (T-5),
alarms that nobody hears (T-10).

They depend on no fresh sample: only on the time since the last one.
"""

from collections.abc import Callable

from alerts.board import Board
from alerts.deadlines import Deadlines
from alerts.model import Occurrence, Phase, Priority, TrySound
from alerts.rules import Rule
from ingest.model import SIGNALS, DeviceState, DeviceStatus, Signal, micros
from ingest.sources import SOUND

VITAL = frozenset({Signal.HR, Signal.PR, Signal.SPO2})


class StagedAlarm:
    """An occurrence that climbs the stages of its rule with the time something has been missing, or has lasted."""

    def __init__(self, rule: Rule, deadlines: Deadlines, board: Board, is_technical: bool = True) -> None:
        self.rule = rule
        self._is_technical = is_technical
        self._signal = self._words = ""
        self._deadlines = deadlines
        self._board = board
        self._timers = [(s, deadlines.register(self._stage(s.priority))) for s in reversed(rule.stage)]
        self._since = 0
        self._is_running = False
        self._occurrence: int | None = None

    def judge(self, t: int, is_due: bool, signal: str, words: str, reason: str) -> None:
        """Count from the first `t` at which it is due; `reason`: why it would not be due any more."""
        if is_due and not self._is_running:
            self.start(t, t, signal, words)
        elif self._is_running and not is_due:
            self.stop(t, reason)

    def start(self, since: int, not_before: int, signal: str, words: str) -> None:
        """Missing since `since`; no stage is reached before `not_before` (both session microseconds)."""
        self._since, self._signal, self._words = since, signal, words
        self._is_running = True
        for stage, timer in self._timers:
            self._deadlines.set(timer, max(not_before, since + micros(stage.after or 0)))

    def stop(self, t: int, reason: str) -> None:
        """It is there again, or no longer asked for."""
        self._is_running = False
        for _, timer in self._timers:
            self._deadlines.cancel(timer)
        if self._occurrence is not None:
            self._board.end(t, self._occurrence, reason)
            self._occurrence = None

    def raise_now(self, t: int, signal: str, words: str) -> None:
        """Without waiting, at the first stage's priority."""
        self._since, self._signal, self._words = t, signal, words
        self._reach(t, self.rule.stage[0].priority)

    def say(self, words: str) -> None:
        """What the message begins with from now on."""
        self._words = words

    def _stage(self, priority: Priority) -> Callable[[int], None]:
        return lambda t: self._reach(t, priority)

    def _reach(self, t: int, priority: Priority) -> None:
        seconds = (t - self._since) / micros(1)
        message = f"{self._words} for {seconds:g} s" if seconds else self._words
        draft = Occurrence(0, self.rule.id, priority, self._signal, None, None, None, message, 0, self._is_technical)
        if self._occurrence is None:
            self._occurrence = self._board.raise_(t, draft)
        else:
            self._board.escalate(t, self._occurrence, draft)


class MissingWatch:
    """One continuous signal gone: T-1, or T-6 in its place when it was lost in the middle of an alarm.

    Breathing is missed only in that case (D): T-1 is about SpO2 and the pulse.
    """

    def __init__(
        self,
        missing: Rule,
        lost: Rule | None,
        lost_after_s: float,
        deadlines: Deadlines,
        board: Board,
        alarms_of: frozenset[Signal] = VITAL,
    ) -> None:
        self.rule = missing
        self._alarms_of = alarms_of
        self._lost_rule = lost
        self._lost_after = micros(lost_after_s)
        self._board = board
        self._missing = StagedAlarm(missing, deadlines, board)
        self._lost: int | None = None

    def gone(self, t: int, signal: Signal, last_valid: int, phase: Phase) -> None:
        """The hold of `signal` is over at `t`; its last valid sample was at `last_valid`."""
        title = SIGNALS[signal].title
        alarm = self._board.worst_alarm_since(last_valid - self._lost_after, self._alarms_of)
        if alarm is not None and self._lost_rule is not None and self._lost_rule.is_judged_in(phase):
            during = SIGNALS[Signal(alarm.signal)].title
            message = f"{title} lost during {during} alarm: check the patient"
            self._lost = self._board.raise_(
                t,
                Occurrence(0, self._lost_rule.id, alarm.priority, signal, None, None, None, message, 0, technical=True),
            )
        elif self.rule.is_judged_in(phase) and signal in VITAL:
            self._missing.start(last_valid, t, signal, f"{title}: no reading")

    def back(self, t: int, reason: str) -> None:
        """A valid sample has come, or the signal is no longer asked for."""
        self._missing.stop(t, reason)
        if self._lost is not None:
            self._board.end(t, self._lost, reason)
            self._lost = None


class DeviceWatch:
    """T-4: a source that is disconnected, unreadable or sends nothing."""

    def __init__(self, rule: Rule, source: str, interval: int, deadlines: Deadlines, board: Board) -> None:
        self.rule = rule
        self._source = source
        self._shortest = round(2.5 * interval)
        self._alarm = StagedAlarm(rule, deadlines, board)

    def heard(self, t: int) -> None:
        """Something came from the source."""
        self._alarm.stop(t, "data again")
        self._alarm.start(t, t + self._shortest, self._source, f"{self._source}: no data")

    def lost(self, detail: str) -> None:
        """The source says it is disconnected: the time still counts from its last reading."""
        self._alarm.say(f"{self._source}: disconnected ({detail})" if detail else f"{self._source}: disconnected")

    def stop(self, t: int, reason: str) -> None:
        """The source has ended, or nobody asks for it."""
        self._alarm.stop(t, reason)


class SoundWatch:
    """T-10: alarms cannot be heard, says the machine after a while, or a person at once."""

    def __init__(self, rule: Rule, deadlines: Deadlines, board: Board) -> None:
        self.rule = rule
        self._machine = StagedAlarm(rule, deadlines, board)
        self._person = StagedAlarm(rule, deadlines, board)
        self._trouble: str | None = None

    def status(self, status: DeviceStatus) -> None:
        """Whether any output can be heard has changed, or why none can."""
        self._trouble = None if status.state is DeviceState.CONNECTED else status.detail

    def judge(self, t: int, is_judged: bool, reason: str) -> None:
        """Whether it is an alarm at `t`; `reason`: why it would be none any more."""
        words = f"No alarm sound ({self._trouble})"
        self._machine.judge(t, is_judged and self._trouble is not None, SOUND, words, reason)
        self._machine.say(words)
        if not is_judged:
            self._person.stop(t, reason)

    def tried(self, t: int, command: TrySound) -> None:
        """What a person says of the test."""
        if command.is_heard:
            self._person.stop(t, f"heard by {command.who}")
        elif command.is_heard is False:
            self._person.raise_now(t, SOUND, f"No alarm sound: {command.who} did not hear the test")
