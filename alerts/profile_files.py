"""One profile out of its layers: merged, checked, every fault with its line, and written out as one text.

`Profile.text` is what the record keeps: a file that stands alone as it is, else the merged profile as TOML. Either
gives the same profile again by itself, whatever becomes of the files and of how they merge.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from alerts.layers import NAMED_BY, Layer, Tree, at, by_name, counted, on_top, read_layer
from alerts.rules import Profile, ProfileError
from alerts.toml_text import Path, Place, write

_REASONS = MappingProxyType({"extra_forbidden": "unknown key", "missing": "missing"})


@dataclass(frozen=True, slots=True)
class Effective:
    """A profile with its values as the text has them, and where each comes from."""

    profile: Profile
    layer: Layer
    files: tuple[str, ...]


def parse_profile(text: str, origin: str) -> Profile:
    """Read a profile that stands alone, such as a recorded one; `origin` is what a ProfileError calls it."""
    layer = read_layer(text, origin)
    if layer.extends is not None or layer.is_overlay:
        key = "extends" if layer.extends is not None else "overlay"
        raise ProfileError(f"{at(layer.places[key,])}: {key}: this text has to stand alone")
    return compose([layer]).profile


def compose(layers: Sequence[Layer]) -> Effective:
    """The profile that `layers` make, the lowest first; ProfileError with all faults and their lines."""
    whole = reduce(on_top, layers)
    data = counted(whole.data)
    text = whole.text
    if len(layers) > 1:
        names = ", ".join(layer.data["name"] for layer in layers)
        text = f"# Made of {names}.\n\n{write(data, partial(_remark, whole))}"
    try:
        profile = Profile.model_validate(data | {"text": text})
    except ValidationError as error:
        raise ProfileError(*_faults(error, data, whole)) from None
    on, off = (tuple(rule for rule in profile.rule if rule.off is is_off) for is_off in (False, True))
    return Effective(profile.model_copy(update={"rule": on, "off": off}), whole, tuple(layer.file for layer in layers))


def _remark(whole: Layer, path: Path) -> str:
    place = whole.places.get(by_name(path, whole.data))
    return place.comment if place else ""


# Faults


def _faults(error: ValidationError, data: Tree, whole: Layer) -> list[str]:
    """What pydantic found as `clinic.toml:12: rule HR-2, stage 1, persistence: reason`, in the order of the lines."""
    found = []
    for fault in error.errors():
        reason = _REASONS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
        place = _place(by_name(fault["loc"], whole.data), reason, whole)
        words = _words(fault["loc"], data)
        found.append((place.file, place.line, f"{at(place)}: {words}: {reason}" if words else f"{at(place)}: {reason}"))
    return [words for _, _, words in sorted(found)]


def _place(path: Path, reason: str, whole: Layer) -> Place:
    """Where `path` stands; of a whole table, the key of it that the reason quotes; of everything, the rule it names."""
    keys = [p for p in whole.places if p[: len(path)] == path and len(p) > 1 and p[-2] not in NAMED_BY]
    quoted = [p for word in re.findall(r"'(\w+)'", reason) for p in keys if p[-1] == word]
    rules: list[Path] = [
        ("rule", name) for name in re.findall(r"[A-Z0-9]+(?:-\d+)?", reason) if ("rule", name) in whole.places
    ]
    found = [whole.places[p] for p in ([*quoted, path] if path else rules)]
    found.sort(key=lambda place: place.file != whole.file)  # the topmost file made the trouble
    return next(iter(found), Place(whole.file, 1))


def _words(loc: Sequence[str | int], data: Any) -> str:
    """`("rule", 5, "stage", 0, "when")` in words, a rule by its id and the rest counted from 1."""
    words: list[str] = []
    for key in loc:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):  # a missing key, or a step of pydantic's own
            data = None
        if isinstance(key, int):
            name = data.get("id") if isinstance(data, dict) else None
            words[-1] += f" {name or key + 1}"
        else:
            words.append(key)
    return ", ".join(words)
