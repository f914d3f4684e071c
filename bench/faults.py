"""Does `remit drill` find a fault in the supervisor? Sow one after the other into a copy of it, and drill the copy.

Every fault is an exact replacement of a text (``tests/drills/faults.py``); it counts as found when the drill ends with
1, the check named beside the fault fails, and no check fails that has nothing to do with it. The copy without a fault
must pass. Each drill runs in a cgroup of its own that is killed whole at the end. Needs Linux, bubblewrap, and a cgroup
of version 2 in which one more can be made.

Run: ``python -m bench.faults [--only NAME ...] [--jobs 1] [--write]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.marked import put_between
from bench.stopping.machine import machine
from tests.drills.faults import BOTH, FAULTS, fault_named
from tests.drills.sowing import Fault, Found, drilled, judged, sown

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "faults.json"
PAGE = ROOT / "docs" / "explain" / "faults.md"
NAMES = [fault.name for fault in FAULTS]
NONE = "none"


def main(arguments: list[str] | None = None) -> None:
    """Sow, drill, print the table, and with ``--write`` keep it in the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[NONE, *NAMES], choices=[NONE, *NAMES], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1, help="drills at the same time")
    parser.add_argument("--page", action="store_true", help="drill nothing, write the page from the results")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    document: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if not options.page:
        began, rows = machine(), played(options.only, options.jobs)
        head = began if {NONE, *NAMES} <= set(options.only) else document.get("machine", began)
        kept = {key(row): row for row in [*document.get("plays", []), *rows] if row["fault"] in (NONE, *NAMES)}
        order = {name: place for place, name in enumerate((NONE, *NAMES))}
        plays = sorted(kept.values(), key=lambda row: (order[row["fault"]], row["cage"]))
        document = {"schema": "remit.faults/1", "machine": head, "plays": plays}
    text = tables(document)
    print(text)
    if options.write:
        RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        put_between(PAGE, "results", text)


def key(row: dict[str, Any]) -> tuple[str, str]:
    """What a play is known by."""
    return row["fault"], row["cage"]


def played(names: Iterable[str], jobs: int) -> list[dict[str, Any]]:
    """Every fault in every cage it is sown in, and the copy without one."""
    plays = [(name, cage) for name in names for cage in (BOTH if name == NONE else fault_named(name).cages)]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(lambda play: one(*play), plays))


def one(name: str, cage: str) -> dict[str, Any]:
    """One play; a word to whoever waits goes to standard error. A drill that could not be made has found nothing."""
    fault = None if name == NONE else fault_named(name)
    began = time.monotonic()
    found = Found(code=-1, verdict="", failed={}, unknown={}, checks=0)
    try:
        with sown(() if fault is None else fault.edits) as copy:
            found = drilled(copy, cage)
        wrong = judged(fault, found) if fault is not None else unsound(found)
    except (LookupError, RuntimeError, OSError, subprocess.SubprocessError) as error:
        wrong = [" ".join(str(error).split())[:400]]
    took = round(time.monotonic() - began, 1)
    print(f"{name} {cage} {took} s: {wrong or 'as it should'}", file=sys.stderr, flush=True)
    return {
        "fault": name, "cage": cage, "verdict": found.verdict, "code": found.code, "checks": found.checks,
        "failed": {check: plain(why) for check, why in found.failed.items()}, "wrong": [plain(why) for why in wrong],
        "took": took,
    }  # fmt: skip


def plain(said: str) -> str:
    """What a check said, without the places of this machine."""
    return said.replace(sys.executable, "python3").replace(str(ROOT), ".")


def unsound(found: Found) -> list[str]:
    """What is wrong with the drill of a copy without a fault."""
    wrong = [f"`{name}`: {why}" for name, why in {**found.failed, **found.unknown}.items()]
    return wrong if found.code == 0 else [*wrong, f"the drill ended with {found.code}, `{found.verdict}`"]


def tables(document: dict[str, Any]) -> str:
    """The whole text of the results."""
    plays: list[dict[str, Any]] = document["plays"]
    sound = [row for row in plays if row["fault"] == NONE]
    sick = [row for row in plays if row["fault"] != NONE]
    names = list(dict.fromkeys(row["fault"] for row in sick))
    caught = [name for name in names if not any(row["wrong"] for row in sick if row["fault"] == name)]
    checks = sum(row["checks"] for row in sound)
    took = sorted(float(row["took"]) for row in plays)
    found = f"**{len(caught)} of {len(names)} faults found** in {len(sick)} drills of copies with a fault."
    failed = sum(len(row["wrong"]) for row in sound)
    passed = (
        f"{len(sound)} drills of the copy without one: {checks} checks, **{failed} of them not as they should be**."
    )
    times = f"A drill took {took[len(took) // 2]:.0f} s (median; {took[0]:.0f} to {took[-1]:.0f} s)."
    facts = [document["machine"], f"{found} {passed} {times}"]
    lines = [
        [
            "fault",
            "what is wrong with the supervisor",
            "cages",
            "the check that finds it",
            "what it says",
            "fail as well",
        ]
    ]
    lines.append(["---"] * len(lines[0]))
    lines += [row_of(fault_named(name), [row for row in sick if row["fault"] == name]) for name in names]
    return "\n\n".join(["\n\n".join(facts), "\n".join(f"| {' | '.join(cells)} |" for cells in lines)])


def row_of(fault: Fault, rows: list[dict[str, Any]]) -> list[str]:
    """One fault as a line of the table."""
    said = str(rows[0]["failed"].get(fault.finding, "")).partition("; ")[0]
    wrong = "; ".join(dict.fromkeys(text for row in rows for text in row["wrong"]))
    others = {check for row in rows for check in row["failed"]} - {fault.finding}
    return [
        f"`{fault.name}`",
        fault.what,
        ", ".join(row["cage"] for row in rows),
        f"**not found**: {wrong}" if wrong else fault.finding,
        shortened(said),
        str(len(others)) if others else "none",
    ]


def shortened(said: str) -> str:
    """What a check said, short enough for a table."""
    text = " ".join(said.replace("|", " ").replace("`", "").split()).rstrip(", ")
    return f"{text[:77]}..." if len(text) > 80 else text or "(nothing more)"


if __name__ == "__main__":
    main()
