"""What simulated callers say: about which type, at which places and hours, in which words, and how many say it.

Data in `data/caller_scripts.json`, checked against the shipped types by a test; `incidents.simulator` speaks from it.
"""

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

type When = Literal["day", "evening", "night", "rush"]

# How likely each sort of hour is for a script, by the local hour from 0 to 23, against others.
_CURVES: dict[str, tuple[float, ...]] = {
    "day": (0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 0.9, 1.2, 1.3, 1.3, 1.3, 1.2, 1.2, 1.3, 1.3, 1.3, 1.2, 1.0, 0.8, 0.7, 0.6, 0.4, 0.3),
    "evening": (0.6, 0.4, 0.3, 0.2, 0.2, 0.2, 0.4, 0.6, 0.7, 0.7, 0.7, 0.8, 0.9, 0.7, 0.7, 0.7, 0.8, 1.1, 1.4, 1.7, 1.8, 1.7, 1.4, 1.0),
    "night": (1.6, 1.4, 1.2, 0.9, 0.6, 0.4, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.4, 0.4, 0.4, 0.4, 0.5, 0.6, 0.8, 1.2, 1.5, 1.8, 2.0, 1.9),
    "rush": (0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 1.0, 2.0, 2.0, 1.3, 1.0, 1.1, 1.1, 1.0, 1.0, 1.1, 1.4, 2.0, 2.1, 1.5, 1.0, 0.8, 0.5, 0.3),
}  # fmt: skip
# Calls of a city by the local hour, against its average; never so quiet that nothing happens.
_CITY = (
    0.75, 0.6, 0.5, 0.45, 0.45, 0.5, 0.65, 0.9, 1.05, 1.1, 1.1, 1.1, 1.1, 1.05, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35, 1.3, 1.15, 0.95,
)  # fmt: skip


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said about one type; `{address}` stands for the place.

    weight: how often, against the others; at: kinds of places, the empty tuple for anywhere; more: the share of its happenings
    that several people report; others: what those say.
    """

    type: str
    weight: int
    texts: tuple[str, ...]
    when: When = "day"
    at: tuple[str, ...] = ()
    more: float = 0.0
    others: tuple[str, ...] = ()

    def weight_at(self, hour: int) -> float:
        """How often at this local hour."""
        return self.weight * _CURVES[self.when][hour % 24]


def city_rate(hour: int) -> float:
    """How busy this local hour is, against the average one."""
    return _CITY[hour % 24]


@cache
def shipped_scripts() -> tuple[Script, ...]:
    """The scripts that come with the program; every type in them is one of the shipped tree."""
    data = files("incidents").joinpath("data", "caller_scripts.json").read_bytes()
    return msgspec.json.decode(data, type=tuple[Script, ...])
