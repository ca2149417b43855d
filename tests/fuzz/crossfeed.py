"""Every decoder fed what every other device says: what it takes for its own must stand in AMBIGUOUS.

Bytes are given as they are, as if the line were set right for both; most of these pairs never share a line's settings.
"""

from ingest.drivers import DEVICES
from tests.fuzz.streams import capture, numbers, stream

LONGEST_PIECE = 4096


def mistaken(name: str) -> dict[str, int]:
    """The other devices of whose bytes this decoder makes numbers, and how many."""
    found = {}
    for other in DEVICES:
        if other != name:
            count = _believed(name, capture(other)) + _believed(name, said(other))
            found |= {other: count} if count else {}
    return found


def said(name: str) -> bytes:
    """Ten minutes or more of the emulated device."""
    return b"".join(packet for turn in stream(name) for packet in turn.packets)


def _believed(name: str, data: bytes) -> int:
    decoder = DEVICES[name]("x")
    pieces = (data[at : at + LONGEST_PIECE] for at in range(0, len(data), LONGEST_PIECE))
    return sum(len(numbers(decoder.feed(piece, 0))) for piece in pieces)
