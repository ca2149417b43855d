"""The HR and SpO2 alarms of a recording counted a second time, with arrays instead of events.

It exists to disagree: it follows rules.md and decision 0003 for phase infusion and takes nothing from the program.
A signal is one array with the held value of every second (NaN: missing), a condition is a mask over it, persistence
is the length of a run. Every instant at which an occurrence could begin and could end is found over the whole
recording; those that begin before the same end are one occurrence.

Times are seconds from the first row. Rows must be whole seconds apart; where the %-seconds reach 50 between two rows
the instant is exact.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Seconds = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]

HOLD = 10
HR_RULES = ("HR-1", "HR-2", "HR-3", "HR-4")
SPO2_RULES = ("O2-1", "O2-2", "O2-3", "O2-4")
COLUMNS = {"time [s]": "time", "time_s": "time", "pulse_rate": "pulse"}


def read(path: Path) -> pd.DataFrame:
    """The rows of a bidmc or sedation file with the columns time, hr and/or pulse, spo2."""
    rows = pd.read_csv(path, skipinitialspace=True)
    names = rows.columns.str.strip().str.lower()
    return rows.set_axis([COLUMNS.get(name, name) for name in names], axis="columns")


def occurrences(rows: pd.DataFrame) -> pd.DataFrame:
    """Every occurrence of the eight rules: rule, raised, ended, reason, priority at raise, escalated (NaN: never)."""
    rate = held(rows, "hr" if "hr" in rows else "pulse", highest=300)
    spo2 = held(rows, "spo2", highest=100)
    tables = [
        spans("HR-1", "low", rate, rate > 110, rate <= 108, lasting(rate > 110, 60)),
        spans("HR-2", "medium", rate, rate > 120, rate <= 118, lasting(rate > 120, 30), high_after=300),
        spans("HR-3", "high", rate, rate >= 131, rate <= 129, lasting(rate >= 131, 15)),
        spans("HR-4", "medium", rate, rate < 50, rate >= 52, lasting(rate < 50, 15), high_at=lasting(rate <= 40, 15)),
        spans("O2-1", "low", spo2, spo2 < 94, spo2 >= 95, lasting(spo2 < 94, 30)),
        spans("O2-2", "medium", spo2, spo2 < 90, spo2 >= 91, below_90(spo2), high_after=60),
        spans("O2-3", "high", spo2, spo2 < 85, spo2 >= 86, lasting(spo2 < 85, 10)),
        spans("O2-4", "high", spo2, spo2 < 80, spo2 >= 81, below_80(spo2, fast_falls(rows))),
    ]
    return pd.concat(tables).sort_values(["raised", "rule"], ignore_index=True)


def valid(rows: pd.DataFrame, column: str, highest: float) -> Seconds:
    """The valid sample of every second from the first row to the last, NaN where there is none."""
    second = rows["time"].to_numpy(float) - rows["time"].iloc[0]
    if (second % 1).any() or (np.diff(second) <= 0).any():
        raise ValueError("rows must be whole seconds apart, in order")
    samples = np.full(int(second[-1]) + 1, np.nan)
    samples[second.astype(int)] = rows[column].where(rows[column].between(1, highest))
    return samples


def held(rows: pd.DataFrame, column: str, highest: float) -> Seconds:
    """The value of every second; a sample stands for its own second and the nine after it."""
    return pd.Series(valid(rows, column, highest)).ffill(limit=HOLD - 1).to_numpy()


def runs(mask: Mask) -> tuple[Seconds, Seconds]:
    """First and last second of every unbroken stretch of true."""
    edge = np.diff(mask.astype(int), prepend=0, append=0)
    return np.flatnonzero(edge == 1).astype(float), np.flatnonzero(edge == -1) - 1.0


def lasting(mask: Mask, persistence: float) -> Seconds:
    """When a condition has held that long. It must still hold at that instant: what the row there says counts."""
    first, last = runs(mask)
    return first[last - first >= persistence] + persistence


def first_from(instants: Seconds, t: Seconds) -> Seconds:
    """The first of the sorted instants at or after each t, NaN where there is none."""
    return np.append(instants, np.nan)[np.searchsorted(instants, t)]


def last_until(instants: Seconds, t: Seconds) -> Seconds:
    """The last of the sorted instants at or before each t, NaN where there is none."""
    return np.append(np.nan, instants)[np.searchsorted(instants, t, side="right")]


def below_90(spo2: Seconds) -> Seconds:
    """O2-2's three ways to begin: 15 s, 50 %-seconds, or the third dip within 60 s."""
    return np.sort(np.concatenate([lasting(spo2 < 90, 15), fifty_percent_seconds(spo2), third_dips(spo2)]))


def fifty_percent_seconds(spo2: Seconds) -> Seconds:
    """When the index stands at 50 or more with SpO2 below 90: each such second, or the instant it is crossed in one.

    Within a stretch without a gap the index is the running sum of its slope, lifted by the deepest point so far.
    """
    slope = np.where(spo2 < 90, np.minimum(90 - spo2, 10), -np.clip(spo2 - 90, 1, 10))
    index = np.full_like(spo2, np.nan)
    for first, last in np.stack(runs(~np.isnan(spo2)), axis=1).astype(int):
        total = np.append(0, np.cumsum(slope[first:last]))
        index[first : last + 1] = total - np.minimum.accumulate(total)
    to_go = np.maximum(50 - index, 0) / slope
    reached = (spo2 < 90) & (to_go < 1)
    reached[-1] &= to_go[-1] == 0  # nothing is known after the last row
    return np.flatnonzero(reached).astype(float) + to_go[reached]


def third_dips(spo2: Seconds) -> Seconds:
    """A dip is the first value below 90 since one at 91 or more; 90 changes nothing. A gap starts anew."""
    stretch = np.cumsum(np.isnan(spo2))
    recovered = pd.Series(np.select([spo2 >= 91, spo2 < 90], [1.0, 0.0], np.nan))
    before = recovered.groupby(stretch).ffill().groupby(stretch).shift()
    dips = np.flatnonzero((spo2 < 90) & (before == 1).to_numpy())
    first, third = dips[:-2], dips[2:]
    within: Mask = (third - first <= 60) & (stretch[third] == stretch[first])
    return third[within].astype(float)


def fast_falls(rows: pd.DataFrame) -> Seconds:
    """The samples reached by more than 4 points a second from the valid sample before."""
    samples = pd.Series(valid(rows, "spo2", highest=100)).dropna()
    second = samples.index.to_numpy(float)
    return second[1:][np.diff(samples) / np.diff(second) < -4]


def below_80(spo2: Seconds, falls: Seconds) -> Seconds:
    """O2-4: at the first sample, or 5 s after it when a fast fall lies within the 5 s before."""
    below = spo2 < 80
    first, _ = runs(below)
    slowly = first[~(first - last_until(falls, first) <= 5)]
    late = lasting(below, 5)
    return np.union1d(slowly, late[~np.isin(late - 5, slowly)])


def spans(
    rule: str,
    priority: str,
    value: Seconds,
    violating: Mask,
    inside: Mask,
    begins: Seconds,
    *,
    high_at: Seconds | None = None,
    high_after: float = 0,
) -> pd.DataFrame:
    """One row an occurrence: from each beginning to the next end, beginnings with a common end taken together.

    High comes `high_after` seconds from the start of the violating run, once the value is not far inside; or at the
    first `high_at`. Neither is given for a rule that does not escalate.
    """
    ends = endings(value, inside)
    ended = first_from(ends.index.to_numpy(float), begins)
    ended, first = np.unique(ended, return_index=True)
    raised = begins[first]
    escalated = np.full_like(raised, np.nan)
    if high_at is not None:
        escalated = first_from(high_at, raised)
    elif high_after:
        outside = np.flatnonzero(~np.isnan(value) & ~inside).astype(float)
        escalated = first_from(outside, last_until(runs(violating)[0], raised) + high_after)
    escalated[escalated > ended] = np.nan
    at_once = escalated == raised
    return pd.DataFrame(
        {
            "rule": rule,
            "raised": raised,
            "ended": ended,
            "reason": ends.reindex(ended).to_numpy(),
            "priority": np.where(at_once, "high", priority),
            "escalated": np.where(at_once, np.nan, escalated),
        }
    )


def endings(value: Seconds, inside: Mask) -> pd.Series:
    """When an occurrence would end, and why: 5 s far inside, the end of the hold, or the last row."""
    instants = {
        "session ended": np.array([len(value) - 1.0]),
        "signal lost": runs(np.isnan(value))[0],
        "inside": lasting(inside, 5),
    }
    return pd.Series({t: reason for reason, times in instants.items() for t in times}).sort_index()
