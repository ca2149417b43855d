"""The browser to drive: the machine's own Chromium or Chrome if it has one, else Playwright's.

As a program it tells by its exit status whether there is one; `make test` asks that first.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chrome")
ARGS = (  # it calls nobody, and needs no shared memory of the size a container may lack
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)


def installed(playwright: Playwright) -> Path | None:
    """Where the browser is, or None. A snap is confined to its own folders and cannot be driven."""
    found = [Path(path) for name in NAMES if (path := shutil.which(name)) and "snap" not in Path(path).parts]
    return next((path for path in [*found, Path(playwright.chromium.executable_path)] if path.exists()), None)


if __name__ == "__main__":
    with sync_playwright() as driver:
        sys.exit(installed(driver) is None)
