"""How often and how far apart a caller is tried again: the rule `call_back_again` says so, for every priority by itself.

Without that rule callers are tried three times, two hours apart.
"""

from datetime import timedelta

from dispatch.rules import Rules
from incidents.call_backs import Patience

RULE = "call_back_again"
ATTEMPTS = "attempts"
USUAL = (3, timedelta(hours=2))


def patience(rules: Rules, priority: int) -> Patience:
    """With the callers of an incident of this priority."""
    rule = rules.by_id.get(RULE)
    attempts, apart = USUAL
    if rule is not None:
        apart = rule.after(priority) or apart
        said = rule.args.get(ATTEMPTS, "")
        attempts = max(1, int(said)) if said.isdecimal() and len(said) < 3 else attempts
    return Patience(attempts, round(apart.total_seconds() * 1000))
