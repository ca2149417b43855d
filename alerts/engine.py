"""The alarm engine: inputs in, events out. No clock, no I/O, no thread.

`step(input)` first fires every deadline before the input's time, each stamped with its own time,
then takes the input (rules.md section 2, docs/decisions/0003). The same log gives the same events
with ticks, without ticks, and shifted by any time.
"""

from alerts.board import Board
from alerts.channel import Channel
from alerts.conditions import implausible, implausible_map, implausible_nibp
from alerts.cuff import NibpWatch, OverdueWatch
from alerts.deadlines import Deadlines
from alerts.limits import LimitWatch
from alerts.model import (
    Acknowledge,
    End,
    Event,
    Input,
    Occurrence,
    PauseAudio,
    Phase,
    PhaseChanged,
    Rejected,
    ResumeAudio,
    SetCuffInterval,
    SetPhase,
    StartCuff,
    StopCuff,
)
from alerts.orders import CuffOrders
from alerts.rules import Profile, Rule
from alerts.technical import DeviceWatch, MissingWatch, StagedAlarm
from ingest.model import (
    CONTINUOUS,
    NIBP,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    RawBytes,
    SentBytes,
    Signal,
    Tick,
    Waveform,
    micros,
)
from ingest.sources import RECORD


class Engine:
    """All rules of one profile over one session."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.now = 0
        self.phase = Phase.SETUP
        self.nibp: NibpReading | None = None
        self.nibp_failed: NibpReading | None = None
        """The last attempt, where it gave no numbers."""
        self.rejected = 0
        self._deadlines = Deadlines()
        self._channels = {s: self._channel(s) for s in sorted(CONTINUOUS)}
        timing = profile.timing
        self.board = Board(self._deadlines, timing.audio_pause, timing.reminder)
        self._limits = [LimitWatch(r, profile, self._deadlines, self.board) for r in self._of_kind("continuous")]
        self._cuff = [NibpWatch(rule, profile, self.board) for rule in self._of_kind("nibp")]
        self._overdue = [OverdueWatch(r, profile, self._deadlines, self.board) for r in self._of_kind("overdue")]
        self._record = [StagedAlarm(rule, self._deadlines, self.board) for rule in self._of_kind("record")]
        self._devices: dict[str, list[DeviceWatch]] = {}
        self._device_rules = self._of_kind("device")
        self.orders = CuffOrders(profile.nibp, self._deadlines, self.board)
        self._has_nibp = False
        self._rate = Signal.HR
        self._connect(Signal.SPO2)
        self._connect(Signal.HR)

    def _of_kind(self, kind: str) -> list[Rule]:
        return [rule for rule in self.profile.rule if rule.kind == kind]

    def _channel(self, signal: Signal) -> Channel:
        timer = self._deadlines.register(lambda t: self._hold_over(t, self._channels[signal]))
        return Channel(signal, micros(self.profile.timing.hold), timer)

    def _connect(self, signal: Signal) -> None:
        """Let the rules that look at `signal` look at its channel, and T-1 and T-6 too."""
        channel = self._channels[signal]
        channel.watches = tuple(watch for watch in self._limits if watch.signal is signal)
        channel.enter(self.phase)
        lost = next(iter(self._of_kind("lost")), None)
        for rule in self._of_kind("missing"):
            channel.missing = MissingWatch(rule, lost, self.profile.timing.lost_after, self._deadlines, self.board)

    # What a screen wants to know

    @property
    def rate(self) -> Signal:
        """The signal the HR rules judge: hr where a source declares it, else pr."""
        return self._rate

    @property
    def has_nibp(self) -> bool:
        """Whether any source declares NIBP."""
        return self._has_nibp

    def value(self, signal: Signal) -> tuple[float | None, int | None]:
        """The held value of a continuous signal (None when missing) and the time of its last valid sample."""
        channel = self._channels[signal]
        return channel.value, channel.last

    def is_expected(self, signal: Signal) -> bool:
        """Whether any source declares this continuous signal."""
        return self._channels[signal].is_expected

    @property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """What is active or latched, oldest first."""
        return self.board.present

    # Inputs

    def step(self, input_: Input) -> tuple[Event, ...]:
        """Take one input and return the events it and the time before it caused.

        A time before the engine's own is taken as the engine's own: time never runs backwards.
        """
        t = max(input_.t, self.now)
        if t > self.now:
            self._deadlines.run_before(t)
            self.now = t
        match input_:
            case Observation():
                self._observe(t, input_)
            case Waveform():
                self._heard(t, input_.source)
            case Tick() | RawBytes() | SentBytes():
                pass
            case NibpReading():
                self._take_nibp(t, input_)
            case DeviceConfiguration():
                self._configure(t, input_)
            case DeviceStatus():
                self._take_status(t, input_)
            case SetPhase():
                self._set_phase(t, input_)
            case Acknowledge():
                self.board.acknowledge(t, input_)
            case PauseAudio():
                self.board.pause_audio(t, input_)
            case ResumeAudio():
                self.board.resume_audio(t, input_)
            case StartCuff():
                self.orders.start(t, input_)
            case StopCuff():
                self.orders.stop(t, input_)
            case SetCuffInterval():
                if self.orders.set_interval(t, input_):
                    self._follow_cuff(t)
            case End():
                self._end(t)
        return self.board.take_events()

    def _observe(self, t: int, observation: Observation) -> None:
        self._heard(t, observation.source)
        value = observation.value
        channel = self._channels.get(observation.signal)
        if value is None or channel is None or channel.owner not in (None, observation.source):
            return
        if why := implausible(observation.signal, value):
            self._reject(t, observation.signal, value, why)
            return
        was_missing = channel.value is None
        channel.value = value
        channel.last = t
        self._deadlines.set(channel.timer, t + channel.hold)
        if was_missing and channel.missing is not None:
            channel.missing.back(t, "signal is back")
        for watch in channel.judging:
            watch.sample(t, value)

    def _hold_over(self, t: int, channel: Channel) -> None:
        channel.value = None
        for watch in channel.watches:
            watch.drop(t, "signal lost")
        since = channel.last if channel.last is not None else channel.since
        if channel.missing is not None and since is not None:
            channel.missing.gone(t, channel.signal, since, self.phase)

    def _take_nibp(self, t: int, reading: NibpReading) -> None:
        self._heard(t, reading.source)
        if why := implausible_nibp(reading):
            self._reject(t, "nibp", reading.sys, why)
            reading = NibpReading(t, reading.source, None, None, None, why)
        elif why := implausible_map(reading):
            self._reject(t, Signal.NIBP_MAP, reading.map, why)
            reading = NibpReading(t, reading.source, reading.sys, reading.dia)
        else:
            reading = NibpReading(t, reading.source, reading.sys, reading.dia, reading.map, reading.error)
        is_good = any(value is not None for value in (reading.sys, reading.dia, reading.map))
        asks_repeat = False
        if is_good:
            self.nibp, self.nibp_failed = reading, None
            asking = [w.rule.id for w in self._cuff if w.rule.is_judged_in(self.phase) and w.reading(reading)]
            if asks_repeat := bool(asking):
                self.orders.ask_repeat(t, asking[-1])
        else:
            self.nibp_failed = reading
        for overdue in self._overdue:
            if overdue.rule.is_judged_in(self.phase):
                overdue.reading(reading, is_good, asks_repeat)

    def _reject(self, t: int, signal: str, value: float | None, why: str) -> None:
        self.rejected += 1
        self.board.emit(Rejected(t, signal, value, why))

    def _configure(self, t: int, configuration: DeviceConfiguration) -> None:
        hold = max(self.profile.timing.hold, self.profile.timing.hold_intervals * configuration.interval / micros(1))
        for signal in sorted(configuration.signals & CONTINUOUS):
            channel = self._channels[signal]
            if channel.owner not in (None, configuration.source):
                why = f"{signal} of {configuration.source} is not judged: {channel.owner} gives it"
                self._reject(t, signal, None, why)
                continue
            channel.owner = configuration.source
            channel.hold = micros(hold)
            channel.is_expected = True
        if configuration.source not in self._devices:
            self._devices[configuration.source] = [
                DeviceWatch(rule, configuration.source, configuration.interval, self._deadlines, self.board)
                for rule in self._device_rules
            ]
        self._heard(t, configuration.source)
        self.orders.configure(configuration)
        self._follow_cuff(t)
        self._choose_rate()
        if configuration.signals & NIBP and not self._has_nibp:
            self._has_nibp = True
            self._expect_nibp(t)
        self._expect(t)

    def _choose_rate(self) -> None:
        """HR rules judge hr; where no source declares it, pr."""
        hr, pr = self._channels[Signal.HR], self._channels[Signal.PR]
        rate = Signal.PR if pr.is_expected and not hr.is_expected else Signal.HR
        if rate is not self._rate:
            old = self._channels[self._rate]
            new = self._channels[rate]
            new.watches, old.watches = old.watches, ()
            new.missing, old.missing = old.missing, None
            for watch in new.watches:
                watch.look_at(rate)
            new.enter(self.phase)
            old.enter(self.phase)
            self._rate = rate

    def _expect(self, t: int) -> None:
        """Time before the first valid sample counts from here; in setup nothing is missed yet."""
        for channel in self._channels.values():
            if channel.is_expected and channel.last is None and channel.since is None and self.phase is not Phase.SETUP:
                channel.since = t
                self._deadlines.set(channel.timer, t + channel.hold)

    def _expect_nibp(self, t: int) -> None:
        for overdue in self._overdue:
            if self._has_nibp and overdue.rule.is_judged_in(self.phase):
                overdue.expect(t, self.phase)
            else:
                overdue.drop(t, f"phase {self.phase}")

    def _follow_cuff(self, t: int) -> None:
        """A cuff that measures by itself is overdue by its own interval."""
        for overdue in self._overdue:
            overdue.set_interval(t, self.orders.interval)

    def _heard(self, t: int, source: str) -> None:
        for watch in self._devices.get(source, ()):
            if watch.rule.is_judged_in(self.phase):
                watch.heard(t)

    def _take_status(self, t: int, status: DeviceStatus) -> None:
        if status.source == RECORD:
            self._take_record_status(t, status)
            return
        self.orders.status(t, status)
        for watch in self._devices.get(status.source, ()):
            match status.state:
                case DeviceState.CONNECTED:
                    watch.heard(t)
                case DeviceState.DISCONNECTED:
                    watch.lost(status.detail)
                case DeviceState.ENDED:
                    watch.stop(t, "source ended")

    def _take_record_status(self, t: int, status: DeviceStatus) -> None:
        for alarm in self._record:
            if status.state is DeviceState.DISCONNECTED:
                alarm.raise_now(t, RECORD, f"The record is not being written: {status.detail}")
            else:
                alarm.stop(t, "the record is written again")

    def _set_phase(self, t: int, command: SetPhase) -> None:
        self.phase = command.phase
        self.board.emit(PhaseChanged(t, command.who, command.phase))
        reason = f"phase {command.phase}"
        for channel in self._channels.values():
            self._rejudge(t, channel, reason)
        for cuff in self._cuff:
            if not cuff.rule.is_judged_in(self.phase):
                cuff.drop(t, reason)
        self._watch_devices(t, reason)
        self._expect_nibp(t)
        self._expect(t)

    def _rejudge(self, t: int, channel: Channel, reason: str) -> None:
        """Rules that the new phase does not know end; those it adds look at the held value."""
        before = channel.judging
        channel.enter(self.phase)
        for watch in before:
            if watch not in channel.judging:
                watch.drop(t, reason)
        for watch in channel.judging:
            if channel.value is not None and watch not in before:
                watch.sample(t, channel.value)
        if channel.missing is not None and not channel.missing.is_judged_in(self.phase):
            channel.missing.back(t, reason)

    def _watch_devices(self, t: int, reason: str) -> None:
        for watches in self._devices.values():
            for watch in watches:
                if not watch.rule.is_judged_in(self.phase):
                    watch.stop(t, reason)

    def _end(self, t: int) -> None:
        """The log is over: what is due at this very instant still fires, then all that is active ends."""
        self._deadlines.run_before(t + 1)
        for occurrence in self.board.present:
            if occurrence.is_active:
                self.board.end(t, occurrence.id, "session ended")
