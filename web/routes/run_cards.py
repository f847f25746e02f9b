"""Run cards at the door: all as a file and in words, what another file would change, and what it would have asked for last week.

If-Match holds the version of the file that was changed. What cannot be used is refused before anything of it counts.
"""

from typing import Annotated, Any

from litestar import Response, get, post, put
from litestar.params import JSONBody, QueryParameter

from dispatch import store
from dispatch.acts import authorise
from dispatch.cards import store as card_store
from dispatch.cards.file import CardFile
from dispatch.cards.trial import CardTrial
from dispatch.desk import carding
from dispatch.runtime.rehearsal import tried_over
from dispatch.saying import card_book, comparing
from dispatch.saying.card_book import CardBook
from dispatch.saying.comparing import Compared
from dispatch.work import Work
from web.acting import Asked, actor_of, acts, perform, runtime_of, version_read
from web.listing import known_only
from web.schemas import Act, CardsIn, CardTrialIn

TAGS = ["reference"]
FILE_BYTES = 4_000_000


@get("/admin/run-cards", opt=acts("reference.read"), tags=TAGS)
async def read_card_file(request: Asked) -> Response[CardFile]:
    """All run cards as a file; version 0 are those of the type tree."""
    authorise(request.user, "reference", "read")
    return await _card_file(request)


@put("/admin/run-cards", opt=acts("reference.administer"), tags=TAGS, request_max_body_size=FILE_BYTES)
async def put_card_file(request: Asked, data: JSONBody[CardFile]) -> Response[CardFile]:
    """Put in run cards as the next version; they count for what is ranked from now on, orders that stand are left alone."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await carding.put_cards(w, data, read)
        return {}

    await perform(request, Act(), do)
    return await _card_file(request)


async def _card_file(request: Asked) -> Response[CardFile]:
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        cards = await card_store.read_set(conn, runtime.centre.reference.types)
    return Response(CardFile(cards.cards), headers={"ETag": f'"{cards.version}"'})


@get("/admin/run-cards/sentences", opt=acts("reference.read"), tags=TAGS)
async def read_card_book(
    request: Asked, type_: Annotated[str | None, QueryParameter(name="type")] = None
) -> CardBook:
    """The run cards that hold, each with whom it is for and its waves in words, and who put in which version.

    type (its code): only those that may be the one of such an incident, in the order in which they are tried.
    """
    known_only(request, ("type",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await card_book.book(conn, runtime.centre, request.user, type_)


@post(
    "/admin/run-cards/compare",
    opt=acts("reference.administer"),
    tags=TAGS,
    status_code=200,
    request_max_body_size=FILE_BYTES,
)
async def compare_card_file(request: Asked, data: JSONBody[CardsIn]) -> Compared:
    """What a file would change of the run cards that hold, in sentences, or every fault it has. Nothing is put in."""
    authorise(request.user, "reference", "administer")
    await actor_of(request, data)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await comparing.compare_cards(conn, runtime.centre, data.file)


@post(
    "/admin/run-cards/dry-run",
    opt=acts("reference.administer"),
    tags=TAGS,
    status_code=200,
    request_max_body_size=FILE_BYTES,
)
async def try_cards(request: Asked, data: JSONBody[CardTrialIn]) -> CardTrial:
    """Which incidents of a window, the last seven days unless another is named, would get another demand by these cards.

    And whether the units on duty today could meet it. At most 20 s and 20,000 incidents, newest first; nothing is changed.
    """
    authorise(request.user, "reference", "administer")
    await actor_of(request, data)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
    over = tried_over(data.since, data.until, now)
    return await carding.try_cards(runtime.pool, runtime.centre, data.file, over)


HANDLERS = (read_card_file, put_card_file, read_card_book, compare_card_file, try_cards)
