"""`dripwatch profiles`: which there are, what one says and from where, and whether a clinic's own can be used."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from alerts.layers import at
from alerts.model import Priority
from alerts.profile_files import Effective
from alerts.profiles import DEFAULT, is_overlay, load_profile, overlays, read_profile, shipped
from alerts.rules import ProfileError
from alerts.toml_text import Path

_PRIORITIES = frozenset(priority.word for priority in Priority)


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a profile: its group (a table or rule), its key or stage, and what the default profile says.

    `value` is None where only the default has it; `default` is None where only this one has it. `place` is file:line.
    """

    group: str
    key: str
    value: Any
    default: Any
    source: str
    place: str

    @property
    def is_different(self) -> bool:
        """Whether the default profile says something else. Another source alone is no difference."""
        return bool(self.value != self.default)


def list_profiles() -> int:
    """Print the profiles and overlays that come with Dripwatch."""
    for name in shipped():
        print(f"{name:<18} {load_profile(name).title}")
    for name in overlays():
        title = load_profile(f"{DEFAULT}+{name}").title.rpartition("; ")[2]
        print(f"{name:<18} overlay: {title}; use it as {DEFAULT}+{name}")
    return 0


def show(name: str, *, as_json: bool) -> int:
    """Print every value of a profile with its source, and what differs from the default; an overlay on the default."""
    profile = read_profile(_whole(name))
    found = rows(profile)
    if as_json:
        p = profile.profile
        head = {"name": p.name, "title": p.title, "sha256": p.sha256, "files": profile.files, "off": _off(profile)}
        values = [asdict(row) | {"differs": row.is_different} for row in found]
        print(json.dumps(head | {"values": values}, ensure_ascii=False))
        return 0
    print(_heading(profile, found))
    for group, members in groupby(found, lambda row: row.group):
        print("\n" + "\n".join(_group(group, list(members), is_rule=group in _rules(profile))))
    return 0


def validate(name: str) -> int:
    """Print whether a profile can be used, or every fault with file and line; returns 0, or 2 if it cannot."""
    try:
        profile = read_profile(_whole(name))
    except ProfileError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 2
    print(f"{name}: good. {_counts(profile, rows(profile))}")
    return 0


def rows(profile: Effective) -> list[Row]:
    """Every value of `profile` beside that of the default profile; what only the default has comes last."""
    ours, default = _values(profile), _values(read_profile(DEFAULT))
    return [
        Row(*key, ours.get(key), default.get(key), *_origin(profile, *key))
        for key in (*ours, *(key for key in default if key not in ours))
    ]


def _whole(name: str) -> str:
    return f"{DEFAULT}+{name}" if "+" not in name and is_overlay(name) else name


def _values(profile: Effective) -> dict[tuple[str, str], Any]:
    """Values by group and key; a stage is one value."""
    found: dict[tuple[str, str], Any] = {}
    for group, table in profile.layer.data.items():
        if group == "rule":
            found |= {(name, key): value for name, rule in table.items() for key, value in _of_rule(rule)}
        elif isinstance(table, dict):
            found |= {(group, key): value for key, value in table.items()}
    return found


def _of_rule(rule: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((key, value) for key, value in rule.items() if key not in {"id", "source", "stage"})
    for priority, stage in rule.get("stage", {}).items():
        yield priority, {key: value for key, value in stage.items() if key != "priority"}


def _rules(profile: Effective) -> dict[str, Any]:
    return dict(profile.layer.data["rule"])


def _origin(profile: Effective, group: str, key: str) -> tuple[str, str]:
    """Source and place of a value."""
    rule = _rules(profile).get(group)
    path: Path = (group, key)
    if rule is not None:
        path = ("rule", group, "stage", key) if key in rule.get("stage", {}) else ("rule", group, key)
    place = profile.layer.places.get(path)
    source = rule["source"] if rule is not None else place.comment if place else ""
    return source, at(place) if place else ""


def _off(profile: Effective) -> list[str]:
    return [rule.id for rule in profile.profile.off]


def _heading(profile: Effective, found: list[Row]) -> str:
    p = profile.profile
    made = f"made of {', '.join(profile.files)}; " if len(profile.files) > 1 else ""
    return (
        f"{p.name}: {p.title}\n{made}sha256 {p.sha256}\n{_counts(profile, found)}\n"
        "Marked >: default -> here. Seconds, bpm, %, mmHg. Sources: S read, M well established, D our choice."
    )


def _counts(profile: Effective, found: list[Row]) -> str:
    different = sum(row.is_different for row in found)
    words = f"{len(profile.profile.rule)} rules"
    if off := _off(profile):
        words += f", off: {', '.join(off)}"
    return f"{words}; values that differ from {DEFAULT}: {different or 'none'}"


def _group(name: str, members: list[Row], *, is_rule: bool) -> Iterator[str]:
    """A table, or a rule: its source, what it shares with the default in one line, then its stages and differences."""
    if not is_rule:
        yield name
        yield from (_line(row, row.source) for row in members)
        return
    yield f"{name}    {members[0].source}"
    shared = [row for row in members if not row.is_different and row.key not in _PRIORITIES]
    if shared:
        yield f"  {_said({row.key: row.value for row in shared})}"
    yield from (_line(row, "") for row in members if row not in shared)


def _line(row: Row, source: str) -> str:
    if not row.is_different:
        return f"  {row.key:<15} {_said(row.value):<40} {source}".rstrip()
    return f"> {row.key:<15} {f'{_said(row.default)} -> {_said(row.value)}':<40} {source}".rstrip() + f"  ({row.place})"


def _part(value: Any) -> str:
    return f"({_said(value).replace('; ', ', ')})" if isinstance(value, dict) else _said(value)


def _said(value: Any) -> str:
    """A value as people write it."""
    match value:
        case None:
            return "(not there)"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_said, value)) or "none"
        case dict():
            return "; ".join(_said(v) if k == "when" else f"{k} {_part(v)}" for k, v in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)
