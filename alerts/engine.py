"""The alarm engine: inputs in, events out. No clock, no I/O, no thread.

`step(input)` first fires every deadline before the input's time, each stamped with its own time,
then takes the input (rules.md section 2, docs/decisions/0003). The same log gives the same events
with ticks, without ticks, and shifted by any time.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from alerts.baseline import Baseline
from alerts.board import Board
from alerts.deadlines import Deadlines
from alerts.gates import Gates
from alerts.judging import BEFORE, Judging
from alerts.model import (
    Acknowledge,
    Command,
    End,
    EndSymptom,
    Event,
    Input,
    Interruption,
    LimitSet,
    Occurrence,
    PauseAudio,
    Phase,
    PhaseChanged,
    Refused,
    Rejected,
    ReportSymptom,
    ResumeAudio,
    RuleSwitched,
    SameLimbSet,
    SetBaseline,
    SetCuffInterval,
    SetLimit,
    SetPhase,
    SetSameLimb,
    Setting,
    SoundTried,
    StartCuff,
    StopCuff,
    SwitchRule,
    TrySound,
)
from alerts.orders import CuffOrders
from alerts.pressure import Pressure
from alerts.reports import SymptomWatch, interrupted
from alerts.rules import Profile
from alerts.settings import RuleOff, SettingError, check_baseline, limited, rule_of, switchable
from alerts.technical import DeviceWatch, SoundWatch, StagedAlarm
from alerts.vital_signs import VitalSigns
from ingest.model import (
    CONTINUOUS,
    NIBP,
    Condition,
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
)
from ingest.sources import RECORD, SOUND


class Engine:
    """All rules of one profile over one session. `profile` is the one in force, with this patient's limits."""

    def __init__(self, profile: Profile) -> None:
        self.profile = self._original = profile
        self.now = 0
        self.rejected = 0
        self.is_same_limb = False
        self._faults_told = 0
        self._measuring: frozenset[str] = frozenset()
        self._judging = judging = Judging()
        self._deadlines = deadlines = Deadlines(judging.alone("a delay"))
        holds = {s: deadlines.register(partial(self._hold_over, signal=s)) for s in sorted(CONTINUOUS)}
        timing = profile.timing
        self.board = board = Board(profile.rule, deadlines, timing.audio_pause, timing.reminder)
        self.baseline = Baseline(profile.baseline.window)
        self._gates = Gates(profile.of_kind("gate"))
        self.vitals = VitalSigns(profile, holds, deadlines, board, judging, self._told)
        self.pressure = Pressure(profile, deadlines, board, judging, self.baseline.values)
        self._record = [StagedAlarm(rule, deadlines, board) for rule in profile.of_kind("record")]
        self._sound = [SoundWatch(rule, deadlines, board) for rule in profile.of_kind("sound")]
        self._symptoms = [SymptomWatch(rule, board) for rule in profile.of_kind("symptom")]
        self._devices: dict[str, list[DeviceWatch]] = {}
        self.orders = CuffOrders(profile.nibp, deadlines, board)

    # What a screen wants to know

    @property
    def phase(self) -> Phase:
        """Where the session stands."""
        return self._judging.phase

    @property
    def rate(self) -> Signal:
        """The signal the HR rules judge: hr where a source declares it, else pr."""
        return self.vitals.rate

    @property
    def nibp(self) -> NibpReading | None:
        """The last good cuff reading."""
        return self.pressure.last

    @property
    def faults(self) -> Mapping[str, Exception]:
        """What went wrong first in which rule."""
        return self._judging.faults

    @property
    def rules_off(self) -> tuple[RuleOff, ...]:
        """The rules that somebody switched off."""
        return tuple(self._judging.rules_off.values())

    @property
    def unmet_gates(self) -> list[str]:
        """What a clinician has to decide about before the infusion starts, in words."""
        has_baseline = Signal.NIBP_SYS in self.baseline.values or self.baseline.has_pressure
        return self._gates.unmet(self.now, has_baseline) if self.phase in BEFORE else []

    def value(self, signal: Signal) -> tuple[float | None, int | None]:
        """The held value of a continuous signal (None when missing) and the time of its last valid sample."""
        return self.vitals.held(signal), self.vitals.last(signal)

    def is_expected(self, signal: Signal) -> bool:
        """Whether any source declares this continuous signal."""
        return self.vitals.is_expected(signal)

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
        with self._judging.alone("the engine"):
            self._take(t, input_)
        self._tell_faults(t)
        return self.board.take_events()

    def _take(self, t: int, input_: Input) -> None:
        match input_:
            case Observation():
                self._observe(t, input_)
            case Waveform():
                self._heard(t, input_.source)
                self.vitals.wave(t, input_)
            case Tick() | RawBytes() | SentBytes():
                pass
            case NibpReading():
                self._take_nibp(t, input_)
            case DeviceConfiguration():
                self._configure(t, input_)
            case DeviceStatus():
                self._take_status(t, input_)
            case End():
                self._end(t)
            case _:
                self._obey(t, replace(input_, t=t))

    def _tell_faults(self, t: int) -> None:
        """T-11: a rule that failed is an alarm itself, once; it lasts, for nothing mends it."""
        for name, error in list(self._judging.faults.items())[self._faults_told :]:
            self._faults_told += 1
            words = f"Alarms not reliable: {name} failed ({type(error).__name__}). Watch the patient; restart Dripwatch"
            for rule in self.profile.of_kind("fault"):
                priority = rule.stage[0].priority
                draft = Occurrence(0, rule.id, priority, "engine", None, None, None, words, 0, technical=True)
                self.board.raise_(t, draft)

    def _observe(self, t: int, observation: Observation) -> None:
        self._heard(t, observation.source)
        if why := self.vitals.observe(t, observation):
            self._reject(Rejected(t, observation.signal, observation.value, why))

    def _hold_over(self, t: int, signal: Signal) -> None:
        self.vitals.hold_over(t, signal)

    def _told(self, t: int, signal: Signal, value: float | None) -> None:
        """A continuous value has changed, or is gone."""
        if self.phase is Phase.BASELINE and value is not None:
            self.baseline.sample(t, signal, value)
        if self.phase in BEFORE:
            self._gates.sample(t, signal, value)

    def _take_nibp(self, t: int, reading: NibpReading) -> None:
        self._heard(t, reading.source)
        self.orders.forget_repeat()
        reading, rejected = self.pressure.plausible(t, reading)
        if rejected is not None:
            self._reject(rejected)
        if self.phase is Phase.BASELINE:
            self.baseline.reading(reading)
        asking = self._gates.reading(t, reading) if self.phase in BEFORE else []
        if asking := self.pressure.take(reading, self.vitals.held(self.rate), asking):
            self.orders.ask_repeat(t, asking[-1])

    def _reject(self, rejected: Rejected) -> None:
        self.rejected += 1
        self.board.emit(rejected)

    def _configure(self, t: int, configuration: DeviceConfiguration) -> None:
        for refused in self.vitals.configure(t, configuration):
            self._reject(refused)
        if configuration.source not in self._devices:
            self._devices[configuration.source] = [
                DeviceWatch(rule, configuration.source, configuration.interval, self._deadlines, self.board)
                for rule in self.profile.of_kind("device")
            ]
        self._heard(t, configuration.source)
        self.orders.configure(configuration)
        self.pressure.set_interval(t, self.orders.interval)
        if configuration.signals & NIBP and not self.pressure.is_measured:
            self.pressure.is_measured = True
            self.pressure.expect(t)
        self.vitals.expect(t)

    def _heard(self, t: int, source: str) -> None:
        for watch in self._devices.get(source, ()):
            if self._judging.is_judged(watch.rule):
                with self._judging.alone(watch.rule.id):
                    watch.heard(t)

    def _take_status(self, t: int, status: DeviceStatus) -> None:
        if status.source == RECORD:
            self._take_record_status(t, status)
            return
        if status.source == SOUND:
            for sound in self._sound:
                sound.status(status)
                sound.judge(t, self._judging.is_judged(sound.rule), "sound can be heard again")
            return
        self._follow_cuff(t, status)
        self.vitals.status(t, status)
        for watch in self._devices.get(status.source, ()):
            match status.state:
                case DeviceState.CONNECTED:
                    self._heard(t, status.source)
                case DeviceState.DISCONNECTED:
                    watch.lost(status.detail)
                case _:
                    watch.stop(t, "source ended")

    def _follow_cuff(self, t: int, status: DeviceStatus) -> None:
        """A cuff on the probe's limb disturbs it for as long as it measures."""
        self.orders.status(t, status)
        was_measuring, is_measuring = bool(self._measuring), Condition.MEASURING in status.conditions
        self._measuring = self._measuring | {status.source} if is_measuring else self._measuring - {status.source}
        if self.is_same_limb and self._measuring and not was_measuring:
            self.vitals.hold_back(t)
        elif was_measuring and not self._measuring:
            self.vitals.inhibition.end(t)

    def _take_record_status(self, t: int, status: DeviceStatus) -> None:
        for alarm in self._record:
            if status.state is DeviceState.DISCONNECTED:
                alarm.raise_now(t, RECORD, f"The record is not being written: {status.detail}")
            else:
                alarm.stop(t, "the record is written again")

    # Commands

    def _obey(self, t: int, command: Command) -> None:
        match command:
            case SetPhase():
                self._set_phase(t, command)
            case Acknowledge():
                self.board.acknowledge(t, command)
            case PauseAudio():
                self.board.pause_audio(t, command)
            case ResumeAudio():
                self.board.resume_audio(t, command)
            case StartCuff():
                self.orders.start(t, command)
            case StopCuff():
                self.orders.stop(t, command)
            case ReportSymptom():
                for symptoms in self._symptoms:
                    symptoms.report(t, command)
            case EndSymptom():
                for symptoms in self._symptoms:
                    symptoms.end(t, command)
            case TrySound(is_heard=None) if self.board.paused_until is not None:
                self.board.emit(Refused(t, command.who, "the audio is paused"))
            case TrySound():
                self.board.emit(SoundTried(t, command.who, command.is_heard))
                for sound in self._sound:
                    sound.tried(t, command)
            case Interruption():
                self.board.interrupt(t)
                for rule in filter(self._judging.is_judged, self.profile.of_kind("interrupted")):
                    interrupted(rule, self.board, command)
            case _:
                self._set(t, command)

    def _set(self, t: int, setting: Setting) -> None:
        """What changes how the session is judged; what cannot be is refused in words."""
        try:
            match setting:
                case SetCuffInterval():
                    if self.orders.set_interval(t, setting):
                        self.pressure.set_interval(t, self.orders.interval)
                case SetBaseline():
                    check_baseline(setting)
                    self.board.emit(self.baseline.enter(setting))
                case SwitchRule():
                    self._switch(t, setting)
                case SetLimit():
                    self._set_limit(t, setting)
                case _:
                    self._set_same_limb(t, setting)
        except SettingError as error:
            self.board.emit(Refused(t, setting.who, str(error)))

    def _switch(self, t: int, command: SwitchRule) -> None:
        rule, rules_off = switchable(self.profile, command), self._judging.rules_off
        if command.is_on == (rule.id not in rules_off):
            raise SettingError(f"{rule.id} is {'on' if command.is_on else 'off'} already")
        if command.is_on:
            del rules_off[rule.id]
        else:
            rules_off[rule.id] = RuleOff(rule.id, command.who, t, command.reason)
        self.board.emit(RuleSwitched(t, command.who, rule.id, command.is_on, command.reason))
        self._rejudge(t, f"rule switched off by {command.who}")

    def _set_limit(self, t: int, command: SetLimit) -> None:
        self.profile, limit, before = limited(self.profile, self._original, command)
        rule = rule_of(self.profile, command.rule)
        self.board.emit(LimitSet(t, command.who, rule.id, command.signal, limit, before))
        self.pressure.adopt(rule)
        self.vitals.adopt(t, rule)

    def _set_same_limb(self, t: int, command: SetSameLimb) -> None:
        self.is_same_limb = command.is_same
        self.board.emit(SameLimbSet(t, command.who, command.is_same))
        if not command.is_same:
            self.vitals.inhibition.end(t)
        elif self._measuring:
            self.vitals.hold_back(t)

    def _set_phase(self, t: int, command: SetPhase) -> None:
        before, after = self.phase, command.phase
        if after is before:
            self.board.emit(Refused(t, command.who, f"the session is in phase {after} already"))
            return
        if after is Phase.INFUSION and not command.decision and (unmet := self.unmet_gates):
            why = f"starting needs a clinician's decision: {'; '.join(unmet)}"
            self.board.emit(Refused(t, command.who, why))
            return
        if before is Phase.BASELINE and after is not Phase.BASELINE:
            self.board.emit(self.baseline.close(t, command.who))
        elif after is Phase.BASELINE and before is not Phase.BASELINE:
            self.baseline.begin()
        if after is Phase.ENDED:
            self.orders.forget_repeat()
        self._judging.phase = after
        self.board.emit(PhaseChanged(t, command.who, after, command.decision))
        self._rejudge(t, f"phase {after}")
        for watches in self._devices.values():
            for watch in watches:
                if not self._judging.is_judged(watch.rule):
                    watch.stop(t, f"phase {after}")
                elif before is Phase.ENDED:
                    watch.heard(t)
        self.pressure.expect(t)
        self.vitals.expect(t, begins=before is Phase.ENDED)

    def _rejudge(self, t: int, reason: str) -> None:
        self.vitals.rejudge(t, reason)
        self.pressure.rejudge(t, reason)
        for sound in self._sound:
            sound.judge(t, self._judging.is_judged(sound.rule), reason)

    def _end(self, t: int) -> None:
        """The log is over: what is due at this very instant still fires, then all that is active ends."""
        self._deadlines.run_before(t + 1)
        for occurrence in self.board.present:
            if occurrence.is_active:
                self.board.end(t, occurrence.id, "session ended")
