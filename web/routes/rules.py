"""Rules at the door: what may not be forgotten and after how long, exported as a file, tried against last week, put back.

If-Match holds the version that was changed. A file that cannot be used is refused before anything of it counts; one that
is taken over holds for what is open at once. A dry run changes nothing.
"""

from typing import Annotated, Any

from litestar import Response, get, post, put
from litestar.params import FromQuery, JSONBody, QueryParameter

from dispatch import standings, store, timers
from dispatch.acts import authorise
from dispatch.desk import escalating
from dispatch.errors import Behind
from dispatch.foretold import DryRun
from dispatch.journal import Connection
from dispatch.rules import RuleFile
from dispatch.runtime.rehearsal import tried_over
from dispatch.saying import comparing, shown
from dispatch.saying.comparing import Compared
from dispatch.saying.shown import RulesShown
from dispatch.work import Work
from web.acting import Asked, actor_of, acts, perform, runtime_of, version_read
from web.listing import known_only
from web.schemas import Act, DryRunIn, RulesIn

TAGS = ["reference"]
FILE_BYTES = 2_000_000


@get("/admin/rules", opt=acts("reference.read"), tags=TAGS)
async def read_rules(request: Asked) -> Response[RuleFile]:
    """The rules that hold; version 0 is the shipped file."""
    authorise(request.user, "reference", "read")
    async with runtime_of(request).pool.acquire() as conn:
        return await _rules(conn)


async def _rules(conn: Connection) -> Response[RuleFile]:
    rules = await timers.read_rules(conn)
    return Response(rules.file, headers={"ETag": f'"{rules.version}"'})


@put("/admin/rules", opt=acts("reference.administer"), tags=TAGS, request_max_body_size=FILE_BYTES)
async def put_rules(request: Asked, data: JSONBody[RuleFile]) -> Response[RuleFile]:
    """Put in rules as the next version; whatever is open is looked at anew by them."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await timers.lock_rules(w.conn)
        version = await timers.rules_version(w.conn)
        if read not in ("*", str(version)):
            raise Behind("The rules were changed since you read them; read them again.", version=version)
        await escalating.put_rules(w, data)
        return {}

    await perform(request, Act(), do)
    async with runtime_of(request).pool.acquire() as conn:
        return await _rules(conn)


@post(
    "/admin/rules/dry-run",
    opt=acts("reference.administer"),
    tags=TAGS,
    status_code=200,
    request_max_body_size=FILE_BYTES,
)
async def dry_run(request: Asked, data: JSONBody[DryRunIn]) -> Response[DryRun]:
    """What these rules would have done to the incidents opened in a window, the last seven days unless another is named.

    The journal is told again, nothing is changed, and what a firing would have changed is not played on. At most 20 s and
    20,000 incidents, newest first; `complete` says whether that was all.
    """
    authorise(request.user, "reference", "administer")
    await actor_of(request, data)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
        city = await escalating.known(conn, runtime.centre.reference)
    rules = standings.checked(data.file, 0, escalating.EFFECTS, city)
    since, until = tried_over(data.since, data.until, now)
    return Response(await runtime.rehearsal.run(rules, since, until))


@get("/admin/rules/sentences", opt=acts("reference.read"), tags=TAGS)
async def read_sentences(
    request: Asked,
    type_: Annotated[str | None, QueryParameter(name="type")] = None,
    room: FromQuery[str | None] = None,
    priority: FromQuery[int | None] = None,
) -> RulesShown:
    """The rules that hold, each as a sentence, with how often it fired in seven days and who put in which version.

    type, room (codes), priority: only those that may mean such an incident.
    """
    known_only(request, ("type", "room", "priority"))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await shown.rules(conn, runtime.centre, request.user, shown.Narrowed(type_, room, priority))


@post(
    "/admin/rules/compare",
    opt=acts("reference.administer"),
    tags=TAGS,
    status_code=200,
    request_max_body_size=FILE_BYTES,
)
async def compare_rules(request: Asked, data: JSONBody[RulesIn]) -> Compared:
    """What a file would change of the rules that hold, in sentences, or every fault it has. Nothing is put in."""
    authorise(request.user, "reference", "administer")
    await actor_of(request, data)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await comparing.compare_rules(conn, runtime.centre, data.file)


HANDLERS = (read_rules, put_rules, dry_run, read_sentences, compare_rules)
