"""The alarm sound of the station itself, independent of any browser.

`Sounder` looks at the station's snapshot ten times a second and says which priority is to be heard;
`Speaker` carries that to the process that makes the sounds (alerts.loudspeaker), starts it again when it
ends, and knows whether it can be heard. Neither waits for the other, and the station for neither.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, Self

from alerts.loudspeaker import END, OK, REMIND
from alerts.model import Priority
from alerts.signals import sound
from alerts.snapshot import Snapshot

log = logging.getLogger(__name__)

TURN_S = 0.1
STILL = 30
"""Turns with one snapshot after which the station, which makes ten a second, stands still: 3 s, as on screen (D)."""
LATE_S = 3.0
"""Seconds without a sign of life after which nothing is known to be heard (D)."""
HUNG_S = 10.0
"""Seconds without one after which the process is ended for another to take its place (D)."""
AGAIN_S = 5.0
"""Seconds between two attempts (D)."""


class Watched(Protocol):
    """What the sounder needs of a station."""

    @property
    def snapshot(self) -> Snapshot: ...


class Output(Protocol):
    """Where sounds are made. `send` gets a line of alerts.loudspeaker and must not wait.

    `trouble()` is why nothing can be heard now, None when it can.
    """

    def send(self, line: str) -> None: ...
    def trouble(self) -> str | None: ...
    def close(self) -> None: ...


class Sounder:
    """Use as a context: entering starts the thread, leaving ends the sound."""

    def __init__(self, station: Watched, output: Output, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._station = station
        self._output = output
        self._monotonic = monotonic
        self._last = station.snapshot
        self._still = 0
        self._turned = monotonic()
        self._said = output.trouble()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sounder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=2)
        self._output.close()

    def trouble(self) -> str | None:
        """Why the station's alarms cannot be heard now, None when they can; from any thread, never waits."""
        is_late = self._monotonic() - self._turned > LATE_S
        return "the sounder has stopped" if is_late else self._output.trouble()

    def turn(self) -> None:
        """Look once and say what is to be heard."""
        last, snapshot = self._last, self._station.snapshot
        self._last = snapshot
        self._still = self._still + 1 if snapshot is last else 0
        self._output.send(self._wanted(last, snapshot))
        self._turned = self._monotonic()

    def _wanted(self, last: Snapshot, snapshot: Snapshot) -> str:
        if snapshot.is_ended:
            return Priority.INFORMATION.word
        is_paused = snapshot.paused_until is not None
        level = sound(snapshot.occurrences, is_paused, bool(snapshot.fault)) or Priority.INFORMATION
        if self._still >= STILL:  # whatever it said last, also a pause that it can no longer end
            level = max(level, Priority.MEDIUM)
        is_reminder = snapshot.reminders > last.reminders and not is_paused
        return f"{level.word} {REMIND}" if is_reminder else level.word

    def _run(self) -> None:
        while not self._stopped.wait(TURN_S):
            try:
                self.turn()
            except Exception:  # the next turn may do better, and until one does `trouble` tells
                log.exception("the sounder failed")
            if (trouble := self._output.trouble()) != self._said:
                self._said = trouble
                log.warning("alarm sound: %s", trouble or "on")


class Speaker:
    """The process that makes the sounds, started again for ever. Nothing here waits but its own thread."""

    def __init__(
        self,
        command: Sequence[str] = (sys.executable, "-m", "alerts.loudspeaker"),
        monotonic: Callable[[], float] = time.monotonic,
        again_s: float = AGAIN_S,
    ) -> None:
        self._command = command
        self._monotonic = monotonic
        self._again_s = again_s
        self._process: subprocess.Popen[str] | None = None
        self._ok: float | None = None
        self._begun = monotonic()
        self._why = "the sound output is not open yet"
        self._reason = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
        self._thread.start()

    def send(self, line: str) -> None:
        """Pass a line on; end a process that has said nothing for long."""
        process = self._process
        if process is None or process.stdin is None:
            return
        if self._monotonic() - max(self._begun, self._ok or 0) > HUNG_S:
            self._reason = "the sound output hangs"
            process.kill()
            return
        with suppress(OSError, ValueError):  # it has just ended: the thread will see
            process.stdin.write(line + "\n")
            process.stdin.flush()

    def trouble(self) -> str | None:
        """Why nothing can be heard now; None when the output said so within the last seconds."""
        is_heard = self._ok is not None and self._monotonic() - self._ok <= LATE_S
        return None if is_heard else self._why

    def close(self) -> None:
        """End the process in order; one that does not listen is killed."""
        self._stopped.set()
        self.send(END)
        self._thread.join(timeout=1)
        if (process := self._process) is not None:
            process.kill()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._attend()
            except OSError as error:
                self._ok, self._why = None, f"the sound process cannot be started: {error}"
            self._stopped.wait(self._again_s)

    def _attend(self) -> None:
        """One process from its start to its end."""
        self._begun, self._reason = self._monotonic(), ""
        with subprocess.Popen(  # noqa: S603 (our own program)
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # ALSA says there what is no news to anybody
            text=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process:
            self._process = process
            for line in process.stdout or ():
                if line.strip() == OK:
                    self._ok, self._why = self._monotonic(), "the sound output does not answer"
                else:
                    self._reason = line.strip()
            self._process = None
        self._ok, self._why = None, self._reason or f"the sound process ended ({process.returncode})"
