"""Reading promise: every module opens with what it is for, and none grows into a maze."""

import ast
import statistics
from pathlib import Path

from tests.house.source import PACKAGES, ROOT, functions, python_files, tree

MEDIAN_LINES = 120
CEILING_LINES = 500
FUNCTION_LINES = 40
ARGUMENTS = 6


def length(path: Path) -> int:
    """Lines that say something; the formatter's blank ones don't count."""
    return sum(bool(line.strip()) for line in (ROOT / path).read_text(encoding="utf-8").splitlines())


def test_the_median_module_is_short_and_none_passes_the_ceiling() -> None:
    lengths = {path: length(path) for path in python_files(*PACKAGES)}
    assert statistics.median(lengths.values()) <= MEDIAN_LINES
    assert {str(path): lines for path, lines in lengths.items() if lines > CEILING_LINES} == {}


def test_a_module_opens_with_what_it_is_for() -> None:
    """In two to six lines, and a small picture at most."""
    opening = {
        str(path): sum(bool(line.strip()) for line in (ast.get_docstring(tree(path)) or "").splitlines())
        for path in python_files(*PACKAGES)
    }
    assert {path: lines for path, lines in opening.items() if not 2 <= lines <= 8} == {}


def test_a_test_module_says_what_it_promises() -> None:
    silent = [str(path) for path in python_files("tests", "load_tests") if not ast.get_docstring(tree(path))]
    assert silent == []


def test_a_function_fits_on_a_screen() -> None:
    too_long = {
        f"{path}:{function.name}": lines
        for path in python_files(*PACKAGES)
        for function in functions(path)
        if (lines := body_lines(function)) > FUNCTION_LINES
    }
    assert too_long == {}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_banner_divides_a_module() -> None:
    banners = [
        f"{path}:{number}"
        for path in python_files()
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if line.strip().startswith("#") and line.count("-" * 6)
    ]
    assert banners == []
