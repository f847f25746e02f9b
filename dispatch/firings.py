"""A timer of an entity fell due: one command and one fact for all nouns whose rules only say so.

What a rule does beside that is its effect (`dispatch.desk.escalating`); the fact is how the history tells that it fired.
"""

import msgspec


class FireRule(msgspec.Struct, frozen=True):
    """Write down that a rule fell due; armed_at, due_at: ms since 1970, UTC."""

    rule: str
    armed_at: int
    due_at: int


class RuleFired(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="rule_fired"):
    """A rule fell due; armed_at, due_at: ms since 1970, UTC."""

    rule: str
    armed_at: int
    due_at: int
