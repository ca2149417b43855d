"""How many observations a second `dripwatch check` takes, on one core; beside a bare reading of the same file.

Seconds are of processor time, so that other programs on the machine do not count; the least of some runs.
"""

import contextlib
import csv
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from alerts.engine import Engine
from alerts.model import Phase
from alerts.profiles import load_profile
from benchmarks import patient
from benchmarks.tables import show
from dashboard.check import check
from dashboard.recordings import file_inputs
from dashboard.survey import Order
from ingest.model import NibpReading, Observation
from ingest.sources.simulator.table import csv_table
from ingest.sources.url import open_source

HOURS = 2
RUNS = 5


def whole(path: Path) -> None:
    """All of `dripwatch check FILE --json`; there is no progress bar where nobody watches."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        check(Order(str(path)), as_json=True, is_strict=False)


def parsing(path: Path) -> None:
    """The file to readings, judged by nobody."""
    for _ in open_source(str(path)).readings():
        pass


def bare(path: Path) -> None:
    """What any program has to do at least: rows by csv.DictReader, cells by float."""
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            [float(cell) for cell in row.values() if cell]


def seconds(work: Callable[[], object]) -> float:
    """Processor time of the quickest run."""
    taken = []
    for _ in range(RUNS):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return min(taken)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "two-hours.csv")
        path.write_text(csv_table(patient.sessions(HOURS * 3600)), "utf-8")
        inputs = list(file_inputs(open_source(str(path)), Phase.INFUSION))
        profile = load_profile("iv-ketamine")

        def engine() -> None:
            judge = Engine(profile)
            for input_ in inputs:
                judge.step(input_)

        figures = {
            "dripwatch check --json": seconds(lambda: whole(path)),
            "only reading the CSV": seconds(lambda: parsing(path)),
            "only the engine": seconds(engine),
            "csv.DictReader and float": seconds(lambda: bare(path)),
        }
    observations = sum(isinstance(each, Observation | NibpReading) for each in inputs)
    print(f"  {observations:,} observations of {HOURS} h, all {len(profile.rule)} rules; aim 20,000 a second")
    ours = figures["dripwatch check --json"]
    rows = [
        (name, f"{observations / each:,.0f}", f"{HOURS * 3600 / each:,.0f}", f"{each / ours:.2f}")
        for name, each in figures.items()
    ]
    show(("", "observations/s", "times real time", "of check's time"), *rows)


if __name__ == "__main__":
    main()
