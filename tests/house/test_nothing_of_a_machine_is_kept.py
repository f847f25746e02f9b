"""Portability promise: no file of the project names the machine it was written on or where packages were fetched from."""

import re
from pathlib import Path

from tests.house.source import ROOT, tracked_files

# Put together from halves, so that this file doesn't name them itself.
REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js",
    "npm" + "mirror",
    "registry.yarn" + "pkg",
)
HOMES = re.compile(r"/(home|Users)/[a-z][\w.-]*/|/root" + r"/\.?\w|[A-Z]:\\" + r"\\?Users")
BINARY = {".png", ".woff2", ".ico", ".gz", ".mbtiles"}


def text_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix not in BINARY]


def test_no_file_names_a_registry_or_a_place_of_this_machine() -> None:
    found = {str(path): named for path in text_files() if (named := told_in(path))}
    assert found == {}


def told_in(path: Path) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    found = [word for word in (*REGISTRIES, f"{ROOT}/") if word in text]
    return found + [match.group() for match in HOMES.finditer(text)]


def test_lock_pins_every_package_by_hash() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert len(pinned) > 30
    for number in pinned:
        assert "==" in lines[number], lines[number]
        assert lines[number + 1].strip().startswith("--hash=sha256:"), lines[number]
    assert not [line for line in lines if line.startswith("-")], (
        "no option, and so no index, stands in the lock"
    )
