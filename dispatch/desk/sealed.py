"""Putting people's words away: texts and callers are sealed under their incident's key before anything is stored.

Facts and state rows then hold nothing but the ids of the sealed rows.
"""

from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch.work import Work
from incidents import store
from incidents.sealing import Caller


async def keep_text(w: Work, incident_id: UUID, text: str) -> UUID:
    """Seal a text under the incident's key; the id of its row."""
    return (await keep_texts(w, incident_id, [text]))[0]


async def keep_texts(w: Work, incident_id: UUID, texts: list[str]) -> list[UUID]:
    """Seal several texts under one incident's key; the ids of their rows in the same order."""
    salt = await _salt(w, incident_id)
    ids = [uuid7() for _ in texts]
    rows = [
        (id_, incident_id, w.centre.seal.seal(salt, text.encode()))
        for id_, text in zip(ids, texts, strict=True)
    ]
    await store.add_narratives(w.conn, rows)
    return ids


async def keep_new(w: Work, texts: list[tuple[UUID, str]]) -> list[UUID]:
    """Seal texts of things that are new, each under the key of its own, with two statements; the ids of their rows in the same order."""
    salts = {key_id: w.centre.seal.new_salt() for key_id, _ in texts}
    ids = [uuid7() for _ in texts]
    rows = [
        (id_, key_id, w.centre.seal.seal(salts[key_id], text.encode()))
        for id_, (key_id, text) in zip(ids, texts, strict=True)
    ]
    await store.add_salts(w.conn, salts)
    await store.add_narratives(w.conn, rows)
    return ids


async def keep_people(
    w: Work, incident_id: UUID, people: list[Caller], ids: list[UUID] | None = None
) -> list[UUID]:
    """Seal people under one incident's key; the ids of their rows, new ones unless they are given."""
    salt = await _salt(w, incident_id)
    seal = w.centre.seal
    rows = [
        (
            id_,
            incident_id,
            seal.number_index(one.number) if one.number else None,
            seal.seal(salt, msgspec.json.encode(one)),
        )
        for id_, one in zip(ids or [uuid7() for _ in people], people, strict=True)
    ]
    await store.add_persons(w.conn, rows)
    return [row[0] for row in rows]


async def open_person(w: Work, person_id: UUID | None) -> Caller | None:
    """Who it is, unsealed for an act of this centre; None when nobody is known or it was erased."""
    if person_id is None:
        return None
    sealed = (await store.read_sealed(w.conn, persons=[person_id])).get(person_id)
    plain = w.centre.seal.open_or_none(*sealed) if sealed else None
    return msgspec.json.decode(plain, type=Caller) if plain is not None else None


async def _salt(w: Work, incident_id: UUID) -> bytes:
    salt = await store.read_salt(w.conn, incident_id)
    if salt is None:
        salt = w.centre.seal.new_salt()
        await store.add_salts(w.conn, {incident_id: salt})
    return salt
