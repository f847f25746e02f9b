"""What stands on a screen, read from the page as a person would by scrolling: rows of windowed lists, banners, toasts."""

from typing import Any

from playwright.async_api import Page

_ALL_ROWS = """
async (selector) => {
  const list = document.querySelector(selector);
  const found = new Map();
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const was = list.scrollTop;
  for (let top = 0; ; top += list.clientHeight * 0.8) {
    list.scrollTop = top;
    await painted();
    for (const line of list.querySelectorAll('[role=option]')) {
      found.set(line.id.slice(-36), {
        label: line.getAttribute('aria-label'),
        priority: line.querySelector('.prio')?.textContent.trim() ?? null,
        number: line.querySelector('.number')?.title ?? null,
        who: [...line.querySelectorAll('.who .chip:not(.none)')].map((chip) => chip.textContent.trim()),
      });
    }
    if (top + list.clientHeight >= list.scrollHeight) break;
  }
  list.scrollTop = was;
  return Object.fromEntries(found);
}
"""


async def rows_of(page: Page, panel: str) -> dict[str, dict[str, Any]]:
    """Every row of a windowed list, by the id of what it stands for: label, priority, number, who is on it."""
    rows: dict[str, dict[str, Any]] = await page.evaluate(_ALL_ROWS, f".panel.{panel} .windowed")
    return rows
