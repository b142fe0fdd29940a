"""Wait until a server or its owner ends; if the owner went first, end the server.

Started beside every server that `deploy/processes.py` starts, so that a test run or a laptop hub
killed with SIGKILL leaves no broker and no database behind.
Usage: guard.py OWNER_PID SERVER_PID STOP_SIGNAL
"""

import os
import select
import signal
import sys

GRACE_MS = 30_000


def watch(owner: int, target: int, stop_signal: int) -> None:
    """Return when the target has ended, by itself or because its owner was gone."""
    target_end = os.pidfd_open(target)
    try:
        owner_end = os.pidfd_open(owner)
    except ProcessLookupError:
        pass
    else:
        either = select.poll()
        either.register(target_end, select.POLLIN)
        either.register(owner_end, select.POLLIN)
        if any(fd == target_end for fd, _ in either.poll()):
            return
    only = select.poll()
    only.register(target_end, select.POLLIN)
    signal.pidfd_send_signal(target_end, stop_signal)
    if not only.poll(GRACE_MS):
        signal.pidfd_send_signal(target_end, signal.SIGKILL)


if __name__ == "__main__":
    try:
        watch(*map(int, sys.argv[1:4]))
    except ProcessLookupError:
        sys.exit(0)  # the server ended before the guard looked
