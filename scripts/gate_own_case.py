"""Put remit's own case of a test run before remit's own gate: HOLD is allowed with the named residuals only.

PROMOTE passes. HOLD passes where the same case is PROMOTE once the named residuals (``case/argument.toml``, and the
promises whose tests this host had to skip) are taken away: then nothing else holds it. BLOCK, any other reason, and a
gate that cannot be asked fail. ``--loose`` only tells, for a run that left tests out on purpose.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remit.assurance.case import DefeaterStatus
from remit.assurance.reader import read_case

REMIT = str(Path(sys.executable).with_name("remit"))
_SHOWN = 12


def gate(case: Path, remit: Sequence[str] = (REMIT,)) -> tuple[str, list[str]]:
    """The verdict on a case and its reasons, from the command line people use; ``none`` where there is no verdict."""
    asked = subprocess.run(
        [*remit, "gate", str(case), "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    try:
        told: dict[str, Any] = json.loads(asked.stdout)
        verdict, reasons = str(told["verdict"]), [f"{one['claim']}: {one['why']}" for one in told["reasons"]]
    except (ValueError, KeyError, TypeError):
        return "none", [" ".join((asked.stderr or asked.stdout).split())[:500]]
    if asked.returncode != {"PROMOTE": 0, "BLOCK": 1, "HOLD": 10}.get(verdict):
        return "none", [f"the gate says {verdict} and leaves with {asked.returncode}"]
    return verdict, reasons


def answer(folder: Path, remit: Sequence[str] = (REMIT,)) -> tuple[bool, list[str]]:
    """Whether the case in a folder may stand as it does, and what there is to say about it."""
    verdict, reasons = gate(folder / "case.yaml", remit)
    if verdict == "PROMOTE":
        return True, ["remit's own case: PROMOTE"]
    if verdict != "HOLD":
        return False, [f"remit's own case: {verdict}", *reasons]
    doubts = read_case(folder / "case.yaml").defeaters.values()
    named = [f"{one.id}: {one.text}" for one in doubts if one.status is DefeaterStatus.OPEN]
    besides, other = gate(folder / "assumed.yaml", remit)
    if besides == "PROMOTE" and named:
        return True, ["remit's own case: HOLD, with nothing but its named residuals", *named]
    return False, [f"remit's own case: HOLD, and without its named residuals still {besides}", *(other or reasons)]


def main(arguments: list[str]) -> int:
    """Print the answer; the exit code is 1 where it may not stand so, unless it was only to be told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder `write_own_case.py --into` wrote")
    parser.add_argument("--loose", action="store_true", help="only tell: tests were left out on purpose")
    given = parser.parse_args(arguments)
    fine, lines = answer(given.folder)
    for line in lines[: _SHOWN + 1]:
        print(line)
    if len(lines) > _SHOWN + 1:
        print(f"... and {len(lines) - _SHOWN - 1} more")
    return 0 if fine or given.loose else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
