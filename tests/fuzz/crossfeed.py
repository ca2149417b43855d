"""Every decoder fed what every other device says: what it takes for its own must stand in AMBIGUOUS.

Bytes are given as they are, as if the line were set right for both; most of these pairs never share a line's settings.
"""

from dataclasses import replace
from functools import cache
from random import Random
from typing import cast

from ingest.devices import ControlsCuff
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators import Vitals
from ingest.model import SECOND
from tests.fuzz.streams import SECONDS, capture, numbers, stream

PIECE = 4096
TURN = SECOND // 20


def mistaken(name: str) -> dict[str, int]:
    """The other devices of whose bytes this decoder makes numbers, and how many."""
    found = {}
    for other in DEVICES:
        if other != name and (count := _believed(name, capture(other)) + _believed(name, _said(other))):
            found[other] = count
    return found


@cache
def _said(name: str) -> bytes:
    """Ten minutes or more of the emulated device; a cuff measures every minute and is polled as its decoder does."""
    said = b"".join(packet for turn in stream(name) for packet in turn.packets)
    return said + _polled(name) if hasattr(DEVICES[name], "start_nibp") else said


def _polled(name: str) -> bytes:
    decoder, emulator, dice, said = DEVICES[name]("x"), EMULATORS[name](), Random(name), b""
    cast("ControlsCuff", decoder).set_interval(60)
    for now in range(0, SECONDS * SECOND, TURN):
        if now % (60 * SECOND) == 0:
            emulator.vitals = replace(Vitals(), sys=dice.randint(100, 190), dia=dice.randint(40, 90), map=95)
        emulator.hear(decoder.due(now), now)
        data = emulator.say(now)
        decoder.feed(data, now)
        said += data
    return said


def _believed(name: str, data: bytes) -> int:
    decoder = DEVICES[name]("x")
    pieces = (data[at : at + PIECE] for at in range(0, len(data), PIECE))
    return sum(len(numbers(decoder.feed(piece, 0))) for piece in pieces)
