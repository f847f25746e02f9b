"""What one term of the ranking decides: at the same moment, who is sent with it and who would be without it.

The week goes on with the product's choice. What follows from a choice later is not in here; where that is the point, as with cover,
whole weeks are compared.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dispatch.cover import Floats
from load_tests.trials.model import Now
from load_tests.trials.rules import Ours
from load_tests.trials.week import Call


class Decided(NamedTuple):
    """With the term less without it.

    Seconds to the place, truly, of the first and of all who are sent; how many of them are of another station, are taken from an
    errand; seconds they work past the end of their shifts.
    """

    first_s: float
    all_s: float
    abroad: float
    interrupted: float
    late_s: float


class Compared(Ours, kw_only=True):
    """The product, asked each time what it would do by another table. decided: by the name of the other, each time it would differ."""

    others: dict[str, Ours]
    decided: dict[str, list[Decided]]

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """As the product."""
        weighed = self.weighed(now, call)
        chosen = self.chosen(weighed, call, number)
        for name, other in self.others.items():
            instead = other.chosen(weighed, call, number)
            if instead != chosen:
                paid = _paid(now, call, chosen, number), _paid(now, call, instead, number)
                differs = [a - b for a, b in zip(*paid, strict=True)]
                self.decided[name].append(Decided(*differs))
        return chosen


def _paid(now: Now, call: Call, rows: Sequence[int], number: int) -> Decided:
    """By who is sent; of so many stays that are still to be done."""
    assert now.crews is not None
    crews = [now.crews[row] for row in rows]
    lon, lat = np.array([crew.truly for crew in crews]).T
    seconds: Floats = now.city.ways.seconds(lon, lat, call.place) * call.luck
    stays = np.array(call.stays_s[-number:][: len(rows)])
    left = np.array([crew.shift_left_s for crew in crews])
    return Decided(
        float(seconds[0]), float(seconds.sum()),
        sum(crew.station != now.city.stations[call.place] for crew in crews),
        sum(crew.errand for crew in crews), float(np.maximum(seconds + stays - left, 0.0).sum()),
    )  # fmt: skip
