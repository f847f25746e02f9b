"""The last steps of a child process before it becomes its program: leave root, tie its life to its parent's, exec.

Run as a file by an isolated interpreter (`python -I -S launch.py ...`), so it may import the standard library only. The
process that was forked becomes the program itself, with the same process id; a server thus ends when the centre ends,
even when the centre is killed with -9.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def leave_root(uid: int, gid: int) -> None:
    """Become (uid, gid) for good; -1 stays who we are."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def die_with_parent(parent_pid: int, death_signal: int) -> None:
    """Ask Linux to send `death_signal` when the thread that forked us ends; elsewhere the next start cleans up.

    Must come after the change of user, which clears the request. A parent that died in between is noticed by its id.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent_pid:
        sys.exit("the parent ended before its child began")


def main(argv: list[str]) -> None:
    """`parent_pid death_signal uid gid program [argument...]`; `probe` as program asks whether paths can be used."""
    parent_pid, death_signal, uid, gid = (int(word) for word in argv[:4])
    program = argv[4:]
    leave_root(uid, gid)
    if program[0] == "probe":
        probe(program[1:])
        return
    die_with_parent(parent_pid, death_signal)
    for ignored in (
        signal.SIGPIPE,
        signal.SIGXFSZ,
    ):  # the interpreter ignores them, and exec would hand that on
        signal.signal(ignored, signal.SIG_DFL)
    os.execv(program[0], program)  # noqa: S606 (no shell is the point)


def probe(paths: list[str]) -> None:
    """Print the first path that this user can't read (and, for a directory or program, can't enter or run)."""
    for path in paths:
        needs_x = os.path.isdir(path) or os.sep + "bin" + os.sep in path  # noqa: PTH112 (no pathlib before exec)
        if not os.access(path, os.R_OK | (os.X_OK if needs_x else 0)):
            sys.stdout.write(path)
            return


if __name__ == "__main__":
    main(sys.argv[1:])
