"""The one-second recordings, one by one, for the tests of this folder."""

import os
from pathlib import Path

import pytest


def recordings() -> list[Path | None]:
    """The CSV files of both sets; one None where there are none, so that a test is there to be skipped."""
    folder = Path(os.environ.get("DRIPWATCH_REALDATA", ""))
    return [path for name in ("bidmc", "sedation") for path in sorted((folder / name).glob("*.csv"))] or [None]


@pytest.fixture(scope="session", params=recordings(), ids=lambda path: path.stem if path else "none")
def recording(request: pytest.FixtureRequest) -> Path:
    """One recording of bidmc or sedation."""
    path = request.param
    assert isinstance(path, Path), "no recordings found"
    return path
