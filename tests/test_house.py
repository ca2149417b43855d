"""The house around the code: what is shipped, what is locked, and walls that really stop what they should."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGES = ("alerts", "dashboard", "ingest")
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

MACHINE_PATH = re.compile(r"(?<![\w.$)}])/(?:work|root|tmp|home/\w+|Users/\w+)/\w")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|deb\.debian\.org|npmjs\.(?:org|com)|jsdelivr\.net|unpkg\.com")


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """A program of this environment, run to its end."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"CI", "DRIPWATCH_REALDATA"}}
    return subprocess.run(command, cwd=cwd, env=inherited | env, capture_output=True, text=True, check=False)


# What is shipped


def test_the_wheel_holds_the_three_packages_with_their_data_and_nothing_else(tmp_path: Path) -> None:
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("dripwatch-*.whl"))) as wheel:
        names = set(wheel.namelist())
        info = next(name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        entry_points = wheel.read(f"{info}/entry_points.txt").decode()
        metadata = wheel.read(f"{info}/METADATA").decode()

    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    expected = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert {name for name in names if not name.startswith(info)} == expected
    assert "dripwatch = dashboard.__main__:main" in entry_points
    assert "License-Expression: Apache-2.0" in metadata
    assert "License-File: LICENSE" in metadata
    assert any(name.startswith("alerts/profiles/") and name.endswith(".toml") for name in names)


def test_the_three_packages_share_one_root() -> None:
    assert {Path(str(import_module(name).__file__)).parents[1] for name in PACKAGES} == {ROOT}


def test_the_license_is_the_one_the_project_names() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


# What is locked


def locked(name: str) -> dict[str, list[Requirement]]:
    """The requirements of a lock file by project; each must have a hash of every file it may be."""
    entries = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").replace("\\\n", " ").splitlines()
    found: dict[str, list[Requirement]] = {}
    for entry in entries:
        pin, *hashes = entry.split(" --hash=")
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value.strip()) for value in hashes), pin
        requirement = Requirement(pin.strip())
        found.setdefault(requirement.name, []).append(requirement)
    return found


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_lock_pins_every_requirement_with_hashes_and_names_no_address(name: str) -> None:
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pins in locked(name).values() for pin in pins)
    assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_lock_is_as_new_as_the_project(name: str) -> None:
    pins = locked(name)
    wanted = PROJECT["project"]["dependencies"] + (
        PROJECT["project"]["optional-dependencies"]["dev"] if name == "dev" else PROJECT["build-system"]["requires"]
    )
    for requirement in map(Requirement, wanted):
        versions = [str(pin.specifier).removeprefix("==") for pin in pins.get(requirement.name, [])]
        assert versions, f"{requirement.name} is not locked: run make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: run make lock"


def test_both_locks_agree() -> None:
    """On the versions: where a package is needed may differ, for a developer's tools may need it everywhere."""
    run, dev = (
        {name: {str(pin.specifier) for pin in pins} for name, pins in locked(lock).items()} for lock in ("run", "dev")
    )
    assert {name: pins for name, pins in run.items() if dev.get(name) != pins} == {}


# What is written down


def tracked() -> list[Path]:
    """The files of the project as git sees them, new ones included."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard") if shutil.which("git") else None
    if not listed or listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked():
        lines = path.read_bytes().decode("utf-8", "ignore").splitlines()
        found += [
            f"{path}:{n}" for n, line in enumerate(lines, 1) if MACHINE_PATH.search(line) or REGISTRY.search(line)
        ]
    assert found == []


def test_every_decision_is_numbered_once() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert numbers == sorted(set(numbers))
    for path in decisions:
        assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+", path.stem)
        assert path.read_text("utf-8").startswith(f"# {path.name[:4]} ")


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                length = (node.end_lineno or 0) - node.body[0].lineno + 1
                assert length <= 60, f"{node.name} has {length} lines"
            case ast.ClassDef() if not node.name.startswith("_"):
                assert not re.search(r"Manager|Helper|Utils|Base$|Handler", node.name), node.name
                assert undocumented(node) == []


def undocumented(node: ast.ClassDef) -> list[str]:
    """The public methods of a class without a docstring; a Protocol describes them in its own."""
    if "Protocol" in map(ast.unparse, node.bases):
        return []
    methods = (part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))
    return [part.name for part in methods if not part.name.startswith("_") and not ast.get_docstring(part)]


# Walls

BREACHES = {
    "ingest/breach.py": "import alerts.model",
    "alerts/breach.py": "import fastapi",
    "dashboard/breach.py": "import miniaudio\nimport sqlite3\nimport serial",
    "alerts/conditions.py": "import threading",
    "ingest/devices/one.py": "import ingest.devices.two",
    "ingest/devices/two.py": "",
    "dashboard/screens/one.py": "import dashboard.screens.two",
    "dashboard/screens/two.py": "",
}


def test_every_wall_stops_what_it_should(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("assets", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in BREACHES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, "utf-8")
    report = run(
        sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache",
        cwd=tmp_path, COLUMNS="200",
    )  # fmt: skip
    broken = re.findall(r"^(.+) BROKEN", report.stdout, re.MULTILINE)
    assert broken == [contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]], report.stdout


@pytest.mark.parametrize("call", ["time.time()", "time.sleep(1)", "datetime.datetime.now()"])
@pytest.mark.parametrize(("place", "allowed"), [("alerts/engine.py", False), ("ingest/sources/replay.py", True)])
def test_a_clock_is_read_only_at_the_rim(call: str, place: str, allowed: bool) -> None:
    command = ["ruff", "check", "--select", "TID251", "--no-cache", "--stdin-filename", place, "-"]
    code = f"import {call.split('.')[0]}\n{call}\n"
    checked = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, input=code, capture_output=True, text=True, check=False
    )
    assert ("TID251" not in checked.stdout) is allowed


# Recordings of real patients

READS = "@pytest.mark.realdata\ndef test_reads(realdata): assert realdata.is_dir()"
LAZY = "@pytest.mark.realdata\ndef test_lazy(): pytest.skip('not today')"
NO_FILES = "@pytest.mark.realdata\n@pytest.mark.parametrize('file', [])\ndef test_each(file): ..."
WHOLE_FILE = "pytest.skip('not today', allow_module_level=True)"
OTHERS = "@pytest.mark.skipif(True, reason='another system')\ndef test_other(): ..."


def closing_line(folder: Path, suite: str, **env: str) -> str:
    """What pytest says last about a small suite under our conftest."""
    shutil.copy(ROOT / "tests/conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = realdata: as in pyproject\n", "utf-8")
    (folder / "test_suite.py").write_text(f"import pytest\n{suite}\n", "utf-8")
    env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    report = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder, cwd=folder, **env)
    return report.stdout.splitlines()[-1].split(" in ")[0]


@pytest.mark.parametrize("suite", [READS, LAZY, NO_FILES, WHOLE_FILE])
def test_without_recordings_their_tests_are_skipped(tmp_path: Path, suite: str) -> None:
    assert closing_line(tmp_path, suite) == "1 skipped"


@pytest.mark.parametrize("suite", [READS, LAZY, NO_FILES])
def test_in_ci_a_skipped_recording_fails(tmp_path: Path, suite: str) -> None:
    assert closing_line(tmp_path, suite, CI="true") in {"1 failed", "1 error"}


@pytest.mark.parametrize("suite", [LAZY, NO_FILES, WHOLE_FILE])
def test_where_the_recordings_are_a_skip_fails(tmp_path: Path, suite: str) -> None:
    assert closing_line(tmp_path, suite, DRIPWATCH_REALDATA=str(tmp_path)) in {"1 failed", "1 error"}


def test_a_folder_of_recordings_that_is_not_there_fails(tmp_path: Path) -> None:
    assert closing_line(tmp_path, READS, DRIPWATCH_REALDATA="nowhere") == "1 error"


def test_with_recordings_their_tests_run(tmp_path: Path) -> None:
    assert closing_line(tmp_path, READS, DRIPWATCH_REALDATA=str(tmp_path)) == "1 passed"


def test_other_tests_may_be_skipped_in_ci(tmp_path: Path) -> None:
    assert closing_line(tmp_path, OTHERS, CI="true") == "1 skipped"
