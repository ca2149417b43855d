"""Small tables on standard output, and the one percentile all benchmarks use."""

from collections.abc import Sequence
from math import ceil


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of the values do not exceed (nearest rank); of up to 100, p99 is the largest.

    Nothing is interpolated: what is stated has happened.
    """
    return sorted(values)[ceil(len(values) * percent / 100) - 1]


def show(*rows: Sequence[str]) -> None:
    """Print rows of cells, the first row being the header: words to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        figures = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join([f"  {first:<{widths[0]}}", *figures]))
