"""The fourth set: agents with the tools they have today, written by somebody who had read no rule of the scorer.

Committed before anything ran on it. After its first score was on record, the families at even places (counted from 0)
were looked at; those at odd places are looked at by nobody: what they get says what was learned on the others is worth.
"""

from __future__ import annotations

from bench.transcripts.fourth_late import FOURTH_LATE
from bench.transcripts.fourth_shell import FOURTH_SHELL
from bench.transcripts.fourth_tools import FOURTH_TOOLS
from bench.transcripts.writing import Family

WHOLE: tuple[Family, ...] = (*FOURTH_SHELL, *FOURTH_TOOLS, *FOURTH_LATE)
FOURTH, FOURTH_HELD = WHOLE[::2], WHOLE[1::2]
