"""The tables of the record. STRICT everywhere; WITHOUT ROWID where the key is the natural one.

A change here is a new VERSION, and a newer file than this program knows is refused. A table more is no change: it is
made where it is missing.
"""

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

APPLICATION_ID = int.from_bytes(b"DRIP")
"""SQLite's application_id: a file without it is not ours."""

VERSION = 1
"""SQLite's user_version."""

# STRICT tables refuse BIGINT and DOUBLE; other databases need them for 64 bits.
INT64 = BigInteger().with_variant(Integer(), "sqlite")
FLOAT64: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")

METADATA = MetaData()


def _recorded(name: str, *columns: Column[str] | Column[float] | Column[bytes], check: str = "TRUE") -> Table:
    """A table of things that were taken: keyed by session and position, stamped with session time."""
    return Table(
        name,
        METADATA,
        Column("session_id", INT64, ForeignKey("session.id"), primary_key=True),
        Column("seq", INT64, primary_key=True),
        Column("t_us", INT64, nullable=False),
        *columns,
        CheckConstraint(check),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, primary_key=key)


SESSION = Table(
    "session",
    METADATA,
    Column("id", INT64, primary_key=True),
    Column("uuid", Text, nullable=False, unique=True),
    _text("bed"),
    Column("mode", Text, CheckConstraint("mode IN ('live', 'sim', 'replay')"), nullable=False),
    Column("started_us", INT64, nullable=False),  # UTC microseconds since 1970
    _text("profile"),
    _text("profile_toml"),
    _text("profile_sha256"),
    _text("sources"),  # a JSON list
    _text("version"),
    Column("speed", FLOAT64, nullable=False),
    Column("ended_t_us", INT64),
    Column("end_reason", Text),
    CheckConstraint("(ended_t_us IS NULL) = (end_reason IS NULL)"),
    sqlite_strict=True,
)

# A cuff reading is three rows with one seq; `error` is what the cuff said, the same in all three.
OBSERVATION = _recorded(
    "observation",
    _text("signal", key=True),
    Column("value", FLOAT64),
    _text("quality"),
    _text("source"),
    Column("error", Text),
    check="(value IS NULL) = (quality <> 'ok') AND quality IN ('ok', 'no-reading', 'nan', 'inf', '-inf')",
)

DEVICE = _recorded(
    "device",
    _text("source"),
    _text("kind"),
    _text("body"),
    check="kind IN ('configuration', 'status')",
)

WAVE = _recorded(
    "wave",
    _text("source"),
    _text("signal"),
    Column("fs", FLOAT64, nullable=False),
    Column("samples", LargeBinary, nullable=False),  # int32, little-endian
)

RAW = _recorded(
    "raw",
    _text("source"),
    Column("bytes", LargeBinary, nullable=False),
)

SENT = _recorded(
    "sent",
    _text("source"),
    Column("bytes", LargeBinary, nullable=False),
)

ENTRY = _recorded(
    "entry",
    _text("kind"),
    _text("name"),
    Column("actor", Text),
    _text("body"),
    check="kind IN ('command', 'event')",
)

GAP = Table(
    "gap",
    METADATA,
    Column("session_id", INT64, ForeignKey("session.id"), primary_key=True),
    Column("first_seq", INT64, primary_key=True),
    Column("last_seq", INT64, primary_key=True),
    _text("reason"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
