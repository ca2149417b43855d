"""`dripwatch doctor`: is this machine ready for a session? One line a check, and what to do. No network is used."""

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from alerts.profiles import load_profile, shipped
from alerts.rules import ProfileError
from dashboard.machine import Finding, Machine, State, checks
from dashboard.seen_and_heard import seen_and_heard
from dashboard.web import ServeError, bind
from ingest.recorder.opening import data_directory, program_version
from ingest.sources.pacing import boottime_ns
from ingest.sources.serial_port import ports_here

STEP_S = 0.1
"""A clock that goes this much wrong while we look is being put."""


def doctor(
    data: str | None,
    profile: str | None,
    port: int,
    *,
    as_json: bool,
    wall_clock: Callable[[], datetime],
    machine: Machine | None = None,
) -> int:
    """Print all findings; returns the exit status: 1 if one of them is a FAIL."""
    machine = machine or Machine(ports_here())
    findings = []
    for finding in _all(machine, data, profile, port, wall_clock):
        print(json.dumps(asdict(finding)) if as_json else _line(finding), flush=True)
        findings.append(finding)
    if not as_json:
        print(_summary(findings))
    return 1 if any(finding.state is State.FAIL for finding in findings) else 0


def _all(
    machine: Machine, data: str | None, profile: str | None, port: int, wall_clock: Callable[[], datetime]
) -> Iterator[Finding]:
    began, began_ns = wall_clock(), boottime_ns()
    yield Finding("program", State.OK, f"Dripwatch {program_version()} on Python {platform.python_version()}")
    yield profiles([profile] if profile else shipped())
    yield page(port)
    yield from checks(machine, data_directory(data), began)
    yield from seen_and_heard(machine)
    yield clock_steps((wall_clock() - began).total_seconds() - (boottime_ns() - began_ns) / 1e9)


def profiles(names: Sequence[str]) -> Finding:
    """Whether the rules can be read."""
    try:
        for name in names:
            load_profile(name)
    except ProfileError as error:
        return Finding("profile", State.FAIL, str(error), "correct the file, or choose another with --profile")
    return Finding("profile", State.OK, ", ".join(names))


def page(port: int) -> Finding:
    """Whether the screen's page can be served."""
    try:
        bind("127.0.0.1", port).close()
    except ServeError as error:
        says, _, fix = str(error).partition("; ")
        return Finding("page", State.FAIL, says, fix)
    return Finding("page", State.OK, f"port {port} is free for it")


def clock_steps(error: float) -> Finding:
    """`error`: by how many seconds the wall clock went wrong, against one that cannot be put, while we looked."""
    if abs(error) < STEP_S:
        return Finding("clock steps", State.OK, "none while this ran")
    says = f"the clock was put by {error:+.1f} s while this ran: ages and alarms do not mind, times in the record do"
    return Finding("clock steps", State.WARN, says, "wait until it is right before you start")


def _line(finding: Finding) -> str:
    state = "-" if finding.state is State.UNKNOWN else finding.state
    line = f"{state:<5} {finding.check:<13} {finding.says}"
    return f"{line}\n{'':<19} -> {finding.fix}" if finding.fix else line


def _summary(findings: Sequence[Finding]) -> str:
    counts = {state: sum(finding.state is state for finding in findings) for state in State}
    if counts[State.FAIL]:
        return f"Not ready: {counts[State.FAIL]} to repair first (FAIL), {counts[State.WARN]} to look at (warn)."
    if counts[State.WARN]:
        return f"Ready, with {counts[State.WARN]} to look at (warn)."
    return "Ready."
