"""`make fuzz`: every decoder on noise, on damaged streams and on the streams of all other devices.

The test suite runs the same with a hundredth of the noise and a tenth of the damage (test_robustness.py).
Prints a table of what was found beside what each driver's docstring states; exit status 1 if anything must not be.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from random import SystemRandom

from tqdm import tqdm

from benchmarks.tables import show
from ingest.drivers import AMBIGUOUS, DEVICES
from tests.fuzz.crossfeed import mistaken
from tests.fuzz.damage import KINDS, Damage, damage, is_noise_within, stated, stated_noise
from tests.fuzz.noise import MOST_HELD, Noise, noise


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found of one decoder."""

    name: str
    noise: Noise
    damage: dict[str, Damage]
    mistaken: dict[str, int]

    def faults(self) -> Iterator[str]:
        """What must not be."""
        yield from self.noise.faults()
        if not is_noise_within(self.name, self.noise):
            yield f"{self.noise.numbers} numbers out of noise, stated are {stated_noise(self.name).wrong}"
        for kind, claim in stated(self.name).items():
            if not self.damage[kind].shown.is_within(claim):
                yield f"{kind}: {self.damage[kind].shown} wrong, stated are {claim}"
        if set(self.mistaken) != AMBIGUOUS.get(self.name, frozenset()):
            yield f"takes {', '.join(self.mistaken) or 'nothing'} for its own, which is not what AMBIGUOUS says"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Of the table: what, found, and stated or allowed."""
        heard, claim = self.noise, stated_noise(self.name)
        yield self.name, "", ""
        yield "  noise", f"{heard.numbers} of {heard.bytes_heard} bytes", f"{claim} bytes"
        for kind, done in self.damage.items():
            yield f"  {kind}", str(done.shown), str(stated(self.name).get(kind, ""))
        again = f"{heard.in_step}, {heard.again} ({heard.fresh})"
        yield "  packets to be in step, to a number (from the start)", again, f"2, {heard.fresh + 1}"
        yield "  bytes held", str(max(heard.held, *(done.held for done in self.damage.values()))), str(MOST_HELD)
        for other, count in self.mistaken.items():
            yield f"  numbers out of {other}", str(count), "ambiguous" if other in AMBIGUOUS.get(self.name, ()) else "0"


def fuzz(names: list[str], count: int, packets: int, seed: int) -> list[Found]:
    """Everything of these decoders; `count` bytes of noise, `packets` damaged packets."""
    found = []
    with tqdm(total=len(names) * (len(KINDS) + 2), disable=None, leave=False) as bar:
        for name in names:
            bar.set_description(f"{name:15}")
            heard = noise(name, count, seed)
            bar.update()
            done = {}
            for kind in KINDS:
                done[kind] = damage(name, kind, packets, seed)
                bar.update()
            found.append(Found(name, heard, done, mistaken(name)))
            bar.update()
    return found


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Noise, damage and other devices for every decoder.")
    parser.add_argument("names", nargs="*", metavar="DEVICE", help="those to run (all)")
    parser.add_argument("--bytes", type=int, default=10**7, help="of noise for each (%(default)s)")
    parser.add_argument("--packets", type=int, default=10**6, help="damaged for each (%(default)s)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="to run the same again")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(DEVICES):
        parser.error(f"no device {', '.join(sorted(unknown))}: choose from {', '.join(DEVICES)}")
    print(f"seed {options.seed}, {options.bytes} bytes of noise, {options.packets} damaged packets", flush=True)
    found = fuzz(options.names or list(DEVICES), options.bytes, options.packets, options.seed)
    show(("", "found", "stated"), *(row for one in found for row in one.rows()))
    faults = [f"{one.name}: {fault}" for one in found for fault in one.faults()]
    print("\n".join(faults) or "nothing that must not be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
