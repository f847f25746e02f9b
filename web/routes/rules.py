"""Rules at the door: what may not be forgotten and after how long, exported as a file, changed and put back.

If-Match holds the version that was changed. A file that cannot be used is refused before anything of it counts; one that
is taken over holds for what is open at once.
"""

from typing import Any

from litestar import Response, get, put
from litestar.params import JSONBody

from dispatch import timers
from dispatch.acts import authorise
from dispatch.desk import escalating
from dispatch.errors import Behind
from dispatch.journal import Connection
from dispatch.rules import RuleFile
from dispatch.work import Work
from web.acting import Asked, acts, perform, runtime_of, version_read
from web.schemas import Act

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
    return Response(RuleFile(rules.rules), headers={"ETag": f'"{rules.version}"'})


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


HANDLERS = (read_rules, put_rules)
