"""Telling incidents that what they wait for has changed without an act of theirs: other rules, or another duty level.

So every seat paints the new times, and the journal says when they began to hold.
"""

from collections.abc import Sequence
from uuid import UUID

from dispatch.desk.case import open_cases, save_cases
from dispatch.work import Work
from incidents import commands as ic


async def tell_of_rules(w: Work, ids: Sequence[UUID]) -> None:
    """Tell these incidents that other rules hold, so that every seat learns what they wait for now."""
    cases = await open_cases(w, ids)
    for case in cases.values():
        case.tell(ic.FollowRules(w.centre.rules.version))
    await save_cases(w, [cases[id_] for id_ in sorted(cases)])
