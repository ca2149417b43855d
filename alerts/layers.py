"""Layers of a profile: one file read with the lines of its keys, and one file laid on another.

How layers merge (docs/profiles.md): tables key by key; rules by `id`; the stages of a rule by their `priority`,
which is theirs alone; lists (`when`, `phases`) as a whole. `replace = true` in a rule, stage or table keeps nothing
of what lies below. Rules and stages are named in a layer's data and places, never counted, so that they find each
other: `("rule", "HR-2", "stage", "medium", "when")`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import getitem
from types import MappingProxyType
from typing import Any

from alerts.model import Priority
from alerts.rules import ProfileError
from alerts.toml_text import Path, Place, places

Tree = dict[Any, Any]

NAMED_BY = MappingProxyType({"rule": "id", "stage": "priority"})
_RANK = MappingProxyType({priority.word: rank for rank, priority in enumerate(Priority)})
_TYPES = (
    ("extends", str, "the name or path of a profile"),
    ("overlay", bool, "true or false"),
    ("name", str, "a name"),
)
_RESERVED = ("text", "off")  # fields of Profile that no file may set


@dataclass(frozen=True, slots=True)
class Layer:
    """One file, or several merged: what it says and where, with rules and stages by name."""

    file: str
    data: Tree
    places: Mapping[Path, Place]
    text: str = field(default="", repr=False)
    extends: str | None = None
    is_overlay: bool = False


def read_layer(text: str, file: str) -> Layer:
    """One file by itself; ProfileError with every fault that does not need the other layers."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        number = line[1] if line else text.count("\n") + 1
        raise ProfileError(f"{file}:{number}: not valid TOML: {error}") from None
    found = places(text, file)
    if faults := list(_faults_of_a_file(raw, found, file)):
        raise ProfileError(*faults)
    data = _named(raw)
    by_names = {by_name(path, data): place for path, place in found.items()}
    return Layer(file, data, by_names, text, data.pop("extends", None), data.pop("overlay", False))


def _faults_of_a_file(raw: Tree, found: Mapping[Path, Place], file: str) -> Iterator[str]:
    for key, kind, words in _TYPES:
        if key in raw and not isinstance(raw[key], kind):
            yield f"{at(found[key,])}: {key}: must be {words}"
    if "extends" in raw and raw.get("overlay"):
        yield f"{at(found['extends',])}: extends: an overlay goes on any profile and extends none"
    if not str(raw.get("name", "")).isprintable():
        yield f"{at(found['name',])}: name: must be one line"
    if "name" not in raw:
        yield f"{file}:1: name: missing"  # what it extends has one, but that is another profile
    yield from (f"{at(found[key,])}: {key}: unknown key" for key in _RESERVED if key in raw)
    for path, place in found.items():
        if path[-1] in NAMED_BY and isinstance(reduce(getitem, path, raw), dict):
            yield f"{at(place)}: {path[-1]}: each is a table in double brackets: [[...]]"
    for n, name in enumerate(_keyed(raw.get("rule"), "id") or ()):
        if n == name and isinstance(twice := raw["rule"][n].get("id"), str):
            yield f"{at(found['rule', n])}: rule {twice} is there twice"


def at(place: Place) -> str:
    """`clinic.toml:12`."""
    return f"{place.file}:{place.line}"


# Names for rules and stages


def _keyed(rows: object, key: str) -> Tree | None:
    """A list of tables by `key`, by its number what has none of its own; None if it is no such list."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    named: Tree = {}
    for n, row in enumerate(rows):
        name = row.get(key)
        named[name if isinstance(name, str) and name not in named else n] = row
    return named


def _named(data: Tree) -> Tree:
    """Lists of rules and stages as tables by their names."""
    result: Tree = {}
    for key, value in data.items():
        rows = _keyed(value, NAMED_BY[key]) if key in NAMED_BY else None
        result[key] = value if rows is None else {name: _named(row) for name, row in rows.items()}
    return result


def counted(data: Tree) -> Tree:
    """The reverse of `_named`."""
    return {
        key: [counted(row) for row in value.values()] if key in NAMED_BY and isinstance(value, dict) else value
        for key, value in data.items()
    }


def by_name(path: Path, named: Any) -> Path:
    """A path with rules and stages counted as one with their names; steps that are not there are left out."""
    result: Path = ()
    for step in path:
        if isinstance(step, int) and isinstance(named, dict) and result and result[-1] in NAMED_BY:
            step = next(islice(named, step, None), step)
        try:
            named = named[step]
        except (KeyError, IndexError, TypeError):  # a missing key, or a step of pydantic's own
            continue
        result = (*result, step)
    return result


# Merging


def on_top(base: Layer, over: Layer) -> Layer:
    """`over` laid on `base`: what it says counts, what it does not say stays. An overlay is named after both."""
    data = _merged(base.data, over.data)
    if over.is_overlay:
        data["name"] = f"{base.data['name']}+{over.data['name']}"
        data["title"] = "; ".join(str(layer.data["title"]) for layer in (base, over) if "title" in layer.data)
    found = {path: place for path, place in {**base.places, **over.places}.items() if _is_in(path, data)}
    return Layer(over.file, data, found)


def _merged(base: Any, over: Any, key: object = None) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    if over.get("replace") is True:
        return {name: value for name, value in over.items() if name != "replace"}
    both = base | {name: _merged(base[name], value, name) if name in base else value for name, value in over.items()}
    return dict(sorted(both.items(), key=lambda row: _RANK.get(row[0], len(_RANK)))) if key == "stage" else both


def _is_in(path: Path, data: Any) -> bool:
    try:
        reduce(getitem, path, data)
    except (KeyError, IndexError, TypeError):
        return False
    return True
