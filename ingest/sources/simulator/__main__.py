"""`python -m ingest.sources.simulator NAME --seed N [--out FILE]`: a simulated session as a CSV file."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest.sources import SourceError
from ingest.sources.simulator import SCENARIOS, open_scenario
from ingest.sources.simulator.table import csv_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the session as bytes, alike on every system; 0, or 2 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m ingest.sources.simulator", description="A session as CSV.")
    parser.add_argument("name", help=f"the scenario: {', '.join(SCENARIOS)}")
    parser.add_argument("--seed", type=int, default=1, help="which patient (default 1)")
    parser.add_argument("--out", type=Path, help="file to write (default standard output)")
    options = parser.parse_args(arguments)
    try:
        table = csv_table(open_scenario(options.name, options.seed).readings()).encode()
        if options.out is None:
            sys.stdout.buffer.write(table)
        else:
            options.out.write_bytes(table)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{options.out}: cannot be written: {error.strerror}: name a file that can", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
