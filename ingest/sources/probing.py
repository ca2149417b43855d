"""What is on the other end of a serial line: every decoder listens at every line setting its device may have.

First one only listens: most devices talk by themselves, and to one that was understood nothing is ever sent. Only where
nothing was understood at any setting, devices that answer are asked, one kind after the other. What may be sent is
written out in HARMLESS, and what else a decoder wants to send is not sent: so no probe inflates a cuff or changes a
setting. What `due` of each decoder sends while nobody wants a measurement, and why it is harmless or left out:

    contec-v7       start of the stream, keep-alive: without it the stream ends by itself
    capnostream20   enable, start, link is active: the same
    dinamap         read SpO2, pulse rate, the last blood pressure
    suntech-nibp    read the cuff pressure
    par-nibp        read the status
    nonin-df13      NOT sent: it selects a data format that the device keeps, even without batteries
    all others      nothing

A device we do not know gets these bytes too, at up to three speeds. A decoder without a checksum finds frames in
anything: it counts as an answer only what left hardly a byte over (ANSWER).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol, Self

from ingest.devices import Counters, Decoder, Line, capnostream20, contec_v7, dinamap, par_nibp, suntech_nibp
from ingest.drivers import DEVICES
from ingest.model import SECOND, Condition, DeviceStatus, NibpReading, Observation, Reading, Signal
from ingest.sources.port_names import explain

HARMLESS: Mapping[str, frozenset[bytes]] = MappingProxyType(
    {
        "contec-v7": frozenset({contec_v7.START, contec_v7.KEEP_ALIVE}),
        "capnostream20": frozenset({capnostream20.ENABLE, capnostream20.START, capnostream20.LINK_IS_ACTIVE}),
        "dinamap": frozenset(dinamap.POLLS),
        "suntech-nibp": frozenset({suntech_nibp.GET_PRESSURE}),
        "par-nibp": frozenset({par_nibp.GET_STATUS}),
    }
)
"""All a probe may send, by the decoder that asks."""

FOR_FILES = frozenset({"masimo-trend"})
"""Decoders of what no device says live."""

TWINS = frozenset({"contec-5byte", "berry-bci"})
"""The same frames with other flags: no byte tells them apart, so both hear whatever one of them hears."""

ANSWER = 0.8
"""The part of the bytes since the first frame that must have been frames. Measured: the right decoder has all, noise
gives 0.18 at most. Another device's stream may give 0.8, but then out of step and never a number."""

DISTURBED = 0.5
"""The same where there are numbers: one bad line of a device that says one a second."""

PIECE = 32
"""Bytes fed at once."""

TURN_S = 5.0
"""How long is listened at one setting: the slowest device says a line every 2 s, and two lines are needed."""


class OpenLine(Protocol):
    """A port opened at a line setting. `read` returns b"" when nothing came for a short while."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def read(self) -> bytes: ...
    def write(self, data: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One stretch of listening at one line setting; `asks` is the decoder whose requests are sent, "" none."""

    line: Line
    devices: tuple[str, ...]
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one decoder made of the bytes of one turn.

    `numbers` are the last ones, None: the device has no reading; `missed` the bytes since the first frame that were
    none; `age` of the last good frame at the end of the turn, microseconds.
    """

    device: str
    line: Line
    counters: Counters
    missed: int
    numbers: Mapping[Signal, float | None]
    conditions: frozenset[Condition]
    age: int | None

    @property
    def coverage(self) -> float:
        """The part of the bytes since the first frame that were frames."""
        framed = self.counters.bytes_framed
        return framed / max(1, framed + self.missed)

    @property
    def has_numbers(self) -> bool:
        """Whether there was any reading."""
        return any(value is not None for value in self.numbers.values())

    @property
    def is_answer(self) -> bool:
        """Whether this decoder understood what it heard."""
        if self.has_numbers:
            return self.coverage >= DISTURBED
        return self.coverage >= ANSWER and self.counters.frames > 1 and not self.counters.resyncs

    @property
    def weight(self) -> tuple[float, ...]:
        """The best evidence has the highest."""
        known = self.line in DEVICES[self.device].LINES
        return (self.is_answer, known, self.has_numbers, round(self.coverage, 2), self.counters.frames)


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe of a port found: answers, the best first and one a device; what came close; bytes by line setting.

    `trouble`: why it could not be probed, or not to the end.
    """

    port: str
    answers: tuple[Evidence, ...]
    others: tuple[Evidence, ...]
    heard: Mapping[Line, int]
    trouble: str = ""


def source_url(port: str, evidence: Evidence) -> str:
    """What to type after --source."""
    url, lines, line = f"serial:{port}?device={evidence.device}", DEVICES[evidence.device].LINES, evidence.line
    speed = "" if line.baud == lines[0].baud else f"&baud={line.baud}"
    return f"{url}{speed}" + ("" if fits_documents(evidence) else f"&parity={line.parity}")


def fits_documents(evidence: Evidence) -> bool:
    """Whether the parity is the one that the device's documents name: of twins that is the likelier one."""
    lines, line = DEVICES[evidence.device].LINES, evidence.line
    return line == next((known for known in lines if known.baud == line.baud), replace(lines[0], baud=line.baud))


def turns() -> list[Turn]:
    """The listening there is to do, the commonest line setting first, and then the asking."""
    hearers: dict[Line, list[str]] = {}
    for name in sorted(set(DEVICES) - FOR_FILES):
        for line in DEVICES[name].LINES:
            hearers.setdefault(line, []).append(name)
    for names in hearers.values():
        names += sorted(TWINS - set(names)) if TWINS & set(names) else ()
    listening = [Turn(line, tuple(names)) for line, names in sorted(hearers.items(), key=lambda item: -len(item[1]))]
    return listening + [Turn(line, tuple(hearers[line]), name) for name in HARMLESS for line in DEVICES[name].LINES]


def probe(
    port: str,
    open_line: Callable[[str, Line], OpenLine],
    now: Callable[[], int],
    seconds: float = TURN_S,
    tell: Callable[[Turn, float], object] = lambda turn, passed: None,
) -> Probed:
    """Find out what is at `port`: 5 to 30 s for a device that talks by itself, 55 s where nothing answers.

    `tell` hears again and again which turn it is and how many seconds have passed in it.
    """
    heard: dict[Line, int] = {}
    found: list[Evidence] = []
    trouble = ""
    try:
        for turn in turns():
            if _is_worth_it(turn, found):
                with open_line(port, turn.line) as line:
                    evidence = _listen(line, turn, now, round(seconds * SECOND), tell)
                heard[turn.line] = heard.get(turn.line, 0) + evidence[0].counters.bytes_in
                found += evidence
    except Exception as error:  # four kinds come from pyserial; a bug in a decoder must not hide the other ports
        trouble = explain(port, error)
    answers, others = _best(e for e in found if e.is_answer), _best(e for e in found if not e.is_answer)
    others = tuple(e for e in others if e.counters.frames or e.counters.bad_checksums)
    return Probed(port, answers, others, heard, trouble)


def _is_worth_it(turn: Turn, found: list[Evidence]) -> bool:
    """Nothing is asked of a device that was understood, and only a twin needs a second hearing."""
    answers = {evidence.device for evidence in found if evidence.is_answer}
    return not answers or bool(answers & TWINS and TWINS & set(turn.devices) and not turn.asks)


def _best(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The best evidence of each device, the best device first."""
    best: dict[str, Evidence] = {}
    for evidence in sorted(found, key=lambda evidence: evidence.weight, reverse=True):
        best.setdefault(evidence.device, evidence)
    return tuple(best.values())


def _listen(
    line: OpenLine, turn: Turn, now: Callable[[], int], length: int, tell: Callable[[Turn, float], object]
) -> list[Evidence]:
    hearings = [_Hearing(name, turn.line) for name in turn.devices]
    asker = next((hearing.decoder for hearing in hearings if hearing.device == turn.asks), None)
    begin, t = now(), 0
    while t < length:
        request = asker.due(t) if asker else b""
        if request in HARMLESS.get(turn.asks, ()):
            line.write(request)
        data, t = line.read(), now() - begin
        for hearing in hearings:
            hearing.hear(data, t)
        tell(turn, t / SECOND)
    return [hearing.evidence(t) for hearing in hearings]


class _Hearing:
    """One decoder during one turn, with which its times begin."""

    def __init__(self, device: str, line: Line) -> None:
        self.device = device
        self.decoder: Decoder = DEVICES[device](device)
        self._line = line
        self._numbers: dict[Signal, float | None] = {}
        self._conditions: frozenset[Condition] = frozenset()
        self._before = 0
        self._last_good: int | None = None

    def hear(self, data: bytes, t: int) -> None:
        """Small pieces, to know which bytes came before the first frame."""
        counters = self.decoder.counters
        for at in range(0, len(data), PIECE):
            frames = counters.frames
            for reading in self.decoder.feed(data[at : at + PIECE], t):
                self._take(reading)
            if not frames:
                self._before = counters.bytes_discarded
            if counters.frames > frames:
                self._last_good = t

    def _take(self, reading: Reading) -> None:
        match reading:
            case Observation(signal=signal, value=value):
                self._numbers[signal] = value
            case NibpReading(sys=sys_, dia=dia, map=map_):
                self._numbers |= {Signal.NIBP_SYS: sys_, Signal.NIBP_DIA: dia, Signal.NIBP_MAP: map_}
            case DeviceStatus(conditions=conditions):
                self._conditions = conditions

    def evidence(self, t: int) -> Evidence:
        counters = replace(self.decoder.counters)
        age = None if self._last_good is None else t - self._last_good
        missed = counters.bytes_discarded - self._before
        return Evidence(self.device, self._line, counters, missed, self._numbers, self._conditions, age)
