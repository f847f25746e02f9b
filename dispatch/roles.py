"""The roles there are, named in this one place: of people, and of programs beside them.

Imports nothing of the house, so that a command line may name them before anything else is loaded.
"""

from typing import Literal, get_args

type PersonRole = Literal[
    "call_taker",
    "dispatcher",
    "leader",
    "unit",
    "supervisor",
    "reviewer",
    "admin",
    "security_admin",
    "auditor",
]
"""What a person may be."""
PEOPLE: tuple[str, ...] = get_args(PersonRole.__value__)
ROLES = (*PEOPLE, "gateway", "replayer")
