"""The same door without a database behind it: alarms are judged, compared, numbered and kept in a list.

What an answer to `POST /alarms` costs when nothing has to be durable; everything but the writing is ours.
"""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from dispatch.desk import intake as desk
from dispatch.desk.reports import Report
from dispatch.runtime import bootstrap
from dispatch.runtime.intake import SYSTEM, Accepted, Intake
from dispatch.work import Work, ms
from web.cli import main as serve


class InMemory(Intake):
    """A funnel that forgets everything at its end."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.kept: list[desk.Reported] = []

    async def submit(self, report: Report) -> Accepted:
        """Keep it in a list."""
        conn: Any = None
        w = Work(conn, datetime.now(UTC), SYSTEM, self._centre)
        w.actor = report.actor
        reported = desk.opened(w, report, f"M{len(self.kept)}")
        self.kept.append(reported)
        await asyncio.sleep(0)
        return Accepted(reported, self._compare(report, reported, ms(w.now)))


def main() -> int:
    """`serve`, with the funnel replaced."""
    setattr(bootstrap, "Intake", InMemory)  # noqa: B010 - a name that the module does not offer
    return serve()


if __name__ == "__main__":
    sys.exit(main())
