"""What the exit code of every verb means."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """The answer of a verb as a number a script can read."""

    YES = 0
    NO = 1
    USAGE = 2
    UNREADABLE = 3
    COULD_NOT = 4
    HOLD = 10  # unknown: never a pass
    INTERRUPTED = 130  # as shells write it: 128 + SIGINT
    UNREAD = 141  # 128 + SIGPIPE: whoever read the output left before its end, so nobody was given an answer
