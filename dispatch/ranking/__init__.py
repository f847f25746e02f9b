"""Who should go: every unit considered, the quickest suitable ones first, in waves, with reasons and why-nots.

`times` says how long everybody takes, `ranker` who goes, `waves` in which waves, `model` what is asked and answered.
"""

from dispatch.ranking.model import Held, PassedOver, Question, Ranking, Row, said, with_jobs, with_routes
from dispatch.ranking.ranker import asked_about, enough_for, rank
from dispatch.ranking.times import DETOUR, SPEED_MPS, seconds_of

__all__ = [
    "DETOUR", "SPEED_MPS", "Held", "PassedOver", "Question", "Ranking", "Row", "asked_about", "enough_for", "rank", "said",
    "seconds_of", "with_jobs", "with_routes",
]  # fmt: skip
