"""What came before, counted by cell and hour of the week.

Read now and then by each replica; never while somebody waits for a ranking.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.demand.model import RES, Seen
from dispatch.journal import Connection
from geo.cells import cell_of_stem

# A cell of resolution 8 and everything in it share all bits of the stored cell above the lowest 21.
READ_COUNTS = """
SELECT i.cell15 >> 21 AS stem,
       ((extract(isodow FROM i.opened_at AT TIME ZONE $2)::int - 1) * 24
        + extract(hour FROM i.opened_at AT TIME ZONE $2)::int) AS hour,
       count(*)::int AS n
FROM incident i
WHERE i.opened_at > $1 AND i.cell15 IS NOT NULL AND i.merged_into IS NULL AND NOT i.exercise
GROUP BY 1, 2
"""


async def read_counts(conn: Connection, since: datetime, zone: ZoneInfo) -> list[Seen]:
    """Incidents with a place since then, each once, none of an exercise."""
    rows = await conn.fetch(READ_COUNTS, since, zone.key)
    return [Seen(cell_of_stem(row["stem"], RES), row["hour"], row["n"]) for row in rows]
