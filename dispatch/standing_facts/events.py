"""What has happened to standing facts of places, in the past tense; folding a fact's history gives its row.

Nothing here holds what is said of anybody: words lie sealed under ids.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.standing_facts.model import Content, FactState


class Happened(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of everything that happens."""


class Written(Happened, frozen=True, kw_only=True, tag="written"):
    """It was put in and stands, or was proposed to the leader of its room."""

    content: Content
    state: FactState
    room_id: UUID
    by: str
    at: int


class Approved(Happened, frozen=True, kw_only=True, tag="approved"):
    """What was proposed stands from now on."""

    by: str
    at: int


class Declined(Happened, frozen=True, kw_only=True, tag="declined"):
    """What was proposed does not stand."""

    by: str
    at: int


class Amended(Happened, frozen=True, kw_only=True, tag="amended"):
    """It says something else from now on. looked: it was looked at by that, so that a doubt is answered; a list brought again looks at nothing."""

    content: Content
    room_id: UUID
    by: str
    at: int
    looked: bool = True


class Kept(Happened, frozen=True, kw_only=True, tag="kept"):
    """Somebody has looked: it is still so, until then, and is looked at again by then."""

    until: datetime | None
    review_at: datetime | None
    by: str
    at: int


class Doubted(Happened, frozen=True, kw_only=True, tag="doubted"):
    """Somebody found that it may not be so any more."""

    doubt_id: UUID
    by: str
    at: int


class Withdrawn(Happened, frozen=True, kw_only=True, tag="withdrawn"):
    """It holds no longer."""

    by: str
    at: int


class Revealed(Happened, frozen=True, kw_only=True, tag="revealed"):
    """Somebody opened what it says of a person; why stands in the journal."""

    by: str
    at: int


FactHappened = Written | Approved | Declined | Amended | Kept | Doubted | Withdrawn | Revealed
