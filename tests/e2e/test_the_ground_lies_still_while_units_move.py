"""Promise: while nobody looks elsewhere only what lives is drawn anew; whoever moves the map takes the ground along.

A line that comes above the map and goes again moves nothing.
"""

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import People
from tests.harness.browser import until
from tests.harness.street import Street

pytestmark = pytest.mark.slow

COUNTING = """
  globalThis.drawn = { ground: 0, live: 0 };
  for (const name of ["drawElements", "drawArrays", "drawArraysInstanced", "drawElementsInstanced"]) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...told) {
      globalThis.drawn[this.canvas.closest?.(".beneath") ? "ground" : "live"] += 1;
      return draw.apply(this, told);
    };
  }
"""


async def test_the_ground_is_drawn_when_somebody_looks_elsewhere_and_no_sooner(
    street: Street, people: People
) -> None:
    street.place_units()
    person = await people(gl=True)
    await person.context.add_init_script(COUNTING)
    page = await street.sit_down(person, "desk", "dispatcher")
    await page.locator("#map canvas.maplibregl-canvas").wait_for()
    await until(page, "drawn.ground > 0 && drawn.live > 0")
    await _at_rest(page)
    ground = await page.evaluate("drawn.ground")
    for step in range(1, 4):
        live = await page.evaluate("drawn.live")
        street.place_units(lon=114.02 + step / 1_000)
        await until(page, f"drawn.live > {live}")
    assert await page.evaluate("drawn.ground") == ground
    await page.locator("#map canvas.maplibregl-canvas").press("ArrowRight")
    await until(page, f"drawn.ground > {ground}")


async def test_a_line_that_comes_above_the_map_and_goes_leaves_the_ground_alone_and_one_that_stays_does_not(
    street: Street, people: People
) -> None:
    street.place_units()
    person = await people(gl=True)
    await person.context.add_init_script(COUNTING)
    page = await street.sit_down(person, "desk", "dispatcher")
    await page.locator("#map canvas.maplibregl-canvas").wait_for()
    await until(page, "drawn.ground > 0 && drawn.live > 0")
    await _at_rest(page)
    ground = await page.evaluate("drawn.ground")
    await page.evaluate(
        "globalThis.box = document.querySelector('#map .ground'); box.style.top = '24px';"
        "requestAnimationFrame(() => requestAnimationFrame(() => { box.style.top = ''; globalThis.gone = performance.now(); }))"
    )
    await until(page, "globalThis.gone && performance.now() - gone > 1000")
    assert await page.evaluate("drawn.ground") == ground
    await page.evaluate("box.style.top = '24px'")
    await until(page, f"drawn.ground > {ground}")
    height = await page.evaluate("box.clientHeight")
    await until(page, f"document.querySelector('#map canvas.maplibregl-canvas').clientHeight === {height}")


async def _at_rest(page: Page) -> None:
    """Tiles and names have come; the ground has not been drawn for a while."""
    await page.evaluate("globalThis.stood = { ground: -1, since: 0 }")
    await until(
        page,
        "(stood.ground === drawn.ground || ((stood.ground = drawn.ground), (stood.since = performance.now()), false))"
        " && performance.now() - stood.since > 2000",
    )
