"""A Contec oximeter on a pseudo-terminal, as if it were plugged in: it speaks in a thread, and can fall silent."""

import os
import threading
import tty
from contextlib import suppress

from ingest.emulators import Vitals
from ingest.emulators.contec_v7 import ContecV7
from ingest.sources.pacing import SessionClock

TURN_S = 0.01
"""How often it gets to speak, seconds."""


class Oximeter:
    """60 samples of pleth a second, 75 beats a minute unless told otherwise; `source` is how to listen to it."""

    def __init__(self, pulse: float = 75) -> None:
        self._vitals = Vitals(pr=pulse)
        self._device = ContecV7(self._vitals)
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.source = f"serial:{os.ttyname(self._theirs)}?device=contec-v7&name=oximeter"
        self._speaks = threading.Event()
        self._speaks.set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._speak)
        self._thread.start()

    def fall_silent(self) -> None:
        """Say nothing more: no byte leaves it."""
        self._speaks.clear()

    def speak(self) -> None:
        """Go on."""
        self._speaks.set()

    def finger(self, is_in: bool) -> None:
        """Out of the probe, or in again."""
        self._device.vitals = self._vitals if is_in else Vitals(pr=None, spo2=None)

    def close(self) -> None:
        """Take it away."""
        self._stopped.set()
        self._thread.join()
        os.close(self._ours)
        os.close(self._theirs)

    def _speak(self) -> None:
        clock = SessionClock()
        while not self._stopped.wait(TURN_S):
            now = clock.now()
            with suppress(BlockingIOError):
                self._device.hear(os.read(self._ours, 4096), now)
            said = self._device.say(now)  # asked all the time: what it could not say is not said later
            if self._speaks.is_set():
                with suppress(BlockingIOError):
                    os.write(self._ours, said)
