"""Play one pattern: ``python3 -I -S __main__.py PATTERN BEATS DEADLINE [ADDRESS]``.

DEADLINE is an absolute monotonic time in nanoseconds (0: the longest allowed). ``launcher`` instead of a pattern plays
the organism outside. Whatever the trick, the first process works on until the deadline, as an agent would.
"""

from __future__ import annotations

import os
import sys

SOURCE = __file__.rpartition("/remit/drills/evasions/")[0]


def main(arguments: list[str]) -> None:
    """Do the trick, say whether it was refused, and go on working."""
    from remit.drills.evasions.beating import Pulse, failure
    from remit.drills.evasions.outside import launch
    from remit.drills.evasions.patterns import pattern_named

    name, path, deadline, *address = arguments
    pulse = Pulse.begin(path, int(deadline), *address)
    if name == "launcher":
        launch(pulse)
        return
    pattern = pattern_named(name)
    if not pattern.keeps_output:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nothing, standard)
    try:
        pattern.evade(pulse)
    except OSError as error:
        pulse.beat(failure(error))
    pulse.live()


if __name__ == "__main__":
    sys.path.insert(0, SOURCE)
    main(sys.argv[1:])
