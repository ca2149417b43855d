"""`python -m dashboard` and `dripwatch`: the composition root."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard import cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and return the exit status."""
    return cli.main(argv, lambda: datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
