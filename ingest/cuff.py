"""What cuffs that measure on command share: when a measurement is wanted, and what is said of it.

Devices may not import each other, therefore this is not one of them. The interval is kept here and not in the
device: when this program ends, nothing inflates the cuff any more. Wishes may come from another thread than bytes do:
they only set flags, and everything else happens in the thread of the line.
"""

from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, NibpReading, Reading, micros

LONGEST = 200 * SECOND
"""After this nothing is expected any more: IEC 80601-2-30 lets a cuff press for 180 s, and then the answer comes."""

PATIENCE = 3 * SECOND
"""How long a start or a stop may go unanswered before it is sent again."""

TRIES = 5
"""How often a start is sent before the measurement counts as failed."""

SHORTEST = 60
"""Seconds between two starts at least: the arm must bleed back, and a measurement takes 40 s."""

HIGHEST = 300
"""mmHg: no cuff measures more (SIGNALS). With the mean between the two others it finds what a short sum does not."""

STOPPED = "stopped"


class Cuff:
    """One cuff: wishes go in, orders to send and readings come out.

    The decoder asks `stop_due` and `start_due` (each True at most once a try), tells what it understood with
    `measuring`, `result`, `failed` and `alive`, and hands out what `drain` returns.
    """

    def __init__(self, source: str) -> None:
        self.refusal = ""
        """Why the device did not start, in its own words; "" when it said nothing."""
        self._source = source
        self._interval: int | None = None
        self._is_wanted = False
        self._is_stopping = False
        self._is_measuring = False
        self._since: int | None = None
        self._started: int | None = None
        self._tries = 0
        self._again = 0
        self._stop_again = 0
        self._said: int | None = None
        self._readings: list[Reading] = []

    # Wishes

    def start(self) -> None:
        """Measure now, or after the stop that is under way; without effect while a measurement runs."""
        self._is_wanted = True

    def stop(self) -> None:
        """End the running measurement; it fails as "stopped". The interval stays."""
        self._is_wanted = False
        self._is_stopping = True

    def every(self, seconds: float | None) -> None:
        """Measure `seconds` after the last start, at once if that is past; None: only when asked.

        Raises ValueError below 60 s.
        """
        if seconds is not None and seconds < SHORTEST:
            raise ValueError(f"a cuff interval of {seconds:g} s: {SHORTEST} s is the shortest, the arm needs the pause")
        self._interval = None if seconds is None else micros(seconds)

    # What to send

    @property
    def is_busy(self) -> bool:
        """From the first start sent, or the first sign of a measurement, to its end."""
        return self._since is not None

    @property
    def is_measuring(self) -> bool:
        """Whether the device has said that it measures."""
        return self._is_measuring

    def stop_due(self, now: int) -> bool:
        """Whether a stop should be sent now: again and again until the measurement ends, once where none is known."""
        if not self._is_stopping or now < self._stop_again:
            return False
        self._is_stopping = self.is_busy
        self._stop_again = now + PATIENCE
        return True

    def start_due(self, now: int) -> bool:
        """Whether a start should be sent now."""
        if self._since is not None:
            self._is_wanted = self._is_wanted and self._is_stopping
            return self._is_again_due(now, self._since)
        if not self._is_wanted and not self._is_interval_over(now):
            return False
        self._is_wanted, self.refusal = False, ""
        self._since = self._started = now
        self._tries, self._again = 1, now + PATIENCE
        return True

    def _is_interval_over(self, now: int) -> bool:
        return self._interval is not None and (self._started is None or now - self._started >= self._interval)

    def _is_again_due(self, now: int, since: int) -> bool:
        if now - since > LONGEST:
            why = "no answer to the stop" if self._is_stopping else "no result"
            self._is_stopping = False
            self.failed(now, why)
        elif not self._is_measuring and not self._is_stopping and now >= self._again:
            self._tries, self._again = self._tries + 1, now + PATIENCE
            if self._tries <= TRIES:
                return True
            self.failed(now, self.refusal or "no answer to the start")
        return False

    # What was heard

    def measuring(self, now: int) -> None:
        """The device measures, whoever started it."""
        if self._since is None:
            self._since = self._started = now
        if not self._is_measuring:
            self._is_measuring = True
            self._say(now)

    def result(self, now: int, sys: int, dia: int, map_: int) -> None:
        """The device has measured; 0 is no pressure. After a stop it is not believed: it may be an older one."""
        if not sys or not dia or self._is_stopping:
            self.failed(now, "no result")
        elif not dia <= (map_ or dia) <= sys <= HIGHEST or dia == sys:
            self.failed(now, "pressures that cannot be")
        else:
            self._end(NibpReading(now, self._source, sys, dia, map_ or None))

    def failed(self, now: int, why: str) -> None:
        """The measurement has failed."""
        self._end(NibpReading(now, self._source, None, None, None, STOPPED if self._is_stopping else why))

    def alive(self, now: int) -> None:
        """The device answers: said once a second, for a cuff has no numbers between its measurements."""
        if self._said is None or now - self._said >= SECOND:
            self._say(now)

    def drain(self) -> list[Reading]:
        """The readings since the last call."""
        readings, self._readings = self._readings, []
        return readings

    def _end(self, reading: NibpReading) -> None:
        self._since = None
        self._is_measuring = self._is_stopping = False
        self._readings.append(reading)
        self._say(reading.t)

    def _say(self, now: int) -> None:
        conditions = frozenset({Condition.MEASURING}) if self._is_measuring else frozenset[Condition]()
        self._readings.append(DeviceStatus(now, self._source, DeviceState.CONNECTED, "", conditions))
        self._said = now
