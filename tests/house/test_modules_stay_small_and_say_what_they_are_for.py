"""Reading promise: every module opens with what it is for, and none grows into a maze."""

import ast
import statistics
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", python_files(*PACKAGES), ids=str)
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(tree(path)) or ""
    lines = [line for line in docstring.splitlines() if line.strip()]
    assert 2 <= len(lines) <= 8, f"{path}: two to six lines, and a small picture at most"


@pytest.mark.parametrize("path", python_files("tests", "load_tests"), ids=str)
def test_a_test_module_says_what_it_promises(path: Path) -> None:
    assert ast.get_docstring(tree(path)), path


@pytest.mark.parametrize("path", python_files(*PACKAGES), ids=str)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    too_long = {
        function.name: lines
        for function in functions(path)
        if (lines := body_lines(function)) > FUNCTION_LINES
    }
    assert too_long == {}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_no_banner_divides_a_module(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    banners = [
        number for number, line in enumerate(text, 1) if line.strip().startswith("#") and line.count("-" * 6)
    ]
    assert banners == []
