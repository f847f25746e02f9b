"""A real browser for the promises only a browser can keep: the machine's own Chromium, driven by Playwright.

One Chromium serves a session of tests; each person who sits down gets a context of their own, with cookies and storage of
their own. Whatever a page complains of is kept, and whoever it calls beside its own house is seen: all other addresses lead
to a telephone that only notes who called. Where the machine has no Chromium, the tests that ask for one are skipped.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    async_playwright,
    expect,
)

from tests.harness.looks import Language, Theme

MISSING = "No Chromium on this machine; install the package `chromium` to run the tests of the console in a browser."
PATIENCE_MS = 60_000
"""A guard against hanging, not a target."""
expect.set_options(timeout=PATIENCE_MS)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = (
    "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-rasterization", "--disable-gpu-compositing",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider", "--mute-audio",
    "--font-render-hinting=none",
)  # fmt: skip

_ERRANDS = re.compile(r"^\w+ (https?://)?[a-z0-9-]+\.(google|googleapis|gvt1)\.com[:/]")

# What a page does that nobody can see from outside: notes that were sounded, what its policy refused, where F5 went.
_NOTES = """
(() => {
  const heard = (globalThis.heard = { notes: [], refused: [] });
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    heard.notes.push(Math.round(this.frequency.value));
    return start.apply(this, when);
  };
  addEventListener('securitypolicyviolation', (event) => {
    heard.refused.push(event.violatedDirective);
    console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
})();
"""
_WITHOUT_GL = "delete globalThis.WebGL2RenderingContext;"


def chromium() -> str | None:
    """The browser's program, None when there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Telephone:
    """Where every address leads that is not this machine; nobody answers.

    Attributes:
        called: the first line of every call, such as `CONNECT example.org:443 HTTP/1.1`.
    """

    def __init__(self) -> None:
        self.called: list[str] = []
        self.port = 0

    @property
    def strangers(self) -> list[str]:
        """Calls that were no errand of the browser's own maker, which no switch quite stops."""
        return [line for line in self.called if not _ERRANDS.search(line)]

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            self.called.append(line.decode("latin-1").strip())
        finally:
            writer.close()


class Person:
    """Somebody at a browser: pages that share cookies, storage and the shared worker.

    Attributes:
        name: who signs in by link.
        complaints: errors of scripts and of the console, what the policy refused, loads that failed; in order.
        asked: every address that was asked for.
    """

    def __init__(self, context: BrowserContext, name: str) -> None:
        self.context = context
        self.name = name
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._forgiven: list[re.Pattern[str]] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(error.error.stack or str(error.error)))
        context.on("request", lambda request: self.asked.append(request.url))

    async def page(self, url: str | None = None) -> Page:
        """One more tab, at `url` if there is one."""
        page = await self.context.new_page()
        if url is not None:
            await page.goto(url)
        return page

    def forgive(self, pattern: str) -> None:
        """Complaints that this test provokes, such as those of a server that was killed."""
        self._forgiven.append(re.compile(pattern))

    @property
    def unforgiven(self) -> list[str]:
        """Complaints that nobody provoked."""
        return [one for one in self.complaints if not any(known.search(one) for known in self._forgiven)]

    def strangers(self) -> list[str]:
        """Addresses that were asked for and belong to none of this machine's servers."""
        ours = ("http://127.0.0.1:", "ws://127.0.0.1:", "about:", "data:", "blob:http://127.0.0.1:")
        return sorted({address for address in self.asked if not address.startswith(ours)})

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _from_software_gl(message.text):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")


def _from_software_gl(text: str) -> bool:
    return "GPU stall due to ReadPixels" in text or "GL Driver Message" in text


class Chromium:
    """The browser of a session of tests."""

    def __init__(self, browser: Browser, telephone: Telephone) -> None:
        self.browser = browser
        self.telephone = telephone

    async def person(
        self,
        *,
        size: tuple[int, int] = (1600, 950),
        theme: Theme = "dark",
        language: Language = "zh",
        gl: bool = False,
        name: str = "anna",
        **more: Any,
    ) -> Person:
        """Somebody new at a window of this size who likes it so. gl: the map is drawn, by software and slowly; else its list stands there. more: for Playwright's `new_context`."""
        width, height = size
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN" if language == "zh" else "en-GB",
            **more,
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(_NOTES)
        await context.add_init_script(
            "if (location.protocol.startsWith('http') && !localStorage.length) {"
            f"  localStorage.setItem('dispatch110.theme', '{theme}');"
            f"  localStorage.setItem('dispatch110.language', '{language}');"
            "}"
        )
        if not gl:
            await context.add_init_script(_WITHOUT_GL)
        return Person(context, name)


@asynccontextmanager
async def open_chromium(program: str) -> AsyncIterator[Chromium]:
    """A fresh browser with a profile of its own; both are gone afterwards."""
    telephone = Telephone()
    nobody = await asyncio.start_server(telephone.hear, "127.0.0.1", 0)
    telephone.port = nobody.sockets[0].getsockname()[1]
    async with nobody, async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=program,
            headless=True,
            args=[*_QUIET, f"--proxy-server=127.0.0.1:{telephone.port}"],
            ignore_default_args=["--hide-scrollbars"],
        )
        try:
            yield Chromium(browser, telephone)
        finally:
            await browser.close()


async def until(page: Page, script: str) -> Any:
    """Look again until an expression of the page's script is true; its value; Playwright's own way needs `eval`."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            try:
                if worth := await page.evaluate(script):
                    return worth
            except Error as gone:
                if "context was destroyed" not in str(gone):  # the page is on its way to another document
                    raise
            await asyncio.sleep(0.03)


def axe_source(console: Path) -> str:
    """The accessibility checker that the console's own packages bring."""
    return (console / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
