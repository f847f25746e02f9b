"""What the seats of a run card are called: so many units of which kinds, with which skills, up to which priority. Pure.

Kinds and skills go by the names of the type tree; a code that the tree has not is said as it stands.
"""

from collections.abc import Mapping, Sequence

from dispatch.rules import Phrase
from incidents.types import Seat, Term, TypeTree

NOBODY = Phrase("不派警", "nobody")


def seats_said(seats: Sequence[Seat], tree: TypeTree) -> Phrase:
    """All seats of a wave in a row."""
    if not seats:
        return NOBODY
    return Phrase("、".join(_zh(seat, tree) for seat in seats), ", ".join(_en(seat, tree) for seat in seats))


def _zh(seat: Seat, tree: TypeTree) -> str:
    kinds = "或".join(_term(code, tree.kinds).zh for code in seat.kinds)
    skills = "、".join(_term(code, tree.skills).zh for code in seat.skills)
    only = f"限{_levels(seat)}级" if seat.upto_priority < 4 else ""
    more = "，".join(part for part in (skills, only) if part)
    return f"{seat.count}组{kinds}" + (f"（{more}）" if more else "")


def _en(seat: Seat, tree: TypeTree) -> str:
    kinds = " or ".join(_term(code, tree.kinds).en for code in seat.kinds)
    skills = " and ".join(_term(code, tree.skills).en for code in seat.skills)
    said = f"{seat.count} × {kinds}" + (f" with {skills}" if skills else "")
    return said + (f" (only P{_levels(seat)})" if seat.upto_priority < 4 else "")


def _levels(seat: Seat) -> str:
    return "1" if seat.upto_priority == 1 else f"1–{seat.upto_priority}"


def _term(code: str, terms: Mapping[str, Term]) -> Term:
    return terms.get(code) or Term(code, code)
