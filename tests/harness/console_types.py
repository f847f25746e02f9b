"""The types of the interface as the console imports them: made from our own OpenAPI document, held against it by a test.

python -m tests.harness.console_types        # writes web/console/src/core/schema.d.ts anew
"""

import asyncio
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from tests.harness.town import centre_without_data
from web.app import create_app
from web.console import hatch_build

TYPES_FILE = hatch_build.CONSOLE / "src" / "core" / "schema.d.ts"
PROGRAM = hatch_build.MODULES / "openapi-typescript" / "bin" / "cli.js"


class NoFeed:
    """Nobody listens."""

    seq = 0

    def subscribe(self, _: object) -> None: ...


async def document() -> dict[str, Any]:
    """The OpenAPI document of a replica without a database."""
    runtime: Any = SimpleNamespace(pool=None, centre=centre_without_data(), feed=NoFeed())
    return create_app(runtime).openapi_schema.to_schema()


def types() -> str:
    """TypeScript for every path and every shape of the document."""
    with tempfile.TemporaryDirectory() as folder:
        described, made = Path(folder, "openapi.json"), Path(folder, "schema.d.ts")
        described.write_bytes(msgspec.json.encode(asyncio.run(document())))
        subprocess.run(
            [*hatch_build.node(), str(PROGRAM), str(described), "--output", str(made)],
            check=True,
            capture_output=True,
        )
        return made.read_text(encoding="utf-8")


if __name__ == "__main__":
    TYPES_FILE.write_text(types(), encoding="utf-8")
