"""The program as people start it: a process of its own, on a free port, with a record of its own."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

Alarm = tuple[float, str, str, str, str]
"""t, event, rule, priority, message."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`dripwatch ARGUMENTS` without a browser, on a free port; ended with SIGINT if it still runs."""
    command = [sys.executable, "-m", "dashboard", *arguments, "--no-browser", "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=20)


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """Standard error up to the line with these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(f"{words!r} was never said, but: {said}")


def check(target: str | Path, *options: str) -> list[Alarm]:
    """The alarms `dripwatch check` prints for a file or a session."""
    command = [sys.executable, "-m", "dashboard", "check", str(target), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return alarms(done.stdout.splitlines())


def alarms(lines: Sequence[str]) -> list[Alarm]:
    """Events of occurrences among JSON lines, but for T-9: whether a busy machine stood still is not in a file."""
    rows = (row for row in map(json.loads, lines) if row.get("rule") != "T-9")
    return [(r["t"], r["event"], r["rule"], r["priority"], r["message"]) for r in rows if "occurrence" in r]
