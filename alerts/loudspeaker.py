"""`python -m alerts.loudspeaker`: makes the alarm sounds, in a process of its own.

Ten times a second a line on standard input says what is to be heard now: the word of a priority
("information" for silence), with " remind" behind it for the one burst of a reminder; "end" ends the process.
When none comes for 5 s the station has died or hangs, and that is a medium alarm. Once a second
"ok" goes to standard output; anything else there is the reason why nothing can be heard, and the
end of the process: the station starts another.

A process, because a sound driver that hangs, leaks or crashes must not take the station with it, and
because it still sounds when the station is gone. This is the only file that imports miniaudio.
"""

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

import numpy as np

from alerts.model import Priority
from alerts.tones import RATE, TONES, Samples, burst

END = "end"
OK = "ok"
REMIND = "remind"

LOOK_S = 1.0
"""Seconds without a line that count as one look in vain: counted, not timed, so that a suspended machine is no loss."""
LOST_AFTER = 5
"""Looks in vain after which the station is lost (D)."""
GIVEN_UP_AFTER = LOST_AFTER + 120
"""Looks in vain after which nobody is expected back (D: as long as an audio pause)."""
OK_S = 1.0
ASK_S = 5.0
"""Seconds between two looks for an output (D)."""
STALLED_S = 2.0
"""Seconds in which the output took no sample: it plays nothing (D: ten times its buffer)."""
BUFFER_MS = 50
FADE = RATE // 200
"""Samples in which a burst that is broken off fades away: without, it clicks."""
DEAF = frozenset({b"null", b"auto_null"})
"""Outputs of ALSA and PulseAudio that take sound and throw it away."""


class Rhythm:
    """When the next burst is due (pure; `now` in seconds of any clock that does not run back)."""

    def __init__(self) -> None:
        self._level = Priority.INFORMATION
        self._due = 0.0

    def turn(self, now: float, level: Priority, is_reminder: bool = False) -> Priority | None:
        """The sound to start now (that of INFORMATION is silence); None leaves what sounds.

        A higher level sounds at once; a lower one breaks off what sounds and waits for its own turn.
        A reminder is one burst of a high alarm, where none sounds anyway.
        """
        before, self._level = self._level, level
        if level > before:
            self._due = now
        elif level and level < before:
            self._due = now + TONES[level].every
        if is_reminder and level < Priority.HIGH:
            self._due = max(self._due, now + TONES[Priority.HIGH].length)
            return Priority.HIGH
        if level and now >= self._due:
            self._due = now + TONES[level].every
            return level
        return Priority.INFORMATION if level < before else None


class Stream:
    """What the output pulls: the newest burst, else silence. `pulls` counts how often it did."""

    def __init__(self) -> None:
        self.pulls = 0
        self._newest = (burst(Priority.INFORMATION),)

    def play(self, samples: Samples) -> None:
        """Play from the next pull on, in place of what still sounds; from any thread."""
        self._newest = (samples,)  # a new tuple each time: the same burst may come twice

    def chunks(self) -> Generator[bytes, int, None]:
        """Mono float32 samples, as many as are sent in."""
        playing: tuple[Samples] | None = None
        rest = burst(Priority.INFORMATION)
        size = yield b""
        while True:
            newest = self._newest
            if newest is not playing:
                playing = newest
                fading = rest[:FADE]
                rest = np.concatenate([fading * np.linspace(1, 0, len(fading), dtype=np.float32), newest[0]])
            chunk, rest = rest[:size], rest[size:]
            self.pulls += 1
            size = yield chunk.tobytes().ljust(size * chunk.itemsize, b"\0")


class SoundError(Exception):
    """Nothing can be heard, and why."""


class Checkup:
    """Whether sound still goes out: SoundError when not."""

    def __init__(self, stream: Stream, has_output: Callable[[], bool], now: float) -> None:
        self._stream = stream
        self._has_output = has_output
        self._pulls = stream.pulls
        self._pulled = self._asked = now
        self._passed = now - OK_S  # an output that has just been opened says so at once

    def is_passed(self, now: float) -> bool:
        """Once a second, when all is well; asked more often it says no."""
        if self._stream.pulls != self._pulls:
            self._pulls, self._pulled = self._stream.pulls, now
        if now - self._passed < OK_S:
            return False
        self._passed = now
        if now - self._pulled > STALLED_S:
            raise SoundError("the sound output has stopped")
        if now - self._asked >= ASK_S:
            self._asked = now
            if not self._has_output():
                raise SoundError(NO_OUTPUT)
        return True


def serve(
    lines: "queue.SimpleQueue[str]",
    stream: Stream,
    has_output: Callable[[], bool],
    say: Callable[[str], object],
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Do what the lines say until "end", or until none has come for long; SoundError when nothing can be heard."""
    rhythm, checkup = Rhythm(), Checkup(stream, has_output, monotonic())
    level, in_vain = Priority.INFORMATION, 0
    while in_vain < GIVEN_UP_AFTER:
        rest: list[str] = []
        try:
            word, *rest = lines.get(timeout=LOOK_S).split()
        except queue.Empty:
            in_vain += 1
        else:
            if word == END:
                return
            level, in_vain = Priority[word.upper()], 0
        is_lost = in_vain >= LOST_AFTER
        sound = rhythm.turn(monotonic(), max(level, Priority.MEDIUM) if is_lost else level, rest == [REMIND])
        if sound is not None:
            stream.play(burst(sound))
        if checkup.is_passed(monotonic()):
            say(OK)


# The sound card

NO_OUTPUT = "this machine has no sound output: connect or enable a loudspeaker"


def _backends(miniaudio: Any) -> list[Any]:
    """The ways to the sound card of this system, in miniaudio's own order; never the one that throws all away."""
    useless = {miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM}
    return [b for b in miniaudio.Backend if b not in useless and miniaudio.is_backend_enabled(b)]


def _library() -> Any:
    try:
        import miniaudio
    except ImportError:
        raise SoundError("the sound library is not installed: pip install miniaudio") from None
    return miniaudio


def has_output() -> bool:
    """Whether there is anything that could be heard. (What is muted or turned down cannot be told from here.)"""
    miniaudio = _library()
    try:
        found = miniaudio.Devices(_backends(miniaudio)).get_playbacks()
    except miniaudio.MiniaudioError:
        return False
    return any(bytes(miniaudio.ffi.buffer(output["id"])).split(b"\0")[0] not in DEAF for output in found)


def opened(stream: Stream, is_silent: bool = False) -> Any:
    """The machine's own output (or one that nobody hears) pulling from `stream`; closes as a context. SoundError."""
    miniaudio = _library()
    try:
        device = miniaudio.PlaybackDevice(
            miniaudio.SampleFormat.FLOAT32,
            nchannels=1,
            sample_rate=RATE,
            buffersize_msec=BUFFER_MS,
            backends=[miniaudio.Backend.NULL] if is_silent else _backends(miniaudio),
            app_name="Dripwatch",
        )
        chunks = stream.chunks()
        next(chunks)
        device.start(chunks)
    except miniaudio.MiniaudioError as error:
        raise SoundError(f"the sound output cannot be opened: {' '.join(map(str, error.args))}") from None
    return device


def main(arguments: list[str]) -> int:
    """Play until told to end; `--silent` plays to nobody (for tests)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the station, which then says "end"
    is_silent = arguments == ["--silent"]
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    stream = Stream()
    try:
        if not is_silent and not has_output():
            raise SoundError(NO_OUTPUT)
        with opened(stream, is_silent):
            serve(lines, stream, has_output if not is_silent else lambda: True, _say)
    except SoundError as error:
        _say(str(error))
        return 1
    return 0


def _read(lines: "queue.SimpleQueue[str]") -> None:
    with open(0, "rb", buffering=0, closefd=False) as raw:  # a buffer would be locked by this thread when we leave
        for line in raw:
            lines.put(line.decode())


def _say(line: str) -> None:
    with suppress(OSError):  # nobody listens any more: alarms go on
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
