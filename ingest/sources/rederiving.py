"""The bytes of a recorded session decoded once more: does the record say what its devices said?

Every piece of bytes is given, at its recorded time, to a decoder begun where the source began one. What the decoder
says of it must stand directly behind it in the record: observations, cuff readings, states and waves, all of them, in
their order and with their times. A later time is right too, for a station that was busy stamps with its own; an
earlier one is not. This does not follow from the bytes, and is taken as it is:

* What the source says of its line: configured, up with the first good frame, down, ended. After a word of the last
  two kinds it had a new decoder.
* What it withheld as too old (H19). How often it had looked at the line is not recorded; so after more than a second
  without bytes, and when many come at once, both are right: everything, and what `worth_showing` leaves.
* What people and intervals wanted of a cuff. It shows in what was sent: a decoder is told each wish in turn until it
  would have sent the same. One that sends nothing when it is asked does not change by being asked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from ingest.devices import ControlsCuff, Decoder
from ingest.model import DeviceConfiguration, DeviceState, DeviceStatus, RawBytes, Reading, SentBytes
from ingest.sources.arrivals import Arrivals, worth_showing
from ingest.sources.url import Wire, wire_of

WISHES: tuple[Callable[[ControlsCuff], object], ...] = (
    lambda cuff: cuff.start_nibp(),
    lambda cuff: cuff.set_interval(None),  # its own cycles end; ours show as starts
    lambda cuff: cuff.stop_nibp(),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Behind the bytes of `source` at `t` (session microseconds) stands `recorded`, but they say `derived`.

    Or `recorded` was sent, and `derived` would have been.
    """

    t: int
    source: str
    recorded: tuple[Reading, ...]
    derived: tuple[Reading, ...]


def differences(readings: Iterable[Reading], urls: Iterable[str], *, is_whole: bool = True) -> Iterator[Difference]:
    """Where the recorded `readings` of a session, in their order, are not what its bytes say: nowhere, if all is well.

    `urls` are those of its sources; the ones without bytes are passed over. An interrupted record is not whole: it
    may end before all is said of the last bytes. A record with gaps differs where they are. SourceError for a device
    that this program does not know.
    """
    lines = {wire.name: _Line(wire) for url in urls if (wire := wire_of(url))}
    for reading in readings:
        if line := lines.get(getattr(reading, "source", "")):
            yield from line.take(reading)
    for line in lines.values():
        yield from line.settle(is_whole)


class _Line:
    """One source: its bytes decoded again, and what the record says behind them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._t = 0
        self._age: int | None = None
        self._said: Sequence[Reading] = ()
        self._recorded: list[Reading] = []
        self._decoder: Decoder
        self._arrivals: Arrivals
        self._is_up: bool
        self._comes_up: bool
        self._begin(0)

    def take(self, reading: Reading) -> Iterator[Difference]:
        """The next of the record."""
        match reading:
            case RawBytes(t, _, data):
                yield from self.settle()
                self._t, self._age = t, self._arrivals.age(t, len(data))
                frames = self._decoder.counters.frames
                self._said = self._decoder.feed(data, t)
                self._comes_up = not self._is_up and self._decoder.counters.frames > frames
            case SentBytes():
                yield from self.settle()
                yield from self._ask(reading)
            case _:
                self._recorded.append(reading)

    def settle(self, is_whole: bool = True) -> Iterator[Difference]:
        """Compare what is behind the last piece."""
        said, recorded = self._said, self._recorded
        self._said, self._recorded = (), []
        found = (self._behind(each, recorded) for each in self._possible(said, is_whole))
        rest = next((rest for rest in found if rest is not None), None)
        if rest is None:
            yield Difference(self._t, self._wire.name, tuple(recorded), tuple(said))
            rest = [reading for reading in recorded if _is_of_the_line(reading)]
        self._is_up = self._is_up or self._comes_up
        if rest:
            self._begin(rest[-1].t)

    def _possible(self, said: Sequence[Reading], is_whole: bool) -> Iterator[Sequence[Reading]]:
        yield said
        if self._age is not None:
            yield worth_showing(said, 0)
            yield worth_showing(said, self._age)
        if not is_whole:
            yield from (said[:count] for count in range(len(said)))

    def _behind(self, said: Sequence[Reading], recorded: Sequence[Reading]) -> Sequence[Reading] | None:
        """What the source says of its line behind `said`; None: something else stands there."""
        if self._comes_up and recorded and _is_up(recorded[0]):
            recorded = recorded[1:]
        same, rest = recorded[: len(said)], recorded[len(said) :]
        is_right = len(same) == len(said) and all(map(_is_same, same, said)) and all(map(_is_of_the_line, rest))
        return rest if is_right else None

    def _ask(self, sent: SentBytes) -> Iterator[Difference]:
        for decoder in _wishing(self._decoder):
            if decoder.due(sent.t) == sent.data:
                self._decoder = decoder
                return
        derived = self._decoder.due(sent.t)
        yield Difference(sent.t, sent.source, (sent,), (replace(sent, data=derived),))

    def _begin(self, t: int) -> None:
        self._decoder = self._wire.device(self._wire.name)
        self._arrivals = Arrivals(self._wire.line, t)
        self._is_up = self._comes_up = False


def _wishing(decoder: Decoder) -> Iterator[Decoder]:
    """The decoder as it is, and with each wish."""
    yield deepcopy(decoder)
    if isinstance(decoder, ControlsCuff):
        for wish in WISHES:
            wishing = deepcopy(decoder)
            wish(wishing)
            yield wishing


def _is_same(recorded: Reading, derived: Reading) -> bool:
    return recorded.t >= derived.t and replace(recorded, t=derived.t) == derived


def _is_up(reading: Reading) -> bool:
    return isinstance(reading, DeviceStatus) and reading.state is DeviceState.CONNECTED and not reading.conditions


def _is_of_the_line(reading: Reading) -> bool:
    is_down = isinstance(reading, DeviceStatus) and reading.state is not DeviceState.CONNECTED
    return is_down or isinstance(reading, DeviceConfiguration)
