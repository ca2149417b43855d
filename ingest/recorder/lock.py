"""One writer for a data directory, by a lock that the operating system drops when the process dies.

The lock file holds the process number of its owner for the message to the second one. It is never
deleted: two programs could then each lock a file of that name.
"""

import os
import sys
from pathlib import Path

from ingest.recorder import RecordError

NAME = "dripwatch.lock"


class Lock:
    """The right to write in `directory`, from construction to `release`; RecordError if another has it."""

    def __init__(self, directory: Path) -> None:
        path = directory / NAME
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except (BlockingIOError, PermissionError) as error:  # POSIX, Windows
            self.release()
            owner = path.read_text(errors="replace").strip()
            process = f" (process {owner})" if owner.isdigit() else ""
            raise RecordError(
                f"the data directory {directory} is in use by another dripwatch{process}: "
                "close that one, or choose another directory with --data"
            ) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def release(self) -> None:
        """Let another process have it; again is harmless."""
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _FAR = 1 << 30
    """Windows forbids others to read what is locked, so a byte far behind the process number is."""

    def _lock(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        # flock, not lockf: it also holds against a second recorder in this very process.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
