"""One inbox, one thread, one truth: input -> record -> engine -> snapshot -> subscribers.

Nothing here waits for a disk or a browser: the recorder is offered what happens and says later how
far it has come; subscribers are woken and fetch the newest snapshot when they can.
"""

import logging
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from threading import Event as Flag
from threading import Thread
from types import MappingProxyType

from alerts.devices import Devices
from alerts.ears import Heard
from alerts.engine import Engine
from alerts.history import Historian, History
from alerts.inbox import Clock, Horizon, Item, Trouble
from alerts.minutes import Journal, Minutes
from alerts.model import (
    Acknowledged,
    Command,
    CuffIntervalSet,
    End,
    Event,
    Input,
    Interruption,
    OccurrenceEvent,
    PhaseChanged,
    Refused,
    Reminded,
    SoundTried,
)
from alerts.past import Past
from alerts.receipts import Receipt, receipt_from
from alerts.shot import shot
from alerts.snapshot import Snapshot
from alerts.standstill import Standstill
from alerts.waves import Stretch, Waves
from ingest.model import (
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
from ingest.sources import RECORD, SOUND, Mode, Source
from ingest.sources.pacing import boottime_ns

log = logging.getLogger(__name__)

TICK_S = 0.1
"""How often the station looks at the clock when nothing arrives, seconds (D: well under the 250 ms of R2)."""

STATION = "station"
"""Who gives the commands that nobody gave."""


class Station:
    """Takes readings and commands, keeps the engine's truth, tells whoever subscribed."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        tell: Callable[[Event], object] = lambda event: None,
        boottime_ns: Callable[[], int] = boottime_ns,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._minutes = Minutes()
        self._tell = tell
        self._horizons: Sequence[Horizon] = ()
        self._standstill = Standstill(boottime_ns)
        self._is_live = True
        self._since: int | None = None
        self._owed: Sequence[Event] = ()
        self._cuff_set: CuffIntervalSet | None = None
        self._inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._historian = Historian((Signal.HR, Signal.PR, Signal.SPO2, Signal.RR))
        self._events: list[Event] = []
        self._faults_logged = 0
        self._subscribers: tuple[Callable[[], None], ...] = ()
        self._devices = Devices()
        self._waves = Waves()
        self._confirming: list[tuple[int, Future[str]]] = []
        self._snapshot = Snapshot()
        self._reminders = 0
        self._listen: Callable[[], Heard] | None = None
        self._heard: Heard | None = None
        self._confirmed_by = ""
        self._trouble: str | None = None
        self._fault: str | None = None
        self._is_over = False
        self._ended = Flag()
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name="station", daemon=True)

    # For sources, recorder and composition root

    def restore(self, past: Past) -> Sequence[Event]:
        """Take up, before `start`, what an interrupted session had come to: nothing of it is written or done again.

        The session then starts with what followed from its last inputs and was not written (returned), and an
        Interruption.
        """
        events: list[Event] = []
        for input_ in chain(past.inputs, [Tick(past.t + 1)]):
            self._survive(lambda input_: events.extend(self._judge(input_)), input_)
        self._minutes.seq, self._since, self._owed = past.seq, past.t, events[past.events :]
        self._cuff_set = next((event for event in reversed(events) if isinstance(event, CuffIntervalSet)), None)
        self._publish(True)
        return self._owed

    def start(
        self,
        horizons: Sequence[Horizon] = (),
        journal: Journal | None = None,
        sources: Sequence[Source] = (),
    ) -> None:
        """Begin to take inputs; time may not run ahead of any of the `horizons`. Without a journal nothing is kept.

        The `sources` are asked what they could not read and how their lines are; a cuff among them is given its orders.
        """
        self._horizons = horizons
        self._minutes.journal = journal
        self._is_live = all(source.mode is Mode.LIVE for source in sources)
        self._devices.attach(sources)
        if self._cuff_set is not None:
            self._devices.obey(self._cuff_set)
        for event in self._owed:
            self._minutes.note(event)
        if self._since is not None:
            self.put(Interruption(self._clock.now(), STATION, self._since))
            self.record_trouble(self._trouble)  # what was wrong with the record then says nothing of now
        self._thread.start()

    def listen_with(self, listen: Callable[[], Heard]) -> None:
        """Ask at every turn what can be heard; must not wait. Given before `start`."""
        self._listen = listen

    def put(self, input_: Input) -> None:
        """What a source says (a replayed one: the commands of then, too); from any thread."""
        self._inbox.put(input_)

    def recorded(self, _committed: int) -> None:
        """The recorder has made something durable: whoever waits for a confirmation can be told."""
        self._inbox.put(None)

    def record_trouble(self, message: str | None) -> None:
        """The recorder cannot write (and why), or can again (None)."""
        self._trouble = message
        self._inbox.put(Trouble(message))

    def wait_ended(self) -> None:
        """Return once the log has ended."""
        self._ended.wait()

    def stop(self) -> None:
        """Take what is in the inbox, end the log and the thread."""
        self._stopping.set()
        self._inbox.put(None)
        self._thread.join(timeout=10)

    # For screens: the Feed

    @property
    def snapshot(self) -> Snapshot:
        """The newest truth."""
        return self._snapshot

    def now(self) -> int:
        """The session's clock, microseconds."""
        return self._clock.now()

    def history(self) -> History:
        """A copy of the session's series so far."""
        return self._historian.copy()

    def waves(self, after: int) -> tuple[Stretch, ...]:
        """The newest stretches of every wave after number `after`, oldest first."""
        return self._waves.since(after)

    def receipt(self, occurrence: int) -> Receipt:
        """Why there was this alarm; LookupError when there was none."""
        return receipt_from(tuple(self._events), self.history(), self._engine.profile, occurrence)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` after every change, from the station's thread; returns what ends the subscription."""
        self._subscribers = (*self._subscribers, wake)

        def unsubscribe() -> None:
            self._subscribers = tuple(s for s in self._subscribers if s is not wake)

        return unsubscribe

    def do(self, command: Command) -> Future[str]:
        """Give a command; the result is "" once it is done and in the record, else why it was refused."""
        future: Future[str] = Future()
        self._inbox.put((command, future))
        return future

    # The thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            changed = self._survive(self._turn, TICK_S)
            self._survive(self._confirm)
            self._survive(self._publish, changed)
        self._survive(self._turn, 0)
        if not self._is_over:
            self._finish(self._horizon())

    def _turn(self, wait_s: float) -> bool:
        """Take everything that has arrived, then let the time pass; whether anything happened."""
        items: list[Item] = []
        with suppress(queue.Empty):
            items.append(self._inbox.get(timeout=wait_s) if wait_s else self._inbox.get_nowait())
        now = self._horizon()  # before the rest is fetched: all that lies before it is in the inbox by now
        with suppress(queue.Empty):
            while True:
                items.append(self._inbox.get_nowait())
        # What is of now comes after the readings that were put before it.
        for item in sorted(items, key=lambda item: isinstance(item, tuple | Trouble)):
            self._survive(self._receive, item, now)
        self._minutes.check()
        has_changed = bool(self._survive(self._hear, now))
        return bool(self._survive(self._take, Tick(now))) or has_changed or bool(items)

    def _hear(self, now: int) -> bool:
        """Whether alarms can be heard is an input like any other, when it changes; whether it has."""
        if self._listen is None or self._is_over:
            return False
        before, heard = self._heard, self._listen()
        if before is not None and (before.is_own, before.trouble) == (heard.is_own, heard.trouble):
            return False
        self._heard = replace(heard, since=now)
        if self._is_live and (before is None or before.trouble != heard.trouble):  # a recording needs no ears
            state = DeviceState.CONNECTED if heard.trouble is None else DeviceState.DISCONNECTED
            self._take(DeviceStatus(now, SOUND, state, heard.trouble or ""))
        return True

    def _survive(self, take: Callable[..., object], *items: object) -> object:
        """Whatever goes wrong with one input, the others are still taken, and every screen says so (H07)."""
        try:
            return take(*items)
        except Exception as error:
            log.exception("an input could not be taken")
            self._fault = f"{type(error).__name__} in the alarm engine"
            return True

    def _horizon(self) -> int:
        """The latest time up to which everything is known to have arrived."""
        known = [h.t for h in self._horizons]
        return min([self._clock.now(), *(t for t in known if t is not None)])

    def _receive(self, item: Item, now: int) -> None:
        match item:
            case None:
                pass
            case (command, future):
                self._command(replace(command, t=now), future)
            case Trouble(message):
                state = DeviceState.CONNECTED if message is None else DeviceState.DISCONNECTED
                self._take(DeviceStatus(now, RECORD, state, message or ""))
            case End():
                self._finish(item.t)
            case _:
                self._take(item)

    def _command(self, command: Command, future: Future[str]) -> None:
        if self._is_over:
            self._answer(future, "the session has ended")
            return
        events = self._take(command)
        refusals = [e.reason for e in events if isinstance(e, Refused)]
        if refusals and not any(isinstance(e, Acknowledged) for e in events):
            self._answer(future, "; ".join(refusals))
        else:
            self._confirming.append((self._minutes.seq, future))

    @staticmethod
    def _answer(future: Future[str], words: str) -> None:
        """Nobody may be waiting any more."""
        if future.set_running_or_notify_cancel():
            future.set_result(words)

    def _finish(self, t: int) -> None:
        self._take(End(t))
        self._is_over = True
        self._publish(True)
        self._ended.set()

    def _take(self, input_: Input) -> tuple[Event, ...]:
        """Take an input, and before it the news that nobody took any for a while."""
        if self._is_over:
            return ()
        if not (away := self._standstill.look()):
            return self._pass_on(input_)
        # a recording has stood still with the station: none of its time is gone
        t = self._clock.now() if self._is_live else self._engine.now
        return self._pass_on(Interruption(t, STATION, t - away)) + self._pass_on(input_)

    def _pass_on(self, input_: Input) -> tuple[Event, ...]:
        """Record an input, let the engine judge it, record what follows from it."""
        # a wave begins before it arrives, and bytes can be decoded again only with the times at which they came
        keeps_time = isinstance(input_, Waveform | RawBytes | SentBytes)
        if input_.t < self._engine.now and not keeps_time:
            input_ = replace(input_, t=self._engine.now)
        self._survive(self._minutes.take, input_)
        events = self._judge(input_)
        for event in events:
            self._survive(self._minutes.note, event)
            self._survive(self._devices.obey, event)
            self._survive(self._tell, event)
        return events

    def _judge(self, input_: Input) -> tuple[Event, ...]:
        events = self._engine.step(input_)
        for rule, error in list(self._engine.faults.items())[self._faults_logged :]:
            self._faults_logged += 1
            log.error("rule %s failed", rule, exc_info=error)
        self._events += [event for event in events if isinstance(event, OccurrenceEvent | PhaseChanged)]
        for event in events:
            self._reminders += isinstance(event, Reminded)
            if isinstance(event, SoundTried):
                self._reminders += event.is_heard is None  # it sounds as a reminder does
                self._confirmed_by = event.who if event.is_heard else ""
        self._remember(input_)
        return events

    def _remember(self, input_: Input) -> None:
        """Keep what screens show beside the engine's own state."""
        self._devices.take(input_)
        match input_:
            case Observation(t=t, signal=signal):
                value, last = self._engine.value(signal)
                if last == t and value is not None:
                    self._historian.add(t, signal, value)
            case NibpReading(t=t):
                if self._engine.nibp is not None and self._engine.nibp.t == t:
                    self._historian.add_nibp(self._engine.nibp)
            case Waveform():
                self._waves.add(input_)

    def _confirm(self) -> None:
        """Tell whoever gave a command once the record has it."""
        committed = self._minutes.committed
        for seq, future in [c for c in self._confirming if c[0] <= committed]:
            self._confirming.remove((seq, future))
            self._answer(future, "")

    def _publish(self, changed: object) -> None:
        self._snapshot = self._shot()
        if changed:
            for wake in self._subscribers:
                self._survive(wake)

    def _shot(self) -> Snapshot:
        engine = self._engine
        return replace(
            shot(engine),
            reminders=self._reminders,
            devices=self._devices.shot(engine.now),
            rejected=engine.rejected + self._devices.rejected,
            seq=self._minutes.seq,
            committed=self._minutes.committed,
            acknowledged=MappingProxyType(dict(self._minutes.acknowledged)),
            sound=self._heard,
            sound_confirmed_by=self._confirmed_by,
            trouble=self._trouble,
            fault=self._fault,
            is_ended=self._is_over,
        )
