"""Bytes a second through every decoder, on what its own emulator says; and beside public decoders of the same bytes.

Seconds are of processor time, the least of some runs; ratios are the median of runs in turn. Large pieces are how a
recording is decoded, small ones how a port hands them out.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import median

from benchmarks.public_decoders import PUBLIC, Public
from benchmarks.tables import show
from ingest.devices import ControlsCuff
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators import Vitals
from ingest.model import SECOND, Observation, Signal, Waveform

SIZE = 1_000_000
LARGE, SMALL = 4096, 32
RUNS = 5
MINUTES = 10
CAPTURES = Path(__file__).parents[1] / "sample_data" / "captures"
FOLDER = "DRIPWATCH_PUBLIC_DECODERS"


def stream(name: str) -> bytes:
    """What the device says in ten minutes with new numbers every second, again and again; or what was captured."""
    if name not in EMULATORS:
        return repeated((CAPTURES / f"{name}.bin").read_bytes())
    emulator, decoder = EMULATORS[name](), DEVICES[name]("host")
    if isinstance(decoder, ControlsCuff):
        decoder.set_interval(60)
    said = bytearray()
    for fifth in range(MINUTES * 60 * 5):
        now, second = fifth * SECOND // 5, fifth // 5
        emulator.vitals = Vitals(pr=60 + second % 150, spo2=90 + second % 11, pi=0.5 + second % 100 / 10)
        emulator.hear(decoder.due(now), now)
        new = emulator.say(now)
        decoder.feed(new, now)
        said += new
    return repeated(bytes(said))


def repeated(data: bytes) -> bytes:
    """As often as it takes to be SIZE bytes or a little more."""
    return data * -(-SIZE // len(data))


def cut(data: bytes, size: int) -> list[bytes]:
    """In pieces of `size` bytes."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def decode(name: str, pieces: Sequence[bytes]) -> None:
    """All of it through our decoder."""
    feed = DEVICES[name]("bench").feed
    for piece in pieces:
        feed(piece, 0)


def seconds(work: Callable[[], object]) -> float:
    """Processor time it takes."""
    before = time.process_time()
    work()
    return time.process_time() - before


def every_decoder() -> None:
    """Print the table of ours."""
    rows, slowest = [], float("inf")
    for name in DEVICES:
        data = stream(name)
        rates = [
            len(data) / 1e6 / min(seconds(partial(decode, name, pieces)) for _ in range(RUNS))
            for pieces in (cut(data, LARGE), cut(data, SMALL))
        ]
        slowest = min(slowest, *rates)
        rows.append((name, *(f"{rate:.1f}" for rate in rates)))
    show(("MB/s, in pieces of", f"{LARGE} bytes", f"{SMALL} bytes"), *rows)
    print(f"  the slowest {slowest:.1f} MB/s (aim 1)")


def beside(public: Public, folder: Path) -> tuple[str, ...]:
    """A row of the table of ratios, all measured in turn."""
    points, data = public.load(folder), stream(public.device)
    large, small, theirs = (cut(data, size) for size in (LARGE, SMALL, public.piece))
    taken = [
        (
            seconds(lambda: decode(public.device, large)),
            seconds(lambda: decode(public.device, small)),
            seconds(lambda: deque(points(theirs), maxlen=0)),
        )
        for _ in range(RUNS)
    ]
    rates = (f"{len(data) / 1e6 / min(each):.1f}" for each in zip(*taken, strict=True))
    ratios = (f"{median(run[2] / run[ours] for run in taken):.1f}" for ours in (0, 1))
    return public.repository, public.device, *rates, *ratios


def differences(public: Public, folder: Path) -> str:
    """Whether both say the same of the clean stream: every change of the numbers, and every sample."""
    data = stream(public.device)
    readings = DEVICES[public.device]("bench").feed(data, 0)
    rate, spo2 = (
        [each.value for each in readings if isinstance(each, Observation) and each.signal is signal]
        for signal in (Signal.PR, Signal.SPO2)
    )
    wave = [sample for each in readings if isinstance(each, Waveform) for sample in each.values]
    said = [public.said(point) for point in public.load(folder)(cut(data, public.piece))]
    ours = [pair for pair, _ in groupby(zip(rate, spo2, strict=True))]
    theirs = [pair for pair, _ in groupby(said, key=lambda point: point[:2])]
    wrong = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    first = f", first {wrong[0][0]} as {wrong[0][1]}" if wrong else ""
    pleth = [sample for _, _, sample in said[1 : 1 + len(wave)]]  # the first is not believed, the last not yet told
    same = "none" if pleth[0] is None else "the same" if pleth == wave else "differs"
    return f"{len(wrong):,} of {len(ours):,} (PR, SpO2) differ{first}; pleth {same}"


def public_decoders(there: Sequence[Public], folder: Path) -> None:
    """Print the table of ratios, and what each of them does and says."""
    show(
        ("", "device", f"ours, {LARGE}", f"ours, {SMALL}", "public, MB/s", f"ratio, {LARGE}", f"ratio, {SMALL}"),
        *(beside(public, folder) for public in there),
    )
    print("  ratio at least 5 (aim)")
    for public in there:
        print(f"  {public.repository} {public.remark}\n    beside ours: {differences(public, folder)}")


def main() -> None:
    """Print both tables."""
    every_decoder()
    folder = os.environ.get(FOLDER, "")
    there = [public for public in PUBLIC if folder and Path(folder, public.repository).is_dir()]
    if there:
        public_decoders(there, Path(folder))
    if missing := [public for public in PUBLIC if public not in there]:
        print(f"  not compared; clone them into a folder and name it in {FOLDER}:")
        for public in missing:
            print(f"    git clone https://github.com/{public.owner}/{public.repository}")


if __name__ == "__main__":
    main()
