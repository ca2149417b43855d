"""From the last byte of a frame on the line to the reading that is put: a pseudo-terminal and a real decoder.

A Berry oximeter's number counts when two frames say the same; what is timed is the last byte of the second. An
adapter's own delay (FTDI: up to 16 ms) comes on top and cannot be measured without one.
"""

import os
import queue
import threading
import time

from benchmarks.tables import percentile, show
from ingest.devices.berry_bci import BerryBci
from ingest.model import DeviceStatus, Observation, Reading, Signal
from ingest.sources.pacing import SessionClock
from ingest.sources.playing import play
from ingest.sources.serial_port import SerialSource

READINGS = 1000
PERIOD_S = 0.01
"""Between two of them; the device itself sends 100 frames a second."""


def frame(pulse: int) -> bytes:
    """A frame with a good signal and this pulse, SpO2 98."""
    return bytes([0x88, 50, (pulse & 0x80) >> 1, pulse & 0x7F, 98])


def latencies(readings: int) -> list[float]:
    """Seconds from each last byte to its reading."""
    device, terminal = os.openpty()
    source = SerialSource(os.ttyname(terminal), BerryBci, "oximeter")
    is_open, stopped = threading.Event(), threading.Event()
    put: queue.SimpleQueue[tuple[float, float | None]] = queue.SimpleQueue()

    def take(reading: Reading) -> None:
        arrived = time.perf_counter()
        match reading:
            case DeviceStatus():
                is_open.set()
            case Observation(signal=Signal.PR, value=value):
                put.put((arrived, value))

    playing = play(source, SessionClock(), take, stopped)
    playing.start()
    is_open.wait(5)
    os.write(device, frame(60))  # the first frame is out of step and never counts
    found = []
    for n in range(readings):
        pulse = 61 + n % 100
        os.write(device, frame(pulse) + frame(pulse)[:-1])
        stopped.wait(PERIOD_S)
        sent = time.perf_counter()
        os.write(device, frame(pulse)[-1:])
        arrived, value = put.get(timeout=5)
        assert value == pulse
        found.append(arrived - sent)
    stopped.set()
    playing.join()
    os.close(device)
    os.close(terminal)
    return found


def main() -> None:
    """Print the table."""
    found = latencies(READINGS)
    row = [f"{percentile(found, p) * 1000:.2f}" for p in (50, 99, 100)]
    show(("", "n", "p50", "p99", "worst, ms"), ("last byte to put()", f"{len(found)}", *row))
    print(f"  p99 {percentile(found, 99) * 1000:.1f} ms (aim 10)")


if __name__ == "__main__":
    main()
