"""What emulated cuffs share: the pressure of one measurement over time."""

from ingest.emulators import Vitals
from ingest.model import SECOND

INFLATING = 8 * SECOND
DURATION = 35 * SECOND
LOWEST = 40
"""The cuff pressure, mmHg, at which it is opened."""


class Inflation:
    """A measurement that may run: up in 8 s to 40 above systolic, down to 40 mmHg at 35 s, then open."""

    def __init__(self) -> None:
        self._since: int | None = None

    @property
    def is_running(self) -> bool:
        """From `start` until `stop` or until `ends` was seen."""
        return self._since is not None

    def start(self, now: int) -> None:
        """Begin to inflate."""
        self._since = now

    def stop(self) -> None:
        """Open the valve."""
        self._since = None

    def ends(self, now: int) -> bool:
        """Whether the measurement is over; True once."""
        if self._since is None or now - self._since < DURATION:
            return False
        self.stop()
        return True

    def pressure(self, now: int, vitals: Vitals) -> int:
        """Cuff pressure, mmHg."""
        if self._since is None:
            return 0
        elapsed = now - self._since
        peak = min(280, round((vitals.sys or 120) + 40))
        if elapsed < INFLATING:
            return peak * elapsed // INFLATING
        return max(LOWEST, peak - (peak - LOWEST) * (elapsed - INFLATING) // (DURATION - INFLATING))


def measured(vitals: Vitals) -> tuple[int, int, int] | None:
    """Systolic, diastolic and mean as whole mmHg; None: no cuff on the arm."""
    if vitals.sys is None or vitals.dia is None:
        return None
    return round(vitals.sys), round(vitals.dia), round(vitals.map or (vitals.sys + 2 * vitals.dia) / 3)
