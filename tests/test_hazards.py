"""Every test that docs/hazards.md names exists: the table cannot promise what nobody proves."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_named_test_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "hazards.md").read_text("utf-8")))
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text("utf-8"))
    }
    assert len(named) > 30
    assert named <= written, sorted(named - written)
