"""Promise: `replay` needs nothing but a file: it starts a centre, plays, tells, stops, and the history proves itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from dispatch.runtime.ports import free_port
from tests.harness.commands import data_folder, demo_file, running, start
from tests.harness.replay_town import HEADER, MAP, row

pytestmark = pytest.mark.slow


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    async with data_folder() as made:
        yield made


def written(folder: Path, *rows: str) -> tuple[Path, Path]:
    """A file of calls and its map."""
    file, column_map = folder / "town.csv", folder / "town.toml"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    column_map.write_text(MAP, encoding="utf-8")
    return file, column_map


async def test_a_file_becomes_closed_incidents_that_verify_and_a_demo_goes_on_there(
    folder: Path, tmp_path: Path
) -> None:
    file, column_map = written(
        tmp_path,
        row("7", "V1", "12:00:00 12:01:00 12:01:30 12:02:00 12:05:00 12:30:00"),
        row("8", "V1", "12:10:00 12:11:00 12:11:30 12:12:00 12:15:00 12:20:00"),
        row("8", "V2", "12:10:00 12:11:00 12:11:30 12:12:00 12:15:00 12:20:00"),
    )
    async with running("replay", file, "--map", column_map, "--data", folder, "--json") as replay:
        assert await replay.ends() == 0
    said = msgspec.json.decode(replay.lines[-1])
    assert (said["calls"], said["closed"], said["refused"]) == (2, 2, 1)
    assert said["intervals"]["response"]["file"] == said["intervals"]["response"]["ours"]
    assert any("call 8, unit V1, order: V1 is on_scene for incident" in line for line in replay.lines)
    async with running("verify", "--data", folder) as proof:
        assert await proof.ends() == 0
    async with running("demo", "--data", folder, "--port", free_port(), "--no-traffic") as demo:
        assert "demo.json" in str((await demo_file(folder, demo)) and folder / "demo.json")
    assert demo.errors == b""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("none.csv",), "none.csv can't be read: no such file or directory."),
        (("town.csv",), "The columns of the file fit none of the maps that come with the program"),
        (("town.csv", "--map", "none.toml"), "The map none.toml can't be read: no such file or directory."),
        (("town.csv", "--map", "town.toml", "--url", "http://127.0.0.1:9"), "needs both --url and --key"),
        (
            ("town.csv", "--map", "town.toml", "--url", "http://127.0.0.1:9", "--key", "x"),
            "http://127.0.0.1:9 does not answer",
        ),
    ],
)
async def test_what_is_wrong_is_one_sentence_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    written(tmp_path, row("7", "V1", "12:00:00 12:01:00 - - - 12:30:00"))
    monkeypatch.chdir(tmp_path)
    command = await start("replay", *words)
    assert await command.ends() == 2
    assert sentence in command.sentence
