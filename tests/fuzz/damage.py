"""Streams with damage, and how many of the numbers shown then are not what the device said.

What is found is held against what the driver's docstring states. Four kinds of damage, named as the docstrings do.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from math import sqrt
from random import Random
from types import MappingProxyType
from typing import TypeVar

from ingest.drivers import DEVICES
from tests.fuzz.noise import MOST_HELD, Noise
from tests.fuzz.streams import Number, Turn, numbers, stream

MOST_PACKETS = "2 of 3 packets damaged"
FEW_BITS = "1 bit in 10 000 flipped"
MANY_BITS = "1 bit in 1000 flipped"
BYTES = "1 byte in 100 lost, doubled or replaced"

KINDS = (MOST_PACKETS, FEW_BITS, MANY_BITS, BYTES)
NUMBER = r"\d+(?: \d{3})*"
T = TypeVar("T")

PACKETS_A_TURN = 100
"""A million damaged packets go with 10 000 turns (seconds or measurements) of each other kind of damage."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Numbers that were shown, and how many of them were wrong."""

    wrong: int
    shown: int

    def __str__(self) -> str:
        return f"{self.wrong} of {self.shown}"

    def is_within(self, stated: "Shown") -> bool:
        """Whether it may well be no more than `stated`: within 4 standard deviations of both counts, and 3.

        A stated 0 could have been 1.
        """
        ratio = self.shown / max(1, stated.shown)
        expected = ratio * stated.wrong
        return self.wrong <= expected + 4 * sqrt(expected + ratio**2 * (stated.wrong + 1)) + 3


NO_NOISE = Shown(0, 10**7)
"""What a docstring that says nothing of noise states."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What a damaged stream did."""

    shown: Shown
    held: int


def stated(name: str) -> dict[str, Shown]:
    """What the driver's docstring states, by the kind of damage.

    A file of several decoders has a column for each, in the order of their names, or one for all.
    """
    found = re.findall(rf"^ +({'|'.join(map(re.escape, KINDS))}) +(\d.*)$", _docstring(name), re.MULTILINE)
    claims = {kind: _mine(name, re.findall(rf"({NUMBER}) of ({NUMBER})", row)) for kind, row in found}
    return {kind: Shown(_number(wrong), _number(shown)) for kind, (wrong, shown) in claims.items()}


def stated_noise(name: str) -> Shown:
    """The same of noise: numbers shown, of so many bytes."""
    found = re.search(r"^ +(\d+) MB of noise +(\d.*)$", _docstring(name), re.MULTILINE)
    return Shown(_number(_mine(name, re.findall(NUMBER, found[2]))), int(found[1]) * 10**6) if found else NO_NOISE


def _docstring(name: str) -> str:
    return sys.modules[DEVICES[name].__module__].__doc__ or ""


def _mine(name: str, columns: list[T]) -> T:
    together = sorted(other for other in DEVICES if DEVICES[other].__module__ == DEVICES[name].__module__)
    return columns[together.index(name) if len(columns) > 1 else 0]


def _number(digits: str) -> int:
    return int(digits.replace(" ", ""))


def is_noise_within(name: str, found: Noise) -> bool:
    """Whether noise gave no more numbers than the docstring states."""
    return Shown(found.numbers, found.bytes_heard).is_within(stated_noise(name))


def damage(name: str, kind: str, packets: int, seed: int) -> Damage:
    """Play the stream until so many packets were damaged, or for the turns that go with them."""
    dice = Random(f"{seed} {name} {kind}")
    turns = _most(name, packets, dice) if kind == MOST_PACKETS else _all(name, kind, packets, dice)
    decoder, before = DEVICES[name]("x"), frozenset[Number]()
    wrong = shown = held = 0
    for data, turn in turns:
        said = numbers(decoder.feed(data, 0))
        wrong += sum(number not in turn.right and number not in before for number in said)
        shown += len(said)
        held = max(held, decoder.held)
        before = turn.right
    assert held <= MOST_HELD, f"{name} holds {held} bytes"
    return Damage(Shown(wrong, shown), held)


def _all(name: str, kind: str, packets: int, dice: Random) -> Iterator[tuple[bytes, Turn]]:
    turns = cycle(stream(name))
    for _ in range(packets // PACKETS_A_TURN):
        turn = next(turns)
        yield STREAMS[kind](b"".join(turn.packets), dice), turn


def _most(name: str, packets: int, dice: Random) -> Iterator[tuple[bytes, Turn]]:
    done, before = 0, b""
    for turn in cycle(stream(name)):
        if done >= packets:
            return
        pieces = []
        for packet in turn.packets:
            is_damaged = dice.random() < 2 / 3
            pieces.append(damaged(packet, before, dice) if is_damaged else packet)
            done += is_damaged
            before = packet
        yield b"".join(pieces), turn


# One packet


def damaged(packet: bytes, before: bytes, dice: Random) -> bytes:
    """One to three injuries; the packet `before` is what it may be glued to, as when what was between is lost."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        packet = _injured(packet, before, dice)
    return packet


def _injured(packet: bytes, before: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(packet) or 1)
    head, byte, tail = packet[:at], packet[at : at + 1], packet[at + 1 :]
    match dice.randrange(8):
        case 0:
            return head + (byte and _flipped(byte, dice)) + tail
        case 1:
            return head + tail
        case 2:
            return head + byte + byte + tail
        case 3:
            return head + dice.randbytes(1) + tail
        case 4:
            return head + dice.randbytes(1) + byte + tail
        case 5:
            return head
        case 6:
            return tail
        case _:
            return before[: dice.randrange(len(before) or 1)] + byte + tail


def _flipped(byte: bytes, dice: Random) -> bytes:
    return bytes([byte[0] ^ 1 << dice.randrange(8)])


# A stretch of the stream


def flip_bits(data: bytes, one_in: int, dice: Random) -> bytes:
    """One bit in so many flipped."""
    changed = bytearray(data)
    for bit in _hits(8 * len(data), one_in, dice):
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def slip_bytes(data: bytes, one_in: int, dice: Random) -> bytes:
    """One byte in so many lost, doubled or replaced."""
    pieces, done = [], 0
    for at in _hits(len(data), one_in, dice):
        pieces += [data[done:at], dice.choice((b"", 2 * data[at : at + 1], dice.randbytes(1)))]
        done = at + 1
    return b"".join([*pieces, data[done:]])


def _hits(size: int, one_in: int, dice: Random) -> Iterator[int]:
    """Places below `size`, each with a probability of 1 in `one_in`."""
    at = int(dice.expovariate(1 / one_in))
    while at < size:
        yield at
        at += 1 + int(dice.expovariate(1 / one_in))


STREAMS: Mapping[str, Callable[[bytes, Random], bytes]] = MappingProxyType(
    {
        FEW_BITS: lambda data, dice: flip_bits(data, 10_000, dice),
        MANY_BITS: lambda data, dice: flip_bits(data, 1000, dice),
        BYTES: lambda data, dice: slip_bytes(data, 100, dice),
    }
)
