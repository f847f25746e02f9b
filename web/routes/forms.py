"""Feedback forms at the door: the one an assignment asks, all of them for who fills them in without a line, and as a file.

If-Match holds the version that was changed. What was filled in by the version before is still taken for some days.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch import views
from dispatch.acts import authorise
from dispatch.desk import filling
from dispatch.errors import NotFound
from dispatch.forms import store
from dispatch.forms.file import Choice, FormFile
from dispatch.forms.shown import FormShown, form_fields
from dispatch.work import Work
from web.acting import Asked, acts, perform, runtime_of, version_read
from web.listing import known_only
from web.schemas import Act

FILE_BYTES = 4_000_000
TAGS = ["reference"]


class FormsShown(msgspec.Struct, frozen=True):
    """All forms of one version; newest: of all versions there are."""

    version: int
    newest: int
    file: FormFile


@get("/forms", opt=acts("types.read"), tags=TAGS)
async def read_forms(request: Asked, version: FromQuery[int | None] = None) -> FormsShown:
    """All forms, to be filled in without a line: those that hold, or those of a version that was filled in once."""
    known_only(request, ("version",))
    authorise(request.user, "types", "read")
    async with runtime_of(request).pool.acquire() as conn:
        if version is None:
            forms = await store.newest(conn)
            return FormsShown(forms.version, forms.version, forms.file)
        found = await store.version(conn, version)
    if found is None:
        raise NotFound(f"There is no version {version} of the forms.", noun="forms")
    return FormsShown(version, found.newest, found.forms.file)


@get("/assignments/{assignment_id:uuid}/form", opt=acts("incident.read"), tags=["assignments"])
async def read_form(request: Asked, assignment_id: FromPath[UUID]) -> FormShown:
    """What is asked about this assignment: the form of its incident's type, with the version to answer it by."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        one = await views.assignment(conn, runtime.centre, request.user, assignment_id)
        [incident] = await views.incidents(conn, runtime.centre, [one.incident_id])
        forms = await store.newest(conn)
    tree, code = runtime.centre.reference.types, incident.type_verified or incident.type_reported
    form = filling.form_of(forms, tree, code)
    known = tree.get(code) if code is not None and code in tree else None
    results = tuple(Choice(one.code, one.zh, one.en) for one in known.results) if known is not None else ()
    return FormShown(
        assignment_id=assignment_id, code=form.code, version=forms.version, name=form.name, type=code,
        fields=form_fields(forms, form, results),
    )  # fmt: skip


@get("/admin/forms", opt=acts("reference.read"), tags=TAGS)
async def read_form_file(request: Asked) -> Response[FormFile]:
    """The forms that hold, as a file; version 0 are the shipped ones."""
    authorise(request.user, "reference", "read")
    return await _file(request)


@put("/admin/forms", opt=acts("reference.administer"), tags=TAGS, request_max_body_size=FILE_BYTES)
async def put_form_file(request: Asked, data: JSONBody[FormFile]) -> Response[FormFile]:
    """Put in forms as the next version. A file that cannot be used is refused with every fault of it."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await filling.put_forms(w, data, read)
        return {}

    await perform(request, Act(), do)
    return await _file(request)


async def _file(request: Asked) -> Response[FormFile]:
    async with runtime_of(request).pool.acquire() as conn:
        forms = await store.newest(conn)
    return Response(forms.file, headers={"ETag": f'"{forms.version}"'})


HANDLERS = (read_forms, read_form, read_form_file, put_form_file)
