"""What if: a profile with some of its numbers changed, through the same check as any other.

A setting is `KEY=VALUE`. Keys are those of the profile's TOML: `timing.hold`, `O2-2.persistence` (of the first stage),
`O2-2.stage2.after`, and `HR-2.limit` or `BP-3.limit.nibp_sys` for the number in a comparison. Values are those of TOML,
words without quotes; `O2-2.dips=off` takes a key away, `HR-1=off` switches a rule off.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from alerts.profile_files import parse_profile
from alerts.rules import Profile, ProfileError
from alerts.toml_text import write

OFF = "off"
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?=\s*%?\s*$)")
"""The number a comparison ends with."""
_FIXED = frozenset({"id", "kind", "side", "source", "stage"})
_OPTIONAL = {"rule": ("off", "repeat", "silent", "hysteresis"), "stage": ("persistence",)}
"""Keys that may be given where the profile leaves them out."""

_Place = tuple[Any, Any]
"""A table or array of the profile, and the key or index in it."""


def changed(profile: Profile, settings: Sequence[str]) -> tuple[Profile, tuple[str, ...]]:
    """The profile with `settings` applied in their order, and each in words: `O2-2.persistence 15 -> 0`.

    ProfileError names a key that is not there with those that are, or the reason why such a profile is refused.
    """
    data = tomllib.loads(profile.text)
    try:
        words = tuple(_apply(data, setting) for setting in settings)
    except ValueError as error:
        raise ProfileError(f"{profile.name}: {error}") from None
    name = f"{profile.name} with {', '.join(settings)}"
    try:
        return parse_profile(write(data, lambda path: ""), name), words
    except ProfileError as error:  # a line of a text that nobody has seen helps nobody
        raise ProfileError(re.sub(rf"^{re.escape(name)}:\d+", name, error.faults[0])) from None


def _apply(data: dict[str, Any], setting: str) -> str:
    key, is_given, text = (part.strip() for part in setting.partition("="))
    if not is_given or not text:
        raise ValueError(f"--set {setting}: write KEY=VALUE, such as O2-2.persistence=0 or HR-2.limit=115")
    places = dict(_places(data))
    if key not in places:
        raise ValueError(f"--set {setting}: {_unknown(key, places)}")
    where, name = places[key]
    before = where.get(name) if isinstance(where, dict) else where[name]
    if isinstance(where, list):
        before, where[name] = _with_limit(setting, where[name], text)
    elif text == OFF and name == "off":
        where[name] = True
        return f"{key} off"
    elif text == OFF:
        where.pop(name, None)
        return f"{key} off"
    else:
        where[name] = _value(text)
    return f"{key} {'(not given)' if before is None else before} -> {text}"


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _with_limit(setting: str, comparison: str, number: str) -> tuple[str, str]:
    """The number a comparison has had, and the comparison with the new one."""
    old = _NUMBER.search(comparison)
    if old is None or not re.fullmatch(r"\d+(\.\d+)?", number):
        raise ValueError(f"--set {setting}: a limit is a number, as in {comparison!r}")
    return old[0], comparison[: old.start()] + number + comparison[old.end() :]


def _places(data: dict[str, Any]) -> Iterator[tuple[str, _Place]]:
    """Every key that can be set, and where it stands."""
    for name, part in data.items():
        if isinstance(part, dict):
            yield from _leaves(name, part)
    for rule in data["rule"]:
        yield rule["id"], (rule, "off")
        yield from _leaves(rule["id"], dict.fromkeys(_OPTIONAL["rule"]) | rule, rule)
        for number, stage in enumerate(rule.get("stage", ()), 1):
            names = [f"{rule['id']}.stage{number}"] + [rule["id"]] * (number == 1)
            for name in names:
                optional = dict.fromkeys(_OPTIONAL["stage"]) if "when" in stage else {}
                yield from _leaves(name, optional | stage, stage)
                yield from _limits(name, stage.get("when", []))


def _leaves(name: str, keys: dict[str, Any], table: dict[str, Any] | None = None) -> Iterator[tuple[str, _Place]]:
    table = keys if table is None else table
    for key, value in keys.items():
        if key not in _FIXED:
            yield f"{name}.{key}", (table, key)
        if isinstance(value, dict):
            yield from _leaves(f"{name}.{key}", value)


def _limits(name: str, when: list[str]) -> Iterator[tuple[str, _Place]]:
    """`limit` for the only comparison, else `limit.SIGNAL` for each signal with one of its own."""
    if len(when) == 1:
        yield f"{name}.limit", (when, 0)
        return
    signals = [comparison.split()[0] for comparison in when]
    for at, signal in enumerate(signals):
        if signals.count(signal) == 1:
            yield f"{name}.limit.{signal}", (when, at)


def _unknown(key: str, places: dict[str, _Place]) -> str:
    """What there is instead of `key`: the other keys of its rule or section, or all of those."""
    first, _, rest = key.partition(".")
    if not (near := [name.partition(".")[2] for name in places if name.startswith(f"{first}.")]):
        tops = dict.fromkeys(name.partition(".")[0] for name in places)
        return f"no rule or section {first!r}: there is {', '.join(tops)}"
    return f"{first} has no key {rest!r}: it has {', '.join(n for n in near if not n.startswith('stage1.'))}"
