"""People's words opened for reading: many sealed rows at once, those that were erased left out.

The last step before anything is shown; acts open single people by `desk.sealed`.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch.centre import Centre
from dispatch.journal import Connection
from dispatch.shown import Opened
from incidents import store as incident_store
from incidents.sealing import Caller


async def open_sealed(
    conn: Connection, centre: Centre, texts: Sequence[UUID], persons: Sequence[UUID]
) -> Opened:
    """The texts of these narratives and the people of these rows, as far as their keys still stand."""
    if not texts and not persons:
        return Opened()
    sealed = await incident_store.read_sealed(conn, texts, persons)
    opened = {id_: centre.seal.open_or_none(salt, body) for id_, (salt, body) in sealed.items()}
    unsealed = {id_: plain for id_, plain in opened.items() if plain is not None}
    return Opened(
        texts={id_: unsealed[id_].decode() for id_ in texts if id_ in unsealed},
        callers={id_: msgspec.json.decode(unsealed[id_], type=Caller) for id_ in persons if id_ in unsealed},
    )
