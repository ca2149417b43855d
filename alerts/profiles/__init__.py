"""The profiles that come with Dripwatch, and reading any profile from a file."""

from importlib import resources
from pathlib import Path

from alerts.rules import Profile, ProfileError, parse_profile


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with Dripwatch."""
    names = (f.name for f in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_profile(name_or_path: str) -> Profile:
    """Read a shipped profile by its name, or a TOML file by its path; ProfileError in one line."""
    if name_or_path in shipped():
        text = (resources.files(__package__) / f"{name_or_path}.toml").read_text("utf-8")
        return parse_profile(text, name_or_path)
    try:
        return parse_profile(Path(name_or_path).read_text("utf-8"), name_or_path)
    except FileNotFoundError:
        known = ", ".join(shipped())
        raise ProfileError(f"profile {name_or_path}: no such profile or file (shipped: {known})") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"profile {name_or_path}: cannot be read: {error}") from None
