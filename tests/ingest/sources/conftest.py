"""What the tests of serial ports share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.sources.cables import Cable


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    """Plugged in."""
    cable = Cable(tmp_path / "oximeter")
    cable.plug()
    yield cable
    cable.unplug()
