"""Times as the contract writes them: RFC 3339, UTC, with milliseconds.

The last step of every entity on its way to a seat.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, overload

import msgspec

INSTANT_SAID = "UTC, RFC 3339 with milliseconds"
Instant = Annotated[str, msgspec.Meta(description=INSTANT_SAID, extra_json_schema={"format": "date-time"})]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def instant(at: datetime | int) -> str: ...
@overload
def instant(at: None) -> None: ...
@overload
def instant(at: datetime | int | None) -> str | None: ...
def instant(at: datetime | int | None) -> str | None:
    """A time (or ms since 1970, UTC) as RFC 3339 with milliseconds."""
    return None if at is None else _instant(at)


@lru_cache(maxsize=8_192)  # the times of one act, and of all acts of one batch, are mostly the same
def _instant(at: datetime | int) -> str:
    moment = EPOCH + timedelta(milliseconds=at) if isinstance(at, int) else at.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
