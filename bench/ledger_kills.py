"""Kill writers of a ledger at every write point and count what is lost: ``python -m bench.ledger_kills --write``.

Five series: every system call of opening a new ledger and of its first calls, one kill each; the same on a ledger that
was killed before (its write-ahead log is recovered on the way); system calls around the moment SQLite moves the
write-ahead log into the file; threads and processes at random moments; and one process with many threads. SIGKILL is
no power cut: what a disk does with an acknowledged ``fsync`` is not tested here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.ledger.kills import Tally, kill_at_moment, kill_at_system_call, shown, write_points

RESULTS = Path(__file__).parent / "results" / "ledger_kills.json"


def fresh(base: Path) -> Callable[[], Path]:
    """A maker of empty folders."""
    return lambda: Path(tempfile.mkdtemp(dir=base))


def series(base: Path, share: float) -> dict[str, Tally]:
    """Every series, each with this share of its kills."""
    generator = random.Random(20261121)  # noqa: S311 - kills repeat, they keep no secret
    new, worn = fresh(base), Path(tempfile.mkdtemp(dir=base))
    several, many = Tally(), Tally()
    for _ in range(int(150 * share)):
        several.add(kill_at_moment(new(), generator, writers=2, processes=3))
    for _ in range(int(150 * share)):
        many.add(kill_at_moment(new(), generator, writers=16))
    step = max(1, round(1 / share))
    return {
        "every system call of opening and of the first calls": write_points(new, range(1, 701, step)),
        "every system call on a ledger killed before": write_points(lambda: worn, range(1, 601, step)),
        "around the moving of the write-ahead log": write_points(new, range(1, 501, 2 * step), before=446),
        "3 processes of 2 threads at random moments": several,
        "16 threads at random moments": many,
    }


def main() -> None:
    """Run, print, and write the results where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write bench/results/ledger_kills.json")
    parser.add_argument("--share", type=float, default=1.0, help="the share of the kills to do")
    options = parser.parse_args()
    began, total = time.monotonic(), Tally()
    with tempfile.TemporaryDirectory(prefix="remit-kills-") as folder:
        if kill_at_system_call(Path(folder), 1) is None:
            raise SystemExit("this machine does not let a process trace its child (ptrace)")
        tallies = series(Path(folder), options.share)
    for name, tally in tallies.items():
        total.add(tally)
        print(f"{tally.kills:5} kills  {tally.acknowledged:7} acknowledged  {tally.lost} lost  {name}")
    print(json.dumps(shown(total)))
    said = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "load_average": round(os.getloadavg()[0], 2),
        "seconds": round(time.monotonic() - began, 1),
        "total": shown(total),
        "series": {name: shown(tally) for name, tally in tallies.items()},
    }
    if options.write:
        RESULTS.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    if not total.clean:
        raise SystemExit("something was lost")


if __name__ == "__main__":
    main()
