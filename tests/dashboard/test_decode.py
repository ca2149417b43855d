"""`dripwatch decode`: every golden capture, from a file and from standard input, binary and hexadecimal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.__main__ import main
from ingest.drivers import DEVICES

CAPTURES = Path(__file__).parents[2] / "sample_data" / "captures"
GOLDENS = [(name, path) for path in sorted(CAPTURES.glob("*.bin")) for name in DEVICES if path.stem == name]


def golden(path: Path) -> list[object]:
    return [json.loads(line) for line in path.with_suffix(".jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("device", "path"), GOLDENS, ids=[path.stem for _, path in GOLDENS])
def test_a_capture_gives_what_was_worked_out_for_it(
    device: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decode", device, str(path), "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == golden(path)


@pytest.mark.parametrize("device", sorted(DEVICES))
def test_every_device_has_a_capture(device: str) -> None:
    assert device in {name for name, _ in GOLDENS}


def test_hexadecimal_from_standard_input(tmp_path: Path) -> None:
    path = CAPTURES / "contec-5byte.bin"
    command = [sys.executable, "-m", "dashboard", "decode", "contec-5byte", "--hex", "--json"]
    text = " ".join(f"0x{byte:02X}," for byte in path.read_bytes())
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == golden(path)


def test_binary_from_standard_input() -> None:
    path = CAPTURES / "contec-v7.bin"
    command = [sys.executable, "-m", "dashboard", "decode", "contec-v7", "-", "--json"]
    done = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == golden(path)
    assert b"good frames" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["decode", "nonsense"], "choose one of"),
        (["decode", "contec-v7", "missing.bin"], "missing.bin"),
        (["decode", "contec-v7", "{hex}", "--hex"], "not hexadecimal at byte 1 ('zz')"),
    ],
)
def test_what_cannot_be_decoded_is_one_line_and_status_2(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hex").write_text("01 zz")
    assert main([a.format(hex=tmp_path / "hex") for a in arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
