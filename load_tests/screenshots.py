"""`python -m load_tests.screenshots [--only SCENE] [--look LOOK] [--of DEMO.JSON]`: every page × language × theme × size, at work.

A demo with callers, patrols and a shift lives some minutes fast, then stands for its pictures; or one that stands already
is named by its demo.json. They go into `load_tests/out/screenshots`; the one that the README shows is chosen by hand.
"""

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Error

from dispatch.runtime.ports import free_port
from load_tests.scenes import SCENES, City
from tests.harness import browser
from tests.harness.browser import Chromium, open_chromium, until
from tests.harness.commands import data_folder, demo_file, running
from tests.harness.looks import Language, Theme

OUT = Path(__file__).parent / "out" / "screenshots"
WIDE, SMALL, HAND = (1600, 950), (1280, 800), (360, 740)
HD, VAST = (1920, 1080), (3840, 2160)
Size = tuple[int, int]
SIZES: dict[str, tuple[Size, ...]] = {
    "sign_in": (WIDE, HAND),
    "seats": (SMALL, HAND),
    "desk": (WIDE, SMALL, HAND, VAST),
    "together": (WIDE, SMALL),
    "ground": (WIDE, SMALL),
    "borders": (WIDE, SMALL, VAST),
    "acts": (SMALL, HAND),
    "note": (SMALL, HAND),
    "keys": (SMALL,),
    "broadcasts": (WIDE, SMALL, HAND),
    "lookout": (SMALL, HAND),
    "drawn": (WIDE, SMALL),
    "addressed": (SMALL, HAND),
    "level": (WIDE, SMALL, HAND),
    "call": (WIDE, SMALL, HAND),
    "unit": (HAND,),
    "video": (WIDE, SMALL, HAND),
    "video_raise": (SMALL, HAND),
    "watched": (WIDE, SMALL),
    "paper": (SMALL,),
    "reviews": (WIDE, SMALL, HAND),
    "call_backs": (WIDE, SMALL, HAND),
    "owed": (WIDE, SMALL, HAND),
    "rules": (WIDE, SMALL, HAND),
    "plans": (WIDE, SMALL, HAND),
    "cards": (WIDE, SMALL, HAND),
    "events": (WIDE, SMALL, HAND),
    "review": (WIDE, SMALL, HAND, VAST),
    "review_print": (SMALL,),
    "playback": (WIDE, SMALL, (800, 900)),
    "room": (WIDE, SMALL, VAST),
    "roster": (WIDE, SMALL, HAND),
    "facts": (WIDE, SMALL, HAND),
    "looked_at": (WIDE, SMALL, HAND),
    "warned": (WIDE, SMALL, HAND),
    "dangerous": (WIDE, SMALL),
    "report": (SMALL,),
    "wall": (HD, VAST),
}
LANGUAGES: tuple[Language, ...] = ("zh", "en")
THEMES: tuple[Theme, ...] = ("dark", "light")
LOOKS = {f"{language}-{theme}": (language, theme) for language, theme in product(LANGUAGES, THEMES)}
UNITS, SPEED = 120, 8
SETTLE_S = 5.0
"""Tiles come one by one, and nobody says when the last was drawn."""


async def pictures(city: City, chromium: Chromium, name: str, look: str) -> None:
    """One scene in one look, in all its sizes."""
    language, theme = LOOKS[look]
    first, *more = SIZES[name]
    person = await chromium.person(size=first, theme=theme, language=language, gl=True)
    try:
        page = await SCENES[name](city, person)
        for size in (first, *more):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            await until(page, "!document.querySelector('.map') || document.querySelector('.map canvas')")
            await asyncio.sleep(SETTLE_S)
            path = OUT / f"{name}-{look}-{size[0]}.png"
            await page.screenshot(path=path, full_page=name.endswith("_print"))
            print(path, flush=True)
    finally:
        await person.context.close()


@asynccontextmanager
async def city_of(standing: dict[str, Any] | None, minutes: float) -> AsyncIterator[City]:
    """A city at work: the one that stands, or one that lives these minutes first."""
    async with httpx.AsyncClient(timeout=60) as client:
        if standing:
            yield City(standing, client)
            return
        options = ("--units", UNITS, "--speed", SPEED)
        async with (
            data_folder() as folder,
            running("demo", "--data", folder, "--port", free_port(), *options) as command,
        ):
            await command.says("page")
            told = await demo_file(folder, command)
            await asyncio.sleep(minutes * 60 / SPEED)
            yield City(told, client)


async def take(chosen: argparse.Namespace) -> None:
    """All pictures anew, or those that were asked for. One that cannot be taken is said, and the others go on."""
    program = browser.chromium()
    if program is None:
        sys.exit(browser.MISSING)
    if not chosen.only and not chosen.look:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    missed: list[str] = []
    async with city_of(chosen.of, chosen.minutes) as city, open_chromium(program) as chromium:
        for name, look in product(chosen.only or SCENES, chosen.look or LOOKS):
            try:
                await pictures(city, chromium, name, look)
            except (Error, httpx.HTTPError, TimeoutError, AssertionError) as error:
                missed.append(f"{name}-{look}: {error}")
                print(missed[-1], flush=True)
    if missed:
        sys.exit(f"{len(missed)} could not be taken.")


def told_in(path: str) -> dict[str, Any]:
    """What the file of a standing demo says."""
    said: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return said


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m load_tests.screenshots", description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=sorted(SCENES), help="these scenes")
    parser.add_argument("--look", action="append", default=[], choices=sorted(LOOKS), help="these looks")
    parser.add_argument("--of", type=told_in, metavar="DEMO.JSON", help="of the demo whose demo.json this is")
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="of the city's life before the first picture"
    )
    asyncio.run(take(parser.parse_args()))


if __name__ == "__main__":
    main()
