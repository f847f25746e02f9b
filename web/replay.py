"""`dispatch110 replay`: a real file of calls, from first ring to closing, through the public doors of a centre.

The centre is one that runs already, or one that is started here on a data directory and stopped at the end.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from dispatch.runtime.data_dir import default_data_dir
from dispatch.seeds.city import City
from incidents.types import TypeTree, load_tree, shipped_tree
from web.conducting import Conductor
from web.drive import Door, Refused, wait_ready
from web.planting import bring
from web.replaying import intervals
from web.replaying.calls import Call, read_calls, read_header
from web.replaying.column_map import ColumnMap, fitting_map, read_map
from web.replaying.errors import ReplayRefused
from web.replaying.plan import Act, plan
from web.replaying.report import Outcome, as_json, text
from web.replaying.synthetic_city import synthetic_city
from web.standing import Ground, standing_centre

READY_WITHIN_S = 60.0
FIRST_PATIENCE_S = 3.0  # a wrong address is said soon; later the centre may be away for a while
PROGRESS_EVERY = 5_000

type Say = Callable[[str], None]


class ReplayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for. Either url and key, or data (None: the default directory)."""

    file: Path
    map: Path | None = None
    speed: float | None = None
    json: bool = False
    url: str | None = None
    key: str | None = None
    data: Path | None = None


async def replay(options: ReplayOptions, say: Say) -> Outcome:
    """Play the file and say how it went, line by line.

    Raises ReplayRefused, dispatch.runtime.errors.RuntimeFault or Unreachable, each with one sentence.
    """
    if (options.url is None) != (options.key is None):
        raise ReplayRefused("A running centre needs both --url and --key; without them one is started here.")
    tree = shipped_tree()
    column_map = read_map(options.map, tree) if options.map else fitting_map(read_header(options.file), tree)
    calls = read_calls(options.file, column_map)
    city = synthetic_city(calls, column_map)
    async with _doors(options, city) as door:
        outcome = await play(door, Film(calls, city, column_map), options.speed, say)
    for line in text(outcome):
        say(line)
    if options.json:
        say(as_json(outcome))
    return outcome


@asynccontextmanager
async def _doors(options: ReplayOptions, city: City) -> AsyncIterator[Door]:
    """The doors of the centre that was named, or of one that stands as long as the block."""
    if options.url is not None and options.key is not None:
        async with Door.open(options.url, options.key, FIRST_PATIENCE_S) as door:
            await door.get("/session")
        async with Door.open(options.url, options.key) as door:
            yield door
        return
    ground = Ground(data_dir=options.data or default_data_dir(), city=lambda: city)
    async with standing_centre(ground) as standing:
        await wait_ready(standing.url, READY_WITHIN_S)
        async with Door.open(standing.url, standing.keys["replayer"]) as door:
            yield door


class Film(msgspec.Struct, frozen=True):
    """What is played: the calls of a file, the centre they presume, and the map they were read by."""

    calls: list[Call]
    city: City
    column_map: ColumnMap


async def play(door: Door, film: Film, speed: float | None, say: Say) -> Outcome:
    """Play a film through these doors, as fast as it goes or `speed` times real; how it went.

    Raises ReplayRefused and Unreachable.
    """
    calls = film.calls
    try:
        tree = await _tree_of(door)
        unit_ids = await bring(door, film.city)
    except Refused as refusal:
        raise ReplayRefused(f"The centre does not take this replay: {refusal}") from refusal
    _check_types(tree, calls)
    acts = plan(calls, tree)
    conductor = Conductor(door, unit_ids, tree, speed or None, film.column_map.city.code)
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    try:
        await conductor.play(acts, _progress(len(acts), say))
    except Refused as refusal:
        raise ReplayRefused(f"The centre refused an act of this replay: {refusal}") from refusal
    return Outcome(
        calls=calls,
        closed=len(conductor.kept),
        refused=sorted(conductor.refused, key=lambda row: row.line),
        unclosed=conductor.unclosed,
        table=intervals.table(calls, conductor.kept),
        real_s=_span_s(acts),
        took_s=loop.time() - started_s,
    )


async def _tree_of(door: Door) -> TypeTree:
    return load_tree(msgspec.json.encode(await door.get("/admin/types")))


def _check_types(tree: TypeTree, calls: list[Call]) -> None:
    """A centre's own tree may lack a type that the map speaks of."""
    for call in calls:
        if call.type not in tree:
            raise ReplayRefused(f"The type tree of this centre has no type {call.type}; change the map.")


def _span_s(acts: list[Act]) -> float:
    return (max(act.at for act in acts) - min(act.at for act in acts)).total_seconds()


def _progress(total: int, say: Say) -> Callable[[int], None]:
    def told(number: int) -> None:
        if number % PROGRESS_EVERY == 0:
            say(f"{number} of {total} acts")

    return told
