"""`python -m benchmarks [NAME ...]`: our figures beside other ways of doing it, all or those named.

Every table is measured side by side in one run on this machine; ratios travel to another, milliseconds do not.
"""

import os
import platform
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from benchmarks import alarms_per_hour, check, decoders, memory, push, serial_latency, start

BENCHMARKS: Mapping[str, tuple[str, Callable[[], None]]] = MappingProxyType(
    {
        "push": ("From a sample's arrival in the station to the painted number", push.main),
        "serial_latency": ("From the last byte on a serial line to the reading", serial_latency.main),
        "decoders": ("Bytes a second through every decoder, ours and public ones", decoders.main),
        "check": ("Observations a second through the rules", check.main),
        "start": ("From `dripwatch demo` to the first number in the page", start.main),
        "memory": ("What a day does to the station's memory", memory.main),
        "alarms_per_hour": ("Alarms per hour on real recordings", alarms_per_hour.main),
    }
)


def main(names: list[str]) -> int:
    """Run them in order; returns the exit status."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"benchmarks: no {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load before we began {load:.1f}")
    for name in names or BENCHMARKS:
        title, run = BENCHMARKS[name]
        print(f"\n{name}: {title}", flush=True)
        run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
