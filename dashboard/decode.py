"""`dripwatch decode`: a device's bytes as observations, one a line."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ingest.devices import Decoder
from ingest.drivers import DEVICES
from ingest.lines import json_lines, words
from ingest.sources import SourceError

CHUNK = 4096


def decode(device: str, path: str, *, is_hex: bool, as_json: bool) -> int:
    """Decode a file or standard input ("-"), all of it as if it had arrived at t = 0; returns the exit status.

    1: nothing in it was understood.
    """
    if device not in DEVICES:
        raise SourceError(f"decode: no device {device!r}: choose one of {', '.join(sorted(DEVICES))}")
    decoder = DEVICES[device](device)
    for chunk in _chunks(path, is_hex):
        for reading in decoder.feed(chunk, 0):
            lines = map(json.dumps, json_lines(reading)) if as_json else [words(reading)]
            for line in lines:
                print(line)
    print(_report(decoder), file=sys.stderr)
    if decoder.counters.frames:
        return 0
    print(f"dripwatch: {path}: nothing was understood: is it from a {device}?", file=sys.stderr)
    return 1


def _chunks(path: str, is_hex: bool) -> Iterator[bytes]:
    if is_hex:
        yield _unhex(_read(path), path)
        return
    if path == "-":
        with open(0, "rb", buffering=0, closefd=False) as stream:  # unbuffered: a live pipe is decoded as it comes
            while chunk := stream.read(CHUNK):
                yield chunk
        return
    data = _read(path)
    yield from (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def _read(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}: check the name and the permissions") from None


def _unhex(data: bytes, path: str) -> bytes:
    """Hexadecimal text with any spaces, commas, line ends or 0x between the bytes."""
    text = re.sub(r"0x|[\s,:;]", "", data.decode("ascii", "replace"))
    try:
        return bytes.fromhex(text)
    except ValueError:
        at = next((i for i, c in enumerate(text) if c not in "0123456789abcdefABCDEF"), len(text))
        raise SourceError(f"{path}: not hexadecimal at byte {at // 2} ({text[at : at + 2]!r})") from None


def _report(decoder: Decoder) -> str:
    c = decoder.counters
    return (
        f"{c.bytes_in} bytes: {c.frames} good frames, {c.bad_checksums} bad checksums, {c.resyncs} resyncs, "
        f"{c.bytes_discarded} bytes discarded, {decoder.held} still waiting for the rest of a frame"
    )
