"""From bytes to numbered lines: files read to their end, files that grow, pipes that may be silent for long.

Lines are cut at line feeds before anything is decoded, so a quoted cell cannot hold a line end. That is on purpose:
one stray quote would otherwise swallow the rest of a recording. None means "nothing more at the moment".
"""

import codecs
import os
from collections.abc import Iterable, Iterator
from io import FileIO
from itertools import chain
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

Line = tuple[int, bytes]
"""Its number, from 1, and its bytes without the line end."""

LONGEST = 65_536
"""Bytes in a line; whatever is longer (a power cut leaves such runs of NULs) is not a row and is not kept."""

_CHUNK = 65_536
_QUIET = 0.25
"""Seconds without a byte from a pipe before the reader is told that there is nothing."""


def file_chunks(path: str) -> Iterator[bytes]:
    """The bytes of a file up to its present end. Raises OSError."""
    with FileIO(path) as file:
        yield from _rest(file)


def growing_chunks(path: str) -> Iterator[bytes | None]:
    """The bytes of a file and what is appended to it; None at its present end. Raises OSError.

    Ends when the file was cut short or another took its name. A file that is shortened and outgrows
    its old length between two looks cannot be told from one that grew. A name that is missing for a
    while (between the two steps of a rotation) is waited for.
    """
    with FileIO(path) as file:
        while True:
            if chunk := file.read(_CHUNK):
                yield chunk
            elif _still_there(file, path):
                yield None
            else:
                yield from _rest(file)  # what was appended before the name moved on
                return


def piped_chunks(file: str | int) -> Iterator[bytes | None]:
    """What comes through a pipe (a path or an open descriptor); None after a quarter second without. Raises OSError.

    A thread of its own reads, so that the consumer can do other things while the pipe is silent; it
    is at most 16 chunks ahead and then leaves the writer waiting.
    """
    arrived: Queue[bytes | OSError] = Queue(maxsize=16)
    pipe = FileIO(file, closefd=not isinstance(file, int))
    Thread(target=_pump, args=(pipe, arrived), name="csv pipe", daemon=True).start()
    while True:
        try:
            chunk = arrived.get(timeout=_QUIET)
        except Empty:
            yield None
            continue
        if isinstance(chunk, OSError):
            raise chunk
        if not chunk:
            return
        yield chunk


def lines(chunks: Iterable[bytes | None], *, growing: bool = False) -> Iterator[Line | None]:
    """The lines of a text in UTF-8, or UTF-16 with its byte order mark, given back as UTF-8.

    A last line without a line feed is a line too, but not in a `growing` file, where it is waited for.
    Of a line longer than LONGEST only the beginning is given.
    """
    number, rest, skipping = 0, b"", False
    for chunk in _as_utf8(iter(chunks)):
        if chunk is None:
            yield None
            continue
        *whole, rest = (rest + chunk).split(b"\n")
        for raw in whole:
            number += 1
            if not skipping:
                yield number, raw
            skipping = False
        if len(rest) > LONGEST:
            if not skipping:
                yield number + 1, rest
            rest, skipping = b"", True
    if rest and not growing and not skipping:
        yield number + 1, rest


def as_text(raw: bytes) -> str:
    """UTF-8, or Latin-1 where it is not: an odd byte costs an accent, never the line."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _rest(file: FileIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _still_there(file: FileIO, path: str) -> bool:
    try:
        named = Path(path).stat()
    except FileNotFoundError:
        return True
    opened = os.fstat(file.fileno())
    return os.path.samestat(named, opened) and opened.st_size >= file.tell()


def _pump(pipe: FileIO, arrived: "Queue[bytes | OSError]") -> None:
    """Raw reads, no buffered file: a thread stuck in one of those upsets the interpreter's exit."""
    with pipe:
        try:
            for chunk in _rest(pipe):
                arrived.put(chunk)
            arrived.put(b"")
        except OSError as error:
            arrived.put(error)


def _as_utf8(chunks: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """The same without a byte order mark; two or three bytes are needed to see one."""
    head = b""
    for chunk in chunks:
        if chunk is None:
            yield None
            continue
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            break
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for chunk in chain((head,), chunks):
        yield chunk if chunk is None else decoder.decode(chunk).encode()
