"""Promise: the crew's page comes over a bad line: at most 60 KB of script and style until it stands, no map, little after."""

import gzip
import json
import re
from pathlib import Path

from tests.house.source import ROOT

STATIC = ROOT / "web/static"
AT_MOST = 60_000
"""Bytes over the line, compressed, until the page stands."""
ALL_AT_MOST = 84_000
"""With the sheets that come after it, and the list of a field supervisor's units."""


def document(name: str) -> str:
    path = STATIC / f"{name}.html"
    assert path.is_file(), f"{path.name} is not built; run make setup"
    return path.read_text(encoding="utf-8")


def loaded(name: str) -> list[Path]:
    """Scripts and styles that a page loads before anybody does anything."""
    found = re.findall(r'(?:src|href)="(/assets/[^"]+\.(?:js|css))"', document(name))
    assert found
    return [STATIC / path.lstrip("/") for path in found]


def weight(path: Path) -> int:
    """Bytes over the line."""
    return len(gzip.compress(path.read_bytes(), 9))


def kept() -> dict[str, list[str]]:
    """Page -> its files, as the service worker was told."""
    told = re.search(r'\{"/unit":\[.*?\](?:,"/paper":\[.*?\])\}', (STATIC / "sw.js").read_text("utf-8"))
    assert told is not None
    pages: dict[str, list[str]] = json.loads(told.group())
    return pages


def test_it_costs_at_most_sixty_kilobytes() -> None:
    sizes = {path.name: weight(path) for path in loaded("unit")}
    assert sum(sizes.values()) <= AT_MOST, sizes


def test_all_of_it_costs_at_most_eighty_four() -> None:
    sizes = {path: weight(STATIC / path.lstrip("/")) for path in kept()["/unit"]}
    assert sum(sizes.values()) <= ALL_AT_MOST, sizes


def test_it_brings_no_map() -> None:
    for path in kept()["/unit"]:
        assert "maplibre" not in (STATIC / path.lstrip("/")).read_text("utf-8").lower(), path


def test_every_file_of_the_pages_that_open_without_a_line_is_kept_and_there() -> None:
    for page, files in kept().items():
        assert {f"/{path.relative_to(STATIC).as_posix()}" for path in loaded(page.strip("/"))} <= set(files)
        assert [path for path in files if not (STATIC / path.lstrip("/")).is_file()] == []


def test_pages_that_are_kept_can_be_told_from_the_sign_in() -> None:
    for page in kept():
        assert f'name="page" content="{page[1:]}"' in document(page.strip("/"))
