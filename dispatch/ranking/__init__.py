"""Who should go: every unit considered, the best suitable ones first, in waves, with reasons and why-nots.

`weights` says what counts beside the way and how much, `candidates` looks at everybody, `ranker` chooses, `telling` says why.
"""

from dispatch.plain_times import DETOUR, SPEED_MPS, seconds_of
from dispatch.ranking.candidates import asked_about
from dispatch.ranking.model import (
    Held,
    PassedOver,
    Question,
    Ranking,
    Row,
    leaned_of,
    on_network,
    said,
    with_jobs,
    with_routes,
)
from dispatch.ranking.ranker import enough_for, rank

__all__ = [
    "DETOUR", "SPEED_MPS", "Held", "PassedOver", "Question", "Ranking", "Row", "asked_about", "enough_for", "leaned_of",
    "on_network", "rank", "said", "seconds_of", "with_jobs", "with_routes",
]  # fmt: skip
