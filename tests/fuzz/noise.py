"""Random bytes, and how soon after them a decoder is in step with its own device again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice
from random import Random

from ingest.devices import Decoder
from ingest.drivers import DEVICES
from tests.fuzz.streams import Number, Turn, numbers, stream

ROUNDS = 100
"""How often the noise stops and the device is heard."""
PIECES = (1, 7, 64, 1000, 4096)
MOST_HELD = 64 * 1024
PATIENCE = 100
"""Packets in which a decoder that hears its device from the beginning has said a number."""


@dataclass(slots=True)
class Noise:
    """What noise did; of the packets after it, the worst of all rounds, counted from 1.

    `in_step`: the first that was cut out; `fresh` and `again`: the first with a number, of a new decoder and of one
    that had heard noise, where that took longest in comparison.
    """

    bytes_heard: int = 0
    numbers: int = 0
    held: int = 0
    in_step: int = 0
    fresh: int = 0
    again: int = 0
    first_was_wrong: int = 0

    def faults(self) -> Iterator[str]:
        """What must not be."""
        if self.held > MOST_HELD:
            yield f"holds {self.held} bytes"
        if self.in_step > 2:
            yield f"after noise the packet it cuts out first is number {self.in_step}"
        if self.again > self.fresh + 1:
            yield f"after noise it needs {self.again} packets for a number, from the beginning {self.fresh}"
        if self.first_was_wrong:
            yield f"after noise the first number was wrong {self.first_was_wrong} times"


def noise(name: str, count: int, seed: int) -> Noise:
    """Feed `count` random bytes, and after every hundredth of them good packets of another patient each time."""
    dice, decoder, found = Random(f"{seed} {name}"), DEVICES[name]("x"), Noise()
    newcomers = cycle(place for place, turn in enumerate(stream(name)) if turn.is_first)
    for _ in range(ROUNDS):
        data = dice.randbytes(count // ROUNDS)
        found.bytes_heard += len(data)
        for piece in _pieces(data, dice):
            found.numbers += len(numbers(decoder.feed(piece, 0)))
            found.held = max(found.held, decoder.held)
        _listen(decoder, name, next(newcomers), found)
    return found


def _pieces(data: bytes, dice: Random) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = dice.choice(PIECES)
        yield data[at : at + size]
        at += size


def _listen(decoder: Decoder, name: str, start: int, found: Noise) -> None:
    """Good packets from turn `start` on, until the first number."""
    packets = _packets(islice(cycle(stream(name)), start, start + PATIENCE))
    fresh, _, _ = _first_number(DEVICES[name]("x"), packets)
    again, in_step, is_right = _first_number(decoder, packets)
    again = again or PATIENCE
    found.in_step = max(found.in_step, in_step)
    found.first_was_wrong += not is_right
    if not found.fresh or again - fresh > found.again - found.fresh:
        found.fresh, found.again = fresh, again


def _packets(turns: Iterable[Turn]) -> list[tuple[bytes, frozenset[Number]]]:
    found = chain.from_iterable([(packet, turn.right) for packet in turn.packets] for turn in turns)
    return list(islice(found, PATIENCE))


def _first_number(decoder: Decoder, packets: Iterable[tuple[bytes, frozenset[Number]]]) -> tuple[int, int, bool]:
    """Which packet brought the first number (0: none), which was the first to be cut out, whether all was right."""
    in_step = 0
    for place, (packet, right) in enumerate(packets, 1):
        frames = decoder.counters.frames
        said = numbers(decoder.feed(packet, 0))
        in_step = in_step or (place if decoder.counters.frames > frames else 0)
        if said:
            return place, in_step, set(said) <= right
    return 0, in_step or PATIENCE, True
