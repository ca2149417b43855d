"""Orders to a cuff: what people and rules ask of it, passed on if there is one that can be told.

The engine only says that an order was given; the station hands it to the source. So a replay gives the same orders,
and no cuff hears them.
"""

from alerts.board import Board
from alerts.deadlines import Deadlines
from alerts.model import CuffIntervalSet, CuffOrder, CuffOrdered, Refused, SetCuffInterval, StartCuff, StopCuff
from alerts.rules import NibpTimes
from ingest.model import Condition, DeviceConfiguration, DeviceState, DeviceStatus, micros


class CuffOrders:
    """The one cuff that takes orders: the first source that says it does. Times are session microseconds."""

    def __init__(self, times: NibpTimes, deadlines: Deadlines, board: Board) -> None:
        self.source: str | None = None
        self.interval: int | None = None
        """Between two starts by itself; None: only when told."""
        self.is_connected = False
        self.is_measuring = False
        self._rest = micros(times.rest)
        self._shown = micros(times.shown)
        self._started: int | None = None
        self._deadlines = deadlines
        self._board = board
        self._repeat_timer = deadlines.register(self._repeat)
        self._rule = ""
        self.repeat_at: int | None = None
        """When the repeat that a rule asked for is started."""

    @property
    def next_at(self) -> int | None:
        """When the next measurement starts by itself, as far as anybody can know."""
        known = [self.repeat_at] if self.repeat_at is not None else []
        if self.interval is not None and self._started is not None:
            known.append(self._started + self.interval)
        return min(known, default=None) if self.is_connected else None

    # What the source says

    def configure(self, configuration: DeviceConfiguration) -> None:
        """A source has said whether it takes orders."""
        if configuration.controls_cuff and self.source in (None, configuration.source):
            self.source, self.interval = configuration.source, configuration.nibp_interval

    def status(self, t: int, status: DeviceStatus) -> None:
        """The cuff, or another source, has said how it is."""
        if status.source != self.source:
            return
        self.is_connected = status.state is DeviceState.CONNECTED
        was_measuring, self.is_measuring = self.is_measuring, Condition.MEASURING in status.conditions
        if self.is_measuring and not was_measuring:
            self._started = t
            self.forget_repeat()
        elif self.repeat_at is not None and t >= self.repeat_at:
            self._repeat(t)

    # What people and rules want

    def start(self, t: int, command: StartCuff) -> None:
        """Measure now."""
        if self.is_measuring:
            self._refuse(t, command.who, "the cuff is measuring already")
        elif self._is_told(t, command.who):
            self._order(t, command.who, CuffOrder.START)

    def stop(self, t: int, command: StopCuff) -> None:
        """Let the air out; nothing is started by itself before the next interval."""
        if self._is_told(t, command.who):
            self.forget_repeat()
            self._order(t, command.who, CuffOrder.STOP)

    def set_interval(self, t: int, command: SetCuffInterval) -> bool:
        """Measure every so often; whether it was done."""
        if self.source is None:
            return self._is_told(t, command.who)
        if command.seconds is not None and micros(command.seconds) < self._rest:
            return self._refuse(t, command.who, f"the arm needs {self._rest / micros(1):g} s between two measurements")
        if command.seconds is not None and micros(command.seconds) > self._shown:
            minutes = self._shown / micros(60)
            return self._refuse(t, command.who, f"a reading is shown for {minutes:g} min: no longer interval than that")
        old, self.interval = self.interval, None if command.seconds is None else micros(command.seconds)
        before = None if old is None else old / micros(1)
        self._board.emit(CuffIntervalSet(t, command.who, self.source, command.seconds, before))
        return True

    def ask_repeat(self, t: int, rule: str) -> None:
        """A rule wants its reading repeated: as soon as the arm has rested (the cuff may also be started by hand)."""
        if self.source is not None:
            self._rule, self.repeat_at = rule, t + self._rest
            self._deadlines.set(self._repeat_timer, self.repeat_at)

    def _repeat(self, t: int) -> None:
        if self.is_connected:  # else it waits until the cuff is there again
            self.forget_repeat()
            self._order(t, f"rule {self._rule}", CuffOrder.START)

    def forget_repeat(self) -> None:
        """A reading has come, or nobody is treated any more."""
        self.repeat_at = None
        self._deadlines.cancel(self._repeat_timer)

    def _order(self, t: int, who: str, order: CuffOrder) -> None:
        self._board.emit(CuffOrdered(t, who, self.source or "", order))

    def _is_told(self, t: int, who: str) -> bool:
        if self.source is None:
            return self._refuse(t, who, "no cuff here takes orders: measure at the device")
        return self.is_connected or self._refuse(t, who, f"{self.source} is not connected: measure at the device")

    def _refuse(self, t: int, who: str, why: str) -> bool:
        self._board.emit(Refused(t, who, why))
        return False
