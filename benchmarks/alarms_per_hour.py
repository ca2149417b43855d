"""Alarms per hour and seconds in alarm on real recordings, by rule, beside a plain threshold without any judgement.

None of the recordings says which alarms were true: these are rates, not rates of false alarms. An occurrence counts
where the record has it, also while a higher rule of the same signal keeps it from being announced.
"""

import contextlib
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

LINE = "  {:<28}{:>10}{:>10}{:>12}".format


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


def events(path: Path) -> pd.DataFrame:
    """What `dripwatch check --json` prints of a recording."""
    from dashboard.__main__ import main as dripwatch  # here: the plain threshold needs no program

    with contextlib.redirect_stdout(io.StringIO()) as out:
        dripwatch(["check", str(path), "--json"])
    return pd.DataFrame([json.loads(line) for line in out.getvalue().splitlines()])


def by_rule(paths: Iterable[Path]) -> pd.DataFrame:
    """Alarms and seconds in alarm of the program, one row a rule."""
    lives = []
    for path in paths:
        if not (said := events(path)).empty:
            steps = said[said["event"].isin(["raised", "ended"])]
            lives.append(steps.pivot(index=["occurrence", "rule"], columns="event", values="t"))
    life = pd.concat(lives)
    seconds = (life["ended"] - life["raised"]).groupby("rule")
    return pd.DataFrame({"alarms": seconds.size(), "seconds": seconds.sum()})


def main() -> None:
    """Print one table a set."""
    folder = os.environ.get("DRIPWATCH_REALDATA")
    if not folder:
        print("alarms per hour: not counted, DRIPWATCH_REALDATA does not name the recordings")
        return
    for name in ("bidmc", "sedation"):
        paths = recordings(Path(folder, name))
        length = hours(paths)
        print(f"{name}: {len(paths)} recordings, {length:.1f} h")
        print(LINE("", "alarms", "per hour", "s in alarm"))
        lines = [*by_rule(paths).itertuples(name=None)]
        lines += [(f"plain SpO2 < 90, {delay} s delay", *plain_threshold(paths, delay)) for delay in (0, 15)]
        for what, alarms, seconds in lines:
            print(LINE(what, alarms, f"{alarms / length:.2f}", round(seconds)))


if __name__ == "__main__":
    main()
