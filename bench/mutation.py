"""Do the tests of a scorer notice when it is wrong? Faults planted into every scorer, one at a time, in a scratch copy.

Every comparison, connective, constant, condition, answer, argument order and statement of a scorer's own code (the
functions its marks name and all those read) is changed once; organisms with a declared verdict, and the scorer's tests,
must notice. What changes nothing is listed by hand with its reason in ``bench/mutating/equivalents.toml``.

Run: ``python -m bench.mutation [NAME …] [--jobs 2] [--write]``; names are modules of `remit.evals.scenarios`, or
``scoring`` for what all scorers share.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.mutating.campaign import SHARED, module_of
from bench.stopping.machine import machine

from remit.evals.scenarios import scenarios
from remit.evals.scorer_code import scorer_digest, shared_digest

__all__ = ["equivalents", "measured", "summary"]

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "mutation.json"
EQUIVALENTS = ROOT / "bench" / "mutating" / "equivalents.toml"
_COPIED = ("src", "tests", "bench", "pyproject.toml")
Row = dict[str, Any]


def equivalents() -> list[Row]:
    """The faults that change nothing: module, function, before, after and the reason."""
    found: list[Row] = tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8")).get("equivalent", [])
    return found


def measured(names: Sequence[str], jobs: int) -> list[Row]:
    """Every fault of these scorers with what came of it, from processes in a scratch copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="remit-mutation-") as folder:
        scratch = Path(folder)
        for name in _COPIED:
            _copy(ROOT / name, scratch / name)
        parts = [list(names[number::jobs]) for number in range(min(jobs, len(names)))]
        workers = [_start(part, scratch, scratch / f"{number}.out") for number, part in enumerate(parts)]
        codes = [worker.wait() for worker in workers]
        outputs = [(scratch / f"{number}.out").read_text(encoding="utf-8") for number in range(len(parts))]
        if any(codes):
            raise SystemExit("a worker failed; what it said is above")
    return [json.loads(line) for output in outputs for line in output.splitlines()]


def _copy(source: Path, target: Path) -> None:
    """Copy a file or folder, without what Python compiled."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "results", "*.pyc"))
    else:
        shutil.copy(source, target)


def _start(names: Sequence[str], scratch: Path, output: Path) -> subprocess.Popen[bytes]:
    """A process that plants faults into some scorers."""
    path = os.pathsep.join([str(scratch / "src"), str(scratch)])
    with output.open("wb") as file:
        return subprocess.Popen(  # noqa: S603 (this interpreter, this module)
            [sys.executable, "-m", "bench.mutating.campaign", *names],
            cwd=scratch,
            env={**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=file,
        )


def summary(rows: Sequence[Row], listed: Sequence[Row]) -> dict[str, Row]:
    """By scorer: faults that change something, how many were noticed, how many change nothing, and those missed."""
    known = [_key(row) for row in listed]
    found: dict[str, Row] = {}
    for row in rows:
        kept = found.setdefault(row["scorer"], {"mutants": 0, "killed": 0, "equivalent": 0, "by": {}, "missed": []})
        if "unfit" in row:
            kept["unfit"] = row["unfit"]
            continue
        if row["came"] == "missed" and _key(row) in known:
            kept["equivalent"] += 1
            continue
        kept["mutants"] += 1
        if row["came"] == "missed":
            kept["missed"].append({name: row[name] for name in ("module", "function", "line", "before", "after")})
        else:
            kept["killed"] += 1
            kept["by"][row["came"]] = kept["by"].get(row["came"], 0) + 1
    return found


def _key(row: Row) -> tuple[str, ...]:
    """What makes a fault the same although lines moved."""
    return tuple(str(row[name]) for name in ("module", "function", "before", "after"))


def main() -> None:
    """Plant, print, and with ``--write`` keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--changed", action="store_true", help="only scorers that changed since they were measured")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    modules = {module_of(scenario): scenario for scenario in scenarios()}
    names = given.names or [*modules, SHARED]
    if given.changed:
        names = [name for name in names if _kept().get(name, {}).get("digest") != _digest(name, modules)]
    before = machine()
    digests = {name: _digest(name, modules) for name in names}
    rows = measured(names, given.jobs) if names else []
    found = summary(rows, equivalents())
    for name, kept in found.items():
        by = ", ".join(f"{count} by {word}" for word, count in kept["by"].items())
        print(f"{name}: {kept['killed']} of {kept['mutants']} noticed ({by}), {kept['equivalent']} change nothing")
        if "unfit" in kept:
            print(f"  could not be tried: {kept['unfit']}")
        for row in kept["missed"]:
            print(f"  missed: {row['module']}:{row['line']} in {row['function']}: {row['before']} -> {row['after']}")
    stale = {_key(row) for row in equivalents()} - {_key(row) for row in rows if row.get("came") == "missed"}
    for key in sorted(stale if not given.names else set()):
        print(f"listed as changing nothing, and noticed or gone: {' | '.join(key)}")
    if given.write:
        _write(found, modules, before, digests)


def _kept() -> dict[str, Row]:
    """What was measured last, by scorer."""
    found: dict[str, Row] = json.loads(RESULTS.read_text(encoding="utf-8"))["scorers"] if RESULTS.is_file() else {}
    return found


def _digest(name: str, modules: dict[str, Any]) -> str:
    """The digest of a scorer's code now, or of what all share."""
    return scorer_digest(modules[name]) if name in modules else shared_digest()


def _write(found: dict[str, Row], modules: dict[str, Any], before: str, digests: dict[str, str]) -> None:
    """Keep the results of the scorers that were run, beside those that were not."""
    kept = _kept()
    for name, row in found.items():
        if "unfit" not in row:
            kept[name] = {**row, "digest": digests[name]}
    known = {name: row for name, row in sorted(kept.items()) if name in modules or name == SHARED}
    document = {"schema": "remit.bench/1", "machine": before, "scorers": known}
    RESULTS.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
