"""A continuous limit rule at work: persistence, %-seconds, dips, escalation, hysteresis.

Fed with valid samples only; it sees neither the clock nor the ticks. How rules.md is read where it
leaves a choice: docs/decisions/0003-how-the-rules-are-read.md.
"""

from alerts.board import Board
from alerts.conditions import Comparison
from alerts.deadlines import Deadlines
from alerts.model import Occurrence, Priority
from alerts.patterns import AreaWatch, DipWatch, FallWatch
from alerts.rules import Profile, Rule, Stage
from ingest.model import SIGNALS, Signal, micros


class LimitWatch:
    """One continuous rule and its present occurrence, if there is one."""

    def __init__(self, rule: Rule, profile: Profile, deadlines: Deadlines, board: Board) -> None:
        first = rule.stage[0]
        self.rule = rule
        self.signal = first.when[0].signal
        self.title = SIGNALS[self.signal].title
        self._board = board
        self._deadlines = deadlines
        self._inside = first.when[0]
        self._hysteresis = profile.hysteresis.of(self.signal) if rule.hysteresis is None else rule.hysteresis
        self._clear = micros(profile.timing.clear)
        self._stages = [
            ConditionStage(stage, self, deadlines, self._hysteresis) for stage in reversed(rule.stage) if stage.when
        ]
        self._followups = [FollowUp(stage, self, deadlines) for stage in rule.stage if stage.after is not None]
        self._clear_timer = deadlines.register(self._cleared)
        self._is_clearing = False
        self._occurrence: int | None = None

    def look_at(self, signal: Signal) -> None:
        """Judge `signal` from now on: HR rules take the pulse rate where there is no heart rate."""
        self.signal = signal
        self.title = SIGNALS[signal].title

    @property
    def is_raised(self) -> bool:
        """Whether its alarm stands."""
        return self._occurrence is not None

    def adopt(self, rule: Rule) -> None:
        """The rule with another limit in its first stage; the next sample is judged by it."""
        self.rule = rule
        self._inside = rule.stage[0].when[0]
        self._stages[-1].adopt(self._inside)

    def hold_back(self) -> None:
        """Nothing pending counts on, a return inside neither; what stands stands."""
        for stage in self._stages:
            stage.reset()
        self._is_clearing = False
        self._deadlines.cancel(self._clear_timer)

    def sample(self, t: int, value: float, is_new: bool = True) -> None:
        """Judge one valid sample; one that `is_new` not is held from before, and says nothing of how values change."""
        for stage in self._stages:
            stage.sample(t, value, is_new)
        if self._occurrence is not None:
            self._watch_clearing(t, value)

    def _watch_clearing(self, t: int, value: float) -> None:
        inside = self._inside.is_inside(value, self._hysteresis)
        if inside and not self._is_clearing:
            self._is_clearing = True
            self._deadlines.set(self._clear_timer, t + self._clear)
        elif not inside:
            self._is_clearing = False
            self._deadlines.cancel(self._clear_timer)
            for followup in self._followups:
                followup.catch_up(t)

    def reach(self, t: int, priority: Priority, onset: int, value: float, comparison: Comparison, why: str) -> None:
        """A stage is reached: raise, or escalate when it is a higher one."""
        message = comparison.describe(value, self.title) + why
        draft = self._draft(priority, value, comparison.limit, message)
        if self._occurrence is not None:
            self._board.escalate(t, self._occurrence, draft)
            return
        self._occurrence = self._board.raise_(t, draft)
        for followup in self._followups:
            followup.start(t, onset)

    def follow_up(self, t: int, priority: Priority, after: float) -> None:
        """The occurrence still stands `after` seconds after its condition began."""
        value = self._stages[-1].value
        message = self._inside.describe(value, self.title) + f" for {after:g} s"
        self._board.escalate(t, self._occurrence or 0, self._draft(priority, value, self._inside.limit, message))

    def is_clearing(self) -> bool:
        """Whether the value is back inside and waiting for its time there."""
        return self._is_clearing

    def drop(self, t: int, reason: str) -> None:
        """The signal went missing or the phase no longer asks: nothing stays pending."""
        for stage in self._stages:
            stage.reset()
        for followup in self._followups:
            followup.reset()
        self._end(t, reason)

    def _cleared(self, t: int) -> None:
        for followup in self._followups:
            followup.reset()
        self._end(t, "back inside limits")

    def _end(self, t: int, reason: str) -> None:
        self._is_clearing = False
        self._deadlines.cancel(self._clear_timer)
        if self._occurrence is not None:
            self._board.end(t, self._occurrence, reason)
            self._occurrence = None

    def _draft(self, priority: Priority, value: float, limit: float, message: str) -> Occurrence:
        return Occurrence(0, self.rule.id, priority, self.signal, self.rule.side, value, limit, message, 0)


class ConditionStage:
    """One stage with a limit: when has it held long enough?"""

    def __init__(self, stage: Stage, watch: LimitWatch, deadlines: Deadlines, hysteresis: float) -> None:
        self._watch = watch
        self._deadlines = deadlines
        self._priority = stage.priority
        self._comparison = stage.when[0]
        self._test = self._comparison.test
        self._limit = self._comparison.limit
        self._persistence = micros(stage.persistence)
        self._why = f" for {stage.persistence:g} s" if stage.persistence else ""
        self._timer = deadlines.register(self._persisted)
        self._fall = FallWatch(stage.fast_fall) if stage.fast_fall else None
        self._dips = DipWatch(stage.dips, self._comparison, hysteresis) if stage.dips else None
        self._area = (
            AreaWatch(stage.percent_seconds, self._limit, deadlines, self._area_full)
            if (stage.percent_seconds)
            else None
        )
        self._onset: int | None = None
        self.value = 0.0

    def adopt(self, comparison: Comparison) -> None:
        """Another limit; what is pending under the old one begins anew."""
        self.reset()
        self._comparison, self._limit = comparison, comparison.limit
        if self._dips is not None:
            self._dips.comparison = comparison
        if self._area is not None:
            self._area.limit = comparison.limit

    def sample(self, t: int, value: float, is_new: bool) -> None:
        """Take one valid sample."""
        self.value = value
        violating = self._test(value, self._limit)
        if self._fall is not None and is_new:
            self._fall.sample(t, value)
        if violating and self._onset is None:
            self._begin(t)
        elif self._onset is not None and not violating:
            self._onset = None
            self._deadlines.cancel(self._timer)
        if self._dips is not None and is_new and self._dips.sample(t, value):
            self._reach(t, f": {self._dips.words}")
        if self._area is not None:
            self._area.sample(t, value)

    def _begin(self, t: int) -> None:
        self._onset = t
        delay = self._persistence or (self._fall.delay(t) if self._fall else 0)
        if delay:
            self._deadlines.set(self._timer, t + delay)
        else:
            self._reach(t, self._why)

    def _persisted(self, t: int) -> None:
        self._reach(t, self._why)

    def _area_full(self, t: int) -> None:
        self._reach(t, f": {self._area.words}" if self._area else "")

    def _reach(self, t: int, why: str) -> None:
        onset = t if self._onset is None else self._onset
        self._watch.reach(t, self._priority, onset, self.value, self._comparison, why)

    def reset(self) -> None:
        """Forget what is pending."""
        self._onset = None
        self._deadlines.cancel(self._timer)
        if self._dips is not None:
            self._dips.reset()
        if self._area is not None:
            self._area.reset()


class FollowUp:
    """A stage that is reached when the occurrence still stands some time after its condition began."""

    def __init__(self, stage: Stage, watch: LimitWatch, deadlines: Deadlines) -> None:
        self._after_s = stage.after or 0
        self._after = micros(self._after_s)
        self._priority = stage.priority
        self._watch = watch
        self._deadlines = deadlines
        self._timer = deadlines.register(self._due)
        self._is_waiting = False

    def start(self, t: int, onset: int) -> None:
        """The occurrence has been raised; its condition began at `onset`."""
        self._deadlines.set(self._timer, max(t, onset + self._after))

    def _due(self, t: int) -> None:
        if self._watch.is_clearing():
            self._is_waiting = True
        else:
            self._watch.follow_up(t, self._priority, self._after_s)

    def catch_up(self, t: int) -> None:
        """The value left the inside zone again: what fell due meanwhile is reached now."""
        if self._is_waiting:
            self._is_waiting = False
            self._watch.follow_up(t, self._priority, self._after_s)

    def reset(self) -> None:
        """The occurrence is over."""
        self._is_waiting = False
        self._deadlines.cancel(self._timer)
