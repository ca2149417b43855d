"""What is worth showing of bytes that may have lain somewhere before they were read: no old number looks new (H19)."""

from collections.abc import Sequence

from ingest.devices import Line
from ingest.model import SECOND, DeviceConfiguration, DeviceStatus, NibpReading, Reading

_STALL = SECOND
"""Two looks at the line further apart than this: what is read then may be too old to be shown (H19)."""

_SETTLE = SECOND // 10
"""For how long after a stall bytes count as old: the system hands on what it kept in several pieces."""

_TERMINAL = 4000
"""Bytes. A terminal on Linux keeps 4095, so at high speeds less than a second of the line can wait there."""

_CUFF_AGE = 10 * SECOND
"""A cuff reading is not repeated by the device: it is shown if it can be no older than this."""


class Arrivals:
    """Tells bytes that have just come from those that lay somewhere while nobody looked.

    That is the case after this program or the whole machine had stood still, and when more comes at once than
    a second of the line can carry: an adapter had kept it.
    """

    def __init__(self, line: Line, now: int) -> None:
        self._most = min(line.baud // 10, _TERMINAL)
        self._looked = self._since = self._until = now

    def age(self, now: int, count: int) -> int | None:
        """How old the `count` bytes read at `now` may be, microseconds; None: they have just come."""
        if now - self._looked > _STALL or count > self._most:
            if now >= self._until:
                self._since = self._looked
            self._until = now + _SETTLE
        self._looked = now
        return now - self._since if now < self._until else None


def worth_showing(readings: Sequence[Reading], age: int) -> list[Reading]:
    """Of readings up to `age` old what does not pretend that a number is of now.

    The last state, because it may stand without being told again, and a cuff reading that is not too old.
    """
    states = [reading for reading in readings if isinstance(reading, DeviceStatus)]
    others = [
        reading
        for reading in readings
        if isinstance(reading, DeviceConfiguration) or (isinstance(reading, NibpReading) and age <= _CUFF_AGE)
    ]
    return [*others, *states[-1:]]
