"""The profiles that come with Dripwatch, and reading any profile from files: the only place in alerts that does."""

import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from alerts.layers import Layer, at, read_layer
from alerts.profile_files import Effective, compose
from alerts.rules import Profile, ProfileError

DEFAULT = "iv-ketamine"
DEEPEST = 8
"""No honest chain of profiles is longer; a circle through links of the file system is."""


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with Dripwatch."""
    return _shipped(is_overlay=False)


def overlays() -> tuple[str, ...]:
    """Names of the overlays that come with Dripwatch: each goes on top of a profile."""
    return _shipped(is_overlay=True)


def load_profile(spec: str) -> Profile:
    """What `read_profile` finds, to be used."""
    return read_profile(spec).profile


def read_profile(spec: str) -> Effective:
    """A profile and what lies on top of it, as `NAME+OVERLAY+...`; each a shipped name or the path of a TOML file.

    ProfileError names file, line and reason of every fault.
    """
    base, *tops = [spec] if Path(spec).is_file() else spec.split("+")
    layers = list(_with_all_below(_read(base, Path()), ()))
    if layers[-1].is_overlay:
        raise ProfileError(f"{base}: is an overlay: put it on top of a profile, as {DEFAULT}+{base}")
    for name in tops:
        layer = _read(name, Path())
        if not layer.is_overlay:
            raise ProfileError(f"{name}: is no overlay (overlay = true): it cannot go on top of {base}")
        if layer.file in (other.file for other in layers):
            raise ProfileError(f"{spec}: {name} is there twice")
        layers.append(layer)
    return compose(layers)


def is_overlay(name: str) -> bool:
    """Whether this name or file is an overlay; ProfileError if it cannot be read."""
    return _read(name, Path()).is_overlay


def _with_all_below(layer: Layer, above: tuple[str, ...]) -> Iterator[Layer]:
    """The layer after those it extends, the lowest first."""
    if layer.extends is not None:
        here = f"{at(layer.places['extends',])}: extends: "
        below = _read(layer.extends, Path(layer.file).parent, here)
        chain = (*above, layer.file)
        if below.is_overlay:
            raise ProfileError(f"{here}{layer.extends} is an overlay: only a profile can be extended")
        if below.file in chain or len(chain) >= DEEPEST:
            raise ProfileError(f"{here}goes round in a circle: {' -> '.join((*chain, below.file))}")
        yield from _with_all_below(below, chain)
    yield layer


def _read(name: str, folder: Path, where: str = "") -> Layer:
    """A shipped profile by its name, else a file by its path from `folder`."""
    ours = resources.files(__package__) / f"{name}.toml"
    if "/" not in name and "\\" not in name and ours.is_file():
        return read_layer(ours.read_text("utf-8"), name)
    file = folder / name
    try:
        return read_layer(file.read_text("utf-8-sig"), str(file))
    except FileNotFoundError:
        known = ", ".join((*shipped(), *overlays()))
        raise ProfileError(f"{where}{name}: no such profile or file (shipped: {known})") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{where}{name}: cannot be read: {error}") from None


def _shipped(*, is_overlay: bool) -> tuple[str, ...]:
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml")]
    texts = {file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8")) for file in files}
    return tuple(sorted(name for name, text in texts.items() if text.get("overlay", False) is is_overlay))
