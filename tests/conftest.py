"""Recordings of real patients: used where they are, and never missed silently where they must be.

They are not ours to publish, so DRIPWATCH_REALDATA names the folder that holds them. Without it `realdata` tests are
skipped and the report says so. With it, or with CI=true, a realdata test that is skipped for whatever reason fails.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

VARIABLE = "DRIPWATCH_REALDATA"


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder with the recordings."""
    return Path(os.environ[VARIABLE])


def pytest_runtest_setup(item: pytest.Item) -> None:
    if not item.get_closest_marker("realdata"):
        return
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: no recordings of real patients here")
    if not Path(folder).is_dir():
        pytest.fail(f"{VARIABLE} is {folder}, which is no folder", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.get_closest_marker("realdata") and not hasattr(report, "wasxfail"):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file skipped whole may hide realdata tests."""
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where the recordings must be there."""
    if report.skipped and (os.environ.get(VARIABLE) or os.environ.get("CI") == "true"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} must not be skipped here: {reason}"
