"""As whom the servers beneath the centre run: PostgreSQL refuses root, so root hands them to an ordinary account.

No account is created and no parent directory is ever opened up: what that account can't reach is refused in one sentence,
before any alarm depends on it.
"""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dispatch.runtime.errors import RuntimeRefused

LAUNCH = Path(__file__).with_name("launch.py")

# Accounts that a bare machine has, the more fitting one first.
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An ordinary user of this machine."""

    name: str
    uid: int
    gid: int


def service_account(existing: Path) -> Account | None:
    """Who runs the servers; None: ourselves, because we are not root.

    Data that already exist decide: PostgreSQL only serves data of its own account.

    Raises:
        RuntimeRefused: root, and no ordinary account is to be found.
    """
    if os.geteuid() != 0:
        return None
    if existing.exists() and (uid := existing.stat().st_uid) != 0:
        try:
            return _account(pwd.getpwuid(uid))
        except KeyError:
            return Account(str(uid), uid, existing.stat().st_gid)
    for name in CANDIDATES:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise RuntimeRefused(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody to run it; "
        "create one of them or start as an ordinary user."
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def launch_argv(account: Account | None, death_signal: int, program: tuple[str, ...]) -> list[str]:
    """The command that becomes `program` as `account` and ends with this process."""
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    words = [str(os.getpid()), str(int(death_signal)), str(uid), str(gid)]
    return [sys.executable, "-I", "-S", str(LAUNCH), *words, *program]


def unreachable(account: Account | None, paths: list[Path]) -> str | None:
    """The first of `paths` that `account` can't read, enter or run; None when all can be used.

    Raises:
        RuntimeRefused: this process may not become `account`.
    """
    argv = launch_argv(account, 0, ("probe", *map(str, paths)))
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd="/")  # noqa: S603 (own program)
    if done.returncode:
        raise RuntimeRefused(
            f"Root can't become the user {account.name if account else 'it is'} on this machine "
            f"({done.stderr.strip().splitlines()[-1:]}); start as an ordinary user."
        )
    return done.stdout or None
