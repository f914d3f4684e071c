"""Play one attack: ``python3 -I -S __main__.py ATTACK TARGET``.

TARGET is a JSON file the harness writes once the run stands. One line of JSON is printed and left beside the target
(``attack``, ``tried``, ``succeeded``, ``seen``). Then it works on until its deadline, as an agent would, to be stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

SOURCE = __file__.rpartition("/remit/drills/attacks/")[0]


def main(arguments: list[str]) -> None:
    """Attack, say what came of it, and go on working."""
    from remit.drills.attacks.table import attack_named
    from remit.drills.attacks.target import Seen, Target, limit_self

    limit_self()
    name, path = arguments
    attack = attack_named(name)
    target = Target.read(path)
    try:
        outcome = attack.attack(target)
    except (OSError, ValueError) as error:
        outcome = Seen(succeeded=False, seen=f"it failed: {error}")
    line = {"attack": name, "tried": attack.tries, "succeeded": outcome.succeeded, "seen": outcome.seen}
    text = json.dumps(line).encode() + b"\n"
    with contextlib.suppress(OSError):  # an attack may have left no room for it
        os.write(1, text)
    draft = f"{path}.said"
    with contextlib.suppress(OSError), open(draft, "wb") as file:  # noqa: PTH123 - as small as it can be
        file.write(text)
    while not target.expired():
        target.rest(0.02)


if __name__ == "__main__":
    sys.path.insert(0, SOURCE)
    main(sys.argv[1:])
