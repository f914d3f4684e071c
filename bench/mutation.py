"""Do the tests of a scorer notice when it is wrong? Faults planted into every scorer, one at a time, in a scratch copy.

Every comparison, connective, constant, condition, answer, argument order and statement of a scorer's own code (the
functions its marks name and all those read) is changed once; its tests, organisms with a declared verdict, or the sheet
of what it says must notice. Code that several scorers read is a unit of its own. What changes nothing is listed by hand
with its reason in ``bench/mutating/equivalents.toml``.

Run: ``python -m bench.mutation [UNIT ...] [--changed | --missed] [--jobs 2] [--write]``; ``--list`` names the units.
With ``--missed`` only those missed last time are planted again, for tests that were added; the rest is as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.mutating.units import units
from bench.stopping.machine import machine

__all__ = ["RESULTS", "equivalents", "measured", "stored", "summary"]

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "mutation.json"
EQUIVALENTS = ROOT / "bench" / "mutating" / "equivalents.toml"
_COPIED = ("src", "tests", "bench", "pyproject.toml")
Row = dict[str, Any]


def equivalents() -> list[Row]:
    """The faults that change nothing: unit, function, before, after and the reason."""
    found: list[Row] = tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8")).get("equivalent", [])
    return found


def measured(
    names: Sequence[str],
    jobs: int,
    finished: Callable[[str, list[Row]], None],
    only: Mapping[str, Sequence[Sequence[str | int]]] | None = None,
) -> None:
    """Plant the faults of these units, from processes in a scratch copy of the tree; ``finished`` hears of each.

    ``only`` names the faults to plant, by unit, where that is not all of them.
    """
    with tempfile.TemporaryDirectory(prefix="remit-mutation-") as folder:
        scratch = Path(folder)
        for name in _COPIED:
            _copy(ROOT / name, scratch / name)
        _run(["tests.mark_sheets"], scratch)  # of this very copy, so that what is being written elsewhere is no fault
        parts = [list(names[number::jobs]) for number in range(min(jobs, len(names)))]
        places = [scratch / f"{number}.out" for number in range(len(parts))]
        named = [json.dumps(only)] if only else []
        workers = [_start([*named, *part], scratch, place) for part, place in zip(parts, places, strict=True)]
        told: set[str] = set()
        while True:
            ended = all(worker.poll() is not None for worker in workers)
            for place in places:
                _hear(place, told, finished)
            if ended:
                break
            time.sleep(2)
        if any(worker.returncode for worker in workers):
            raise SystemExit("a worker failed; what it said is above")


def _hear(place: Path, told: set[str], finished: Callable[[str, list[Row]], None]) -> None:
    """Hand on the units that are done."""
    rows = [
        json.loads(line) for line in place.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")
    ]
    for name in [row["unit"] for row in rows if row.get("done") and row["unit"] not in told]:
        told.add(name)
        finished(name, [row for row in rows if row["unit"] == name and not row.get("done")])


def _copy(source: Path, target: Path) -> None:
    """Copy a file or folder, without what Python compiled."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "results", "*.pyc"))
    else:
        shutil.copy(source, target)


def _start(names: Sequence[str], scratch: Path, output: Path) -> subprocess.Popen[bytes]:
    """A process that plants faults into some units."""
    with output.open("wb") as file:
        return subprocess.Popen(  # noqa: S603 (this interpreter, this module)
            [sys.executable, "-m", "bench.mutating.campaign", *names],
            cwd=scratch,
            env=_environment(scratch),
            stdout=file,
        )


def _run(words: Sequence[str], scratch: Path) -> None:
    """Run a module of the copy to its end."""
    subprocess.run([sys.executable, "-m", *words], cwd=scratch, env=_environment(scratch), check=True)  # noqa: S603 (as below)


def _environment(scratch: Path) -> dict[str, str]:
    """The environment in which the copy is imported, and nothing else."""
    path = os.pathsep.join([str(scratch / "src"), str(scratch)])
    return {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def summary(rows: Sequence[Row], listed: Sequence[Row]) -> Row:
    """One unit: faults that change something, how many were noticed and by what, and those missed."""
    known = [_key(row) for row in listed]
    found: Row = {"mutants": 0, "killed": 0, "equivalent": 0, "by": {}, "missed": []}
    for row in rows:
        if "unfit" in row:
            return {**found, "unfit": row["unfit"]}
        if row["came"] == "missed" and _key(row) in known:
            found["equivalent"] += 1
            continue
        found["mutants"] += 1
        if row["came"] == "missed":
            found["missed"].append({name: row[name] for name in ("function", "line", "before", "after")})
        else:
            found["killed"] += 1
            found["by"][row["came"]] = found["by"].get(row["came"], 0) + 1
    return found


def missed_before(names: Sequence[str]) -> dict[str, list[list[str | int]]]:
    """The faults missed last time, by unit: of units that are what they were when they were measured."""
    rows = {name: stored()[name] for name in names if stored().get(name, {}).get("digest") == units()[name].digest}
    found = {
        name: [[fault[key] for key in ("function", "line", "before", "after")] for fault in row["missed"]]
        for name, row in rows.items()
    }
    return {name: faults for name, faults in found.items() if faults}


def joined(before: Row, again: Row) -> Row:
    """What came of all faults of a unit, once those missed ``before``, and no others, were planted ``again``."""
    if again["mutants"] + again["equivalent"] != len(before["missed"]):
        raise SystemExit("what was missed is not where it was: plant all faults of the unit again")
    by = {word: before["by"].get(word, 0) + again["by"].get(word, 0) for word in {**before["by"], **again["by"]}}
    return {
        "mutants": before["mutants"] - again["equivalent"],
        "killed": before["killed"] + again["killed"],
        "equivalent": before["equivalent"] + again["equivalent"],
        "by": by,
        "missed": again["missed"],
    }


def _key(row: Row) -> tuple[str, ...]:
    """What makes a fault the same although lines moved."""
    return tuple(str(row[name]) for name in ("unit", "function", "before", "after"))


def stored() -> dict[str, Row]:
    """What was measured last, by unit."""
    found: dict[str, Row] = json.loads(RESULTS.read_text(encoding="utf-8"))["units"] if RESULTS.is_file() else {}
    return found


def main() -> None:
    """Plant, print, and with ``--write`` keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="name the units")
    parser.add_argument("--changed", action="store_true", help="only units that changed since they were measured")
    parser.add_argument("--missed", action="store_true", help="only the faults that were missed last time")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    names = given.names or list(units())
    if given.changed:
        names = [name for name in names if stored().get(name, {}).get("digest") != units()[name].digest]
    only = missed_before(names) if given.missed else {}
    names = list(only) if given.missed else names
    if given.list:
        print("\n".join(names))
        return
    digests = {name: units()[name].digest for name in names}
    before = machine()

    def finished(name: str, rows: list[Row]) -> None:
        found = summary(rows, equivalents())
        if given.missed and "unfit" not in found:
            found = joined(stored()[name], found)
        _print(name, found)
        if given.write and "unfit" not in found:
            kept = {**stored(), name: {**found, "digest": digests[name]}}
            document = {
                "schema": "remit.bench/1",
                "machine": before,
                "units": {n: kept[n] for n in sorted(kept) if n in units()},
            }
            RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    measured(names, given.jobs, finished, only)


def _print(name: str, found: Row) -> None:
    """One unit as lines."""
    if "unfit" in found:
        print(f"{name}: could not be tried: {found['unfit']}", flush=True)
        return
    by = ", ".join(f"{count} by {word}" for word, count in found["by"].items())
    print(
        f"{name}: {found['killed']} of {found['mutants']} noticed ({by}), {found['equivalent']} change nothing",
        flush=True,
    )
    for row in found["missed"]:
        print(f"  missed: line {row['line']} of {row['function']}: {row['before']} -> {row['after']}", flush=True)


if __name__ == "__main__":
    main()
