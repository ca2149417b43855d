"""The continuous signals in the engine: held values, the rules that look at them, and what says that one is missing."""

from collections.abc import Callable, Mapping

from alerts.board import Board
from alerts.channel import Channel
from alerts.conditions import implausible
from alerts.deadlines import Deadlines
from alerts.inhibition import Inhibition
from alerts.judging import Judging
from alerts.limits import LimitWatch
from alerts.model import Phase, Rejected
from alerts.reports import NO_BREATH, ConditionWatch
from alerts.rules import Profile, Rule
from alerts.stuck import DisagreeWatch, FlatPleth, StuckWatch
from alerts.technical import VITAL, MissingWatch
from ingest.model import (
    CONTINUOUS,
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    Observation,
    Signal,
    Waveform,
    micros,
)

BREATHING = frozenset({Signal.RR})

Told = Callable[[int, Signal, float | None], None]
"""Hears every new value of a channel (None: it is missing from now on); the rate that is judged comes as HR."""


class VitalSigns:
    """All continuous channels. `timers` are those of their holds, registered before all others (rules.md 2.2)."""

    def __init__(
        self,
        profile: Profile,
        timers: Mapping[Signal, int],
        deadlines: Deadlines,
        board: Board,
        judging: Judging,
        told: Told,
    ) -> None:
        self._profile = profile
        self._deadlines = deadlines
        self._board = board
        self._judging = judging
        self._alone = judging.alone
        self._told = told
        hold = micros(profile.timing.hold)
        self._channels = {signal: Channel(signal, hold, timer) for signal, timer in timers.items()}
        self._limits = [LimitWatch(r, profile, deadlines, board) for r in profile.of_kind("continuous")]
        self._conditions = [ConditionWatch(r, deadlines, board) for r in profile.of_kind("condition")]
        self._disagree = [DisagreeWatch(r, deadlines, board, self.held) for r in profile.of_kind("disagree")]
        self._flat = [FlatPleth(r, deadlines, board) for r in profile.of_kind("stuck") if r.watches(Signal.PLETH)]
        self.inhibition = Inhibition(profile.cuff.inhibit, deadlines, board, self._judge_again)
        self._missed_meanwhile: set[Signal] = set()
        self.rate = Signal.HR
        """What the HR rules judge: hr where a source declares it, else pr."""
        for signal in (Signal.SPO2, Signal.HR, Signal.RR):
            self._connect(self._channels[signal])

    def _connect(self, channel: Channel) -> None:
        """Let the rules that look at a signal look at its channel, and what says that it is missing or stuck."""
        channel.watches = tuple(watch for watch in self._limits if watch.signal is channel.signal)
        channel.enter(self._judging.is_judged)
        lost_after, alarms_of = self._profile.timing.lost_after, BREATHING if channel.signal is Signal.RR else VITAL
        lost = next(iter(self._profile.of_kind("lost")), None)
        for rule in self._profile.of_kind("missing"):
            channel.missing = MissingWatch(rule, lost, lost_after, self._deadlines, self._board, alarms_of)
        for rule in self._profile.of_kind("stuck"):
            if rule.watches(channel.signal):
                channel.stuck = StuckWatch(rule, channel.signal, self._deadlines, self._board)

    def held(self, signal: Signal) -> float | None:
        """The held value of a signal, in its unit; None when it is missing."""
        return self._channels[signal].value

    def last(self, signal: Signal) -> int | None:
        """When its last valid sample came."""
        return self._channels[signal].last

    def owner(self, signal: Signal) -> str | None:
        """The source whose values count."""
        return self._channels[signal].owner

    def is_expected(self, signal: Signal) -> bool:
        """Whether any source declares this signal."""
        return self._channels[signal].is_expected

    # What sources say

    def observe(self, t: int, observation: Observation) -> str | None:
        """Take one sample; why it is no value, or None when it is one, or belongs to nobody's channel."""
        value = observation.value
        channel = self._channels.get(observation.signal)
        if value is None or channel is None:
            return None
        is_owner = channel.owner in (None, observation.source)
        if not is_owner and not channel.can_take_over(observation.source):
            return None
        if why := implausible(observation.signal, value):
            return why
        if not is_owner:
            self._hand_over(t, channel, observation.source)
        was_missing = channel.value is None
        channel.value, channel.last, channel.is_missing = value, t, False
        self._deadlines.set(channel.timer, t + channel.hold)
        if was_missing and channel.missing is not None:
            channel.missing.back(t, "signal is back")
        if not self.inhibition.holds_back(channel.signal):
            for watch in channel.judging:
                with self._alone(watch.rule.id):
                    watch.sample(t, value)
        if channel.stuck is not None and self._judging.is_judged(channel.stuck.rule):
            with self._alone(channel.stuck.rule.id):
                channel.stuck.sample(t, value, channel.interval)
        self._changed(t, channel, value)
        return None

    def _hand_over(self, t: int, channel: Channel, source: str) -> None:
        why = f"{channel.signal} is that of {source} from now on: {channel.owner} gives none"
        self._board.emit(Rejected(t, channel.signal, None, why))
        channel.listen_to(source)

    def _changed(self, t: int, channel: Channel, value: float | None) -> None:
        """What else wants to know the value of a channel."""
        if channel.signal in (Signal.HR, Signal.PR):
            self._compare_rates(t)
        elif channel.signal is Signal.RR:
            reason = "signal lost" if value is None else "breathing again"
            self._look_at_breath(t, f"{channel.owner} {Signal.RR}", value == NO_BREATH, reason)
        with self._alone("PRE"):
            self._told(t, Signal.HR if channel.signal is self.rate else channel.signal, value)

    def _compare_rates(self, t: int) -> None:
        for disagree in self._disagree:
            if self._judging.is_judged(disagree.rule) and not self.inhibition.holds_back(Signal.PR):
                with self._alone(disagree.rule.id):
                    disagree.look(t)

    def hold_over(self, t: int, signal: Signal) -> None:
        """No valid sample has come for as long as the last one may be held."""
        channel = self._channels[signal]
        channel.value, channel.is_missing = None, True
        stood = any(watch.is_raised for watch in channel.watches)
        for watch in channel.watches:
            with self._alone(watch.rule.id):
                watch.drop(t, "signal lost")
        if channel.stuck is not None:
            with self._alone(channel.stuck.rule.id):
                channel.stuck.drop(t, "signal lost")
        if signal is Signal.SPO2:
            for flat in self._flat:
                with self._alone(flat.rule.id):
                    flat.drop(t, "signal lost")
        self._changed(t, channel, None)
        if self.inhibition.holds_back(signal) and not stood:
            self._missed_meanwhile.add(signal)
        else:
            self._miss(t, channel)

    def _miss(self, t: int, channel: Channel) -> None:
        since = channel.last if channel.last is not None else channel.since
        if channel.missing is not None and since is not None:
            with self._alone(channel.missing.rule.id):
                channel.missing.gone(t, channel.signal, since, self._judging.phase)

    def wave(self, t: int, wave: Waveform) -> None:
        """A stretch of a wave has come."""
        for flat in self._flat if wave.signal is Signal.PLETH else ():
            if self._judging.is_judged(flat.rule):
                with self._alone(flat.rule.id):
                    flat.wave(t, wave.values, self.held(Signal.SPO2) is not None)

    def status(self, t: int, status: DeviceStatus) -> None:
        """A source says how it is: also whether the patient breathes."""
        reason = "breathing again" if status.state is DeviceState.CONNECTED else "signal lost"
        self._look_at_breath(t, status.source, Condition.NO_BREATH in status.conditions, reason)

    def _look_at_breath(self, t: int, who: str, is_missing: bool, reason: str) -> None:
        for condition in self._conditions:
            condition.say(who, is_missing)
            with self._alone(condition.rule.id):
                condition.judge(t, self._judging.is_judged(condition.rule), reason)

    def configure(self, t: int, configuration: DeviceConfiguration) -> list[Rejected]:
        """A source says what it will send; returned is what another one sends already."""
        timing, refused = self._profile.timing, list[Rejected]()
        hold = max(timing.hold, timing.hold_intervals * configuration.interval / micros(1))
        for signal in sorted(configuration.signals & CONTINUOUS):
            channel = self._channels[signal]
            if channel.owner not in (None, configuration.source):
                why = f"{signal} of {configuration.source} is not judged while {channel.owner} gives it"
                refused.append(Rejected(t, signal, None, why))
            channel.declare(configuration.source, micros(hold), configuration.interval)
        self._choose_rate()
        return refused

    def _choose_rate(self) -> None:
        """HR rules judge hr; where no source declares it, pr."""
        rate = Signal.PR if self.is_expected(Signal.PR) and not self.is_expected(Signal.HR) else Signal.HR
        if rate is self.rate:
            return
        old, new = self._channels[self.rate], self._channels[rate]
        new.watches, old.watches = old.watches, ()
        new.missing, old.missing = old.missing, None
        new.stuck, old.stuck = old.stuck, None
        for watch in new.watches:
            watch.hold_back()
            watch.look_at(rate)
        if new.stuck is not None:
            new.stuck.look_at(rate)
        new.enter(self._judging.is_judged)
        old.enter(self._judging.is_judged)
        self.rate = rate

    # What people and phases change

    def expect(self, t: int, begins: bool = False) -> None:
        """Time before the first valid sample counts from here, as after the end; in setup nothing is missed yet."""
        for channel in self._channels.values():
            is_new = channel.last is None and channel.since is None
            is_due = is_new or (begins and channel.value is None)
            if channel.is_expected and is_due and self._judging.phase is not Phase.SETUP:
                channel.since, channel.last = t, None
                self._deadlines.set(channel.timer, t + channel.hold)

    def rejudge(self, t: int, reason: str) -> None:
        """Rules that are no longer judged end; those that are new look at what is held."""
        for channel in self._channels.values():
            self._rejudge(t, channel, reason)
        for condition in self._conditions:
            with self._alone(condition.rule.id):
                condition.judge(t, self._judging.is_judged(condition.rule), reason)
        self._judging.drop_others(t, [*self._disagree, *self._flat], reason)

    def _rejudge(self, t: int, channel: Channel, reason: str) -> None:
        before = channel.judging
        channel.enter(self._judging.is_judged)
        for watch in before:
            if watch not in channel.judging:
                with self._alone(watch.rule.id):
                    watch.drop(t, reason)
        for watch in channel.judging:
            if channel.value is not None and watch not in before and not self.inhibition.holds_back(channel.signal):
                with self._alone(watch.rule.id):
                    watch.sample(t, channel.value, is_new=False)
        if channel.missing is not None and not channel.missing.rule.is_judged_in(self._judging.phase):
            channel.missing.back(t, reason)
        if channel.stuck is not None and not self._judging.is_judged(channel.stuck.rule):
            with self._alone(channel.stuck.rule.id):
                channel.stuck.drop(t, reason)

    def adopt(self, t: int, rule: Rule) -> None:
        """A rule with another limit: the held value is judged by it at once."""
        for channel in self._channels.values():
            for watch in channel.watches:
                if watch.rule.id == rule.id:
                    watch.adopt(rule)
                    is_judged = watch in channel.judging and not self.inhibition.holds_back(channel.signal)
                    if channel.value is not None and is_judged:
                        with self._alone(watch.rule.id):
                            watch.sample(t, channel.value, is_new=False)

    def hold_back(self, t: int) -> None:
        """The cuff on the probe's limb inflates."""
        if not self.inhibition.begin(t):
            return
        for channel in self._channels.values():
            for watch in channel.watches if self.inhibition.concerns(channel.signal) else ():
                watch.hold_back()

    def _judge_again(self, t: int) -> None:
        """The cuff is empty: what was held back counts from now on."""
        for channel in self._channels.values():
            if not self.inhibition.concerns(channel.signal):
                continue
            if channel.value is not None:
                for watch in channel.judging:
                    with self._alone(watch.rule.id):
                        watch.sample(t, channel.value, is_new=False)
            elif channel.signal in self._missed_meanwhile:
                self._miss(t, channel)
        self._missed_meanwhile.clear()
        self._compare_rates(t)
