"""The house's own source, as the house tests walk it: files, modules, functions, strings."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("geo", "incidents", "units", "dispatch", "web")
TOP_LEVEL = (*PACKAGES, "tests", "load_tests")

# SQL lives in every store.py and in these, nowhere else; the last ones administer the server and the schema itself.
SQL_MODULES = ("dispatch/journal.py", "dispatch/timers.py", "dispatch/views.py", "dispatch/places.py")
SQL_ADMINISTRATION = ("dispatch/runtime/migrate.py", "dispatch/runtime/embedded_postgres.py")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that belongs to the project, relative to the root; new ones too, unless they are ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return tuple(sorted(Path(name) for name in set(names) if name and (ROOT / name).is_file()))
    return tuple(
        sorted(
            path.relative_to(ROOT)
            for path in ROOT.rglob("*")
            if _ours(path.relative_to(ROOT)) and path.is_file()
        )
    )


def _ours(path: Path) -> bool:
    built = {"node_modules", "__pycache__", "static", "out", "build", "dist"}
    return not any((part.startswith(".") and part != ".ci") or part in built for part in path.parts[:-1])


def python_files(*roots: str) -> list[Path]:
    """Python files below the given top-level folders, relative to the root."""
    wanted = roots or TOP_LEVEL
    return [path for path in tracked_files() if path.suffix == ".py" and path.parts[0] in wanted]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def strings(path: Path) -> Iterator[ast.Constant]:
    """Every string that is not a docstring."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def sql_files() -> list[Path]:
    """Modules whose upper-case strings are SQL."""
    files = python_files(*PACKAGES)
    return [path for path in files if path.name == "store.py" or path.as_posix() in SQL_MODULES]


def module_name(path: Path) -> str:
    return path.with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
