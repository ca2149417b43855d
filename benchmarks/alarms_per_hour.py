"""Alarms per hour on real recordings, what the delays save, and that nothing long is missed.

None of the recordings says which alarms were true: these are rates, not rates of false alarms. An occurrence counts
where the record has it, also while a higher rule of the same signal keeps it from being announced; a message without a
sound does not. The plain threshold is counted with pandas and the long violations with numpy (tests/realdata/), both
without any of the program's code.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from alerts.changes import changed
from alerts.engine import Engine
from alerts.model import Ended, Event, Phase
from alerts.profiles import DEFAULT, load_profile
from alerts.rules import Profile
from alerts.tally import Tally, tally, together
from benchmarks.tables import show
from dashboard.recordings import open_recording
from ingest.model import SECOND
from tests.realdata import independent

LIMITS = ("HR-1", "HR-2", "HR-3", "HR-4", "O2-1", "O2-2", "O2-3", "O2-4")
PLAIN = ("O2-2.persistence=0",)
ONLY_DELAYED = ("O2-2.percent_seconds=off", "O2-2.dips=off")
WITHOUT_ANY_DELAY = (
    *(f"{rule}.persistence=0" for rule in LIMITS),
    "HR-4.stage2.persistence=0",
    "O2-4.fast_fall=off",
)


def recordings(folder: Path) -> list[Path]:
    """The one-second CSV files of a set."""
    return sorted(folder.glob("*.csv"))


def read(path: Path) -> pd.DataFrame:
    """The rows of a recording, its column names without blanks and in lower case."""
    return pd.read_csv(path, skipinitialspace=True).rename(columns=lambda name: name.strip().lower())


def hours(paths: Iterable[Path]) -> float:
    """Hours recorded, with or without a reading: one row is one second."""
    return sum(len(read(path)) for path in paths) / 3600


def plain_threshold(paths: Iterable[Path], delay: int) -> tuple[int, int]:
    """Alarms, and seconds in alarm, of SpO2 < 90 for `delay` seconds over the valid samples, blanks left out."""
    lengths = []
    for path in paths:
        below = read(path)["spo2"].dropna().lt(90)
        lengths.append(below[below].groupby((~below).cumsum()).size())
    alarms = pd.concat(lengths).loc[lambda seconds: seconds >= max(delay, 1)]
    return len(alarms), int((alarms - delay).sum())


def judged(path: Path, profile: Profile) -> tuple[list[Event], int]:
    """All events of a recording, and when it ends."""
    engine = Engine(profile)
    events = [
        event
        for input_ in open_recording(str(path), None, None, Phase.INFUSION).inputs
        for event in engine.step(input_)
    ]
    return events, engine.now


def counted(paths: Iterable[Path], *settings: str) -> Tally:
    """What the program counts by its rules, changed by `settings` as `check --set` changes them."""
    profile, _ = changed(load_profile(DEFAULT), settings)
    return together(tally(*judged(path, profile)) for path in paths)


def missed(paths: Iterable[Path]) -> tuple[int, int]:
    """How many long violations there are, counted with arrays, and how many of them no alarm covers."""
    total = uncovered = 0
    for path in paths:
        events, _ = judged(path, load_profile(DEFAULT))
        rows = independent.read(path)
        rate = independent.held(rows, "hr" if "hr" in rows else "pulse", 300)
        spo2 = independent.held(rows, "spo2", 100)
        for rule, violating, longer_than in (("O2-3", spo2 < 85, 10), ("HR-3", rate > 131, 15)):
            alarms = [e.occurrence for e in events if isinstance(e, Ended) and e.occurrence.rule == rule]
            spans = [(alarm.since / SECOND, (alarm.ended or 0) / SECOND) for alarm in alarms]
            long = [run for run in zip(*independent.runs(violating), strict=True) if run[1] - run[0] > longer_than]
            total += len(long)
            uncovered += sum(
                not any(since <= first + longer_than and until >= last for since, until in spans)
                for first, last in long
            )
    return total, uncovered


def show_rules(tally: Tally) -> None:
    """One row a rule."""
    rows = [
        (rule, f"{tally.count(rule)}", f"{tally.rate(rule):.2f}", f"{tally.seconds(rule):,.0f}")
        for rule in sorted(tally.rules, key=tally.count, reverse=True)
    ]
    total = ("all", f"{tally.count()}", f"{tally.rate():.2f}", f"{tally.seconds():,.0f}")
    show(("by rule", "alarms", "per hour", "s in alarm"), *rows, total)


def show_delays(paths: Sequence[Path], as_is: Tally) -> None:
    """SpO2 < 90 with less and more judgement, and all limits without their delays."""
    length = hours(paths)
    plain = counted(paths, *PLAIN)
    rules = {
        "O2-2 without delay": plain,
        "O2-2, 15 s and nothing else": counted(paths, *ONLY_DELAYED),
        "O2-2 as it is: 15 s, %-seconds or dips": as_is,
    }
    rows = [(name, *_beside(t.count("O2-2"), plain.count("O2-2"), t.rate("O2-2"))) for name, t in rules.items()]
    without = counted(paths, *WITHOUT_ANY_DELAY)
    limits = [sum(map(t.count, LIMITS)) for t in (without, as_is)]
    rows += [
        (name, *_beside(alarms, limits[0], alarms / length))
        for name, alarms in zip(("all HR and SpO2 rules without delays", "all as they are"), limits, strict=True)
    ]
    alone, delayed = (plain_threshold(paths, delay)[0] for delay in (0, 15))
    rows = [
        ("SpO2 < 90 (pandas)", *_beside(alone, alone, alone / length)),
        ("SpO2 < 90 for 15 s (pandas)", *_beside(delayed, alone, delayed / length)),
        *rows,
    ]
    show(("what the delays save", "alarms", "per hour", "removed"), *rows)


def _beside(alarms: int, without: int, rate: float) -> tuple[str, str, str]:
    return f"{alarms}", f"{rate:.2f}", f"{1 - alarms / without:.0%}" if alarms != without else ""


def main() -> None:
    """Print three tables a set."""
    folder = os.environ.get("DRIPWATCH_REALDATA")
    if not folder:
        print("alarms per hour: not counted, DRIPWATCH_REALDATA does not name the recordings")
        return
    for name in ("bidmc", "sedation"):
        paths = recordings(Path(folder, name))
        as_is = counted(paths)
        print(f"\n{name}: {len(paths)} recordings, {hours(paths):.1f} h")
        show_rules(as_is)
        show_delays(paths, as_is)
        total, uncovered = missed(paths)
        print(f"  SpO2 < 85 for more than 10 s or HR > 131 for more than 15 s: {total} times, {uncovered} missed")


if __name__ == "__main__":
    main()
