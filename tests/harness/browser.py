"""A real browser for the few promises only a browser can keep: Chromium, spoken to by its own protocol.

No driver is installed for it; where the machine has no Chromium, the tests that ask for one are skipped and say so.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

MISSING = (
    "No Chromium on this machine; install the package `chromium` to run the tests of the page in a browser."
)
PATIENCE_S = 30.0
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_KEYS = {"Enter": ("\r", 13), "ArrowDown": ("", 40), "Escape": ("", 27), "F2": ("", 113), "F3": ("", 114)}


def chromium() -> str | None:
    """The browser's program, None when there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab. `complaints`: errors of scripts, refused by the CSP, failed loads; `asked`: every address it loaded."""

    def __init__(self, socket: ClientConnection) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listening = asyncio.create_task(self._listen())

    async def tell(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol; its result."""
        number = len(self._answers) + 1
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(PATIENCE_S):
            return await self._answers[number]

    async def _listen(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answers[message["id"]].set_result(message.get("result", {}))
            else:
                self._note(message["method"], message["params"])

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"], ensure_ascii=False)[:500])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])

    async def open(self, url: str) -> None:
        """Go there."""
        await self.tell("Page.navigate", url=url)

    async def value(self, script: str) -> Any:
        """What an expression of the page's script is worth; true for an element."""
        expression = f"Promise.resolve({script}).then((worth) => (worth instanceof Node ? true : worth))"
        told = await self.tell(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true; its value."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with suppress(AssertionError):  # the page is on its way to another document
                    if value := await self.value(script):
                        return value
                await asyncio.sleep(0.05)

    async def press(self, key: str) -> None:
        """One key down and up, where the focus is."""
        text, code = _KEYS.get(key, (key, ord(key[0].upper())))
        more = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.tell("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
        await self.tell("Input.dispatchKeyEvent", type="keyUp", **more)

    async def click(self, selector: str) -> None:
        """Press what a selector finds."""
        await self.until(f"document.querySelector({json.dumps(selector)})")
        await self.value(f"document.querySelector({json.dumps(selector)}).click()")


@asynccontextmanager
async def open_page(program: str, folder: Path, width: int = 1600, height: int = 900) -> AsyncIterator[Page]:
    """A fresh browser with one empty tab; both are gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", f"--window-size={width},{height}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await _port(folder / "DevToolsActivePort")
        async with connect(await _tab(port), max_size=None) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log", "Network"):
                await page.tell(f"{domain}.enable")
            yield page
    finally:
        process.terminate()
        await process.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(PATIENCE_S):
        while not file.exists() or not file.read_text().strip():
            await asyncio.sleep(0.05)
    return int(file.read_text().splitlines()[0])


async def _tab(port: int) -> str:
    async with httpx.AsyncClient() as client:
        tabs = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
    address: str = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    return address
