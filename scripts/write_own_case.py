"""Write remit's own safety case: from the promises and what people wrote, and from the JUnit file of a test run.

Without arguments it writes ``case/case.yaml``, the argument without evidence. ``--name`` prints the name a test run
must carry (the commit and the digest of the source tree); ``--junit FILE --into FOLDER`` writes the case of that run:
``case.yaml`` with a record for each promise whose tests ran, and ``assumed.yaml``, the same case with nothing but the
named residuals taken away.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from remit.assurance.records import compose
from remit.charter.reader import read_charter
from remit.clock import FixedClock

ROOT = Path(__file__).parents[1]
_SKIPPED_FOLDERS = frozenset({".git", ".venv", ".venv-dev", ".case", "node_modules", "__pycache__", "dist", "build"})
_NAME = re.compile(r"remit@(?P<commit>[0-9a-z-]+)\+(?P<tree>sha256:[0-9a-f]{64})")
_TOP = "C-remit"


@dataclass(slots=True)
class Shown:
    """What a test run showed of one promise: tests that passed, that failed, and why others were skipped."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """A run of the tests: of which commit and source tree, when, by what, and what it showed of each promise."""

    commit: str
    tree: str
    at: datetime
    digest: str
    shown: Mapping[str, Shown]


def promises(root: Path = ROOT) -> list[dict[str, str]]:
    """The promises, in the order of the file."""
    listed: list[dict[str, str]] = tomllib.loads((root / "spec/requirements.toml").read_text(encoding="utf-8"))[
        "requirement"
    ]
    return listed


def written_part(root: Path = ROOT) -> dict[str, Any]:
    """The part of the argument people wrote."""
    return tomllib.loads((root / "case/argument.toml").read_text(encoding="utf-8"))


def name_of(root: Path = ROOT) -> str:
    """The name of a test run of this tree: ``remit@COMMIT+sha256:DIGEST``, the digest over every tracked file."""
    commit = _git(root, "rev-parse", "HEAD").strip() or "no-commit"
    listed = _git(root, "ls-files", "-z").split("\0") if commit != "no-commit" else _walk(root)
    total = hashlib.sha256()
    for name in sorted(filter(None, listed)):
        total.update(f"{name}\0{_digest_of(root / name)}\n".encode())
    return f"remit@{commit}+sha256:{total.hexdigest()}"


def read_junit(path: Path) -> TestRun:
    """What a JUnit file says of each promise; raises ``SystemExit`` where its run has no name."""
    data = path.read_bytes()
    suite = ET.fromstring(data).find("testsuite")  # noqa: S314 - read here is only what our own pytest wrote
    named = _NAME.fullmatch(suite.get("name", "")) if suite is not None else None
    if suite is None or named is None:
        raise SystemExit(f"`{path}` does not say which commit was tested: give its run the name `--name` prints")
    shown: dict[str, Shown] = defaultdict(Shown)
    for test in suite.iter("testcase"):
        ids = {tag.get("value", "") for tag in test.iter("property") if tag.get("name") == "requirement"}
        for promise in ids:
            _add(shown[promise], test)
    at = datetime.fromisoformat(suite.get("timestamp", "")).astimezone()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return TestRun(commit=named["commit"], tree=named["tree"], at=at, digest=digest, shown=shown)


def argument(root: Path = ROOT) -> dict[str, Any]:
    """The case without evidence: one top claim, a part for each pillar, a claim for each promise."""
    wrote, listed = written_part(root), promises(root)
    head = wrote["case"]
    case = {"id": head["id"], "version": head["version"], "charter": "remit.yaml", "owner": head["owner"]}
    case["subject"] = {"charter": read_charter(root / "case/remit.yaml").digest}
    hazards = {one["id"]: {"drive": one["drive"], "text": one["text"]} for one in wrote["hazard"]}
    claims: dict[str, Any] = {
        _TOP: {"text": head["claim"], "kind": "process", "gate": True, "residual": head["residual"], "support": []}
    }
    parts: dict[str, dict[str, Any]] = {}
    for part in wrote["part"]:
        own = [promise for promise in listed if promise["id"].partition("-")[0] in part["prefixes"]]
        if own:
            claims[_TOP]["support"].append(part["id"])
        kept = {"text": part["claim"], "kind": part["kind"], "gate": True, "hazards": part["hazards"]}
        parts[part["id"]] = {**kept, "support": [promise["id"] for promise in own]} if own else {}
        claims |= {part["id"]: parts[part["id"]]} if own else {}
        for promise in own:
            text = f"{promise['sentence'][0].upper()}{promise['sentence'][1:]}"
            claims[promise["id"]] = {"text": text, "kind": part["kind"], "gate": True}
    if homeless := [one["id"] for one in listed if one["id"] not in claims]:
        raise SystemExit(f"no part of case/argument.toml takes `{homeless[0]}` in")
    return {"case": case, "hazards": hazards, "claims": claims, "defeaters": {
        one["id"]: _doubt(one, head["owner"]) for one in wrote["residual"]
    }}  # fmt: skip


def case_of(run: TestRun, now: str, root: Path = ROOT) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The case of a test run, the same with its named residuals taken away, and its records by their file.

    ``now`` is the name of the tree as it is: a run of another tree is evidence of that one.
    """
    named = _NAME.fullmatch(now)
    if named is None:
        raise SystemExit(f"`{now}` names no tree")
    case = argument(root)
    case["case"]["subject"] |= {"image": named["tree"], "commit": named["commit"]}
    records = {promise["id"]: record_of(promise["id"], run) for promise in promises(root)}
    files = {f"evidence/{name}.json": record for name, record in records.items() if record is not None}
    case["evidence"] = {f"E-{name}": _entry(name, record) for name, record in records.items() if record is not None}
    unrun = sorted(name for name, shown in run.shown.items() if shown.skipped and not shown.failed and name in records)
    assumed = json.loads(json.dumps(case))
    assumed["defeaters"] = {}
    for claim in assumed["claims"].values():
        claim["support"] = [name for name in claim.get("support", []) if name not in unrun]
    for name in unrun:
        del assumed["claims"][name]
        assumed["evidence"].pop(f"E-{name}", None)
    if unrun:
        told = written_part(root)["skipped"]
        text = told["text"].format(promises=", ".join(unrun))[:4000]
        case["defeaters"][told["id"]] = _doubt({**told, "text": text}, case["case"]["owner"])
    return case, assumed, files


def record_of(promise: str, run: TestRun) -> dict[str, Any] | None:
    """The sealed record of a promise; ``None`` where none of its tests ran: that is no evidence."""
    shown = run.shown.get(promise)
    if shown is None or not (shown.passed or shown.failed):
        return None
    result = "fail" if shown.failed else "inconclusive" if shown.skipped else "pass"
    count = shown.passed + len(shown.failed)
    because = [f"{shown.passed} of {count} tests passed"]
    because += [f"failed: {name}" for name in shown.failed[:20]]
    because += [f"skipped: {reason}" for reason in sorted(set(shown.skipped))[:20]]
    import pytest

    return compose(
        kind="test_result",
        subject={"image": run.tree, "commit": run.commit},
        told={},
        tool="pytest",
        version=pytest.__version__,
        run=run.digest,
        clock=FixedClock(run.at),
        setting="the automatic check" if os.environ.get("CI") else "a working copy",
        result=result,
        because=because,
        said={
            "promise": promise,
            "n": count,
            "k": shown.passed,
        },  # without a bound: tests are no random sample of anything
    )


def spell(case: Mapping[str, Any], head: str) -> str:
    """A case as YAML: an item of each part on a line, so that a difference of two is read line by line."""
    lines = [f"# {head}"]
    for key, items in case.items():
        if not items:
            continue
        lines.append(f"{key}:")
        lines += [f"  {name}: {json.dumps(item, ensure_ascii=False)}" for name, item in items.items()]
    return "\n".join(lines) + "\n"


def write_run(junit: Path, into: Path, root: Path = ROOT) -> None:
    """Write the case of a test run, its records and the case with its residuals taken away into a folder."""
    case, assumed, files = case_of(read_junit(junit), name_of(root), root)
    (into / "evidence").mkdir(parents=True, exist_ok=True)
    for old in (into / "evidence").glob("*.json"):
        old.unlink()
    for name, record in files.items():
        (into / name).write_text(_text(record), encoding="utf-8")
    (into / "remit.yaml").write_bytes((root / "case/remit.yaml").read_bytes())
    (into / "case.yaml").write_text(spell(case, "remit's own case, of one test run"), encoding="utf-8")
    (into / "assumed.yaml").write_text(spell(assumed, "the same, its named residuals taken away"), encoding="utf-8")


def _entry(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """What the case says of a record."""
    same = ("kind", "subject", "produced_by", "produced_at", "result", "n", "k", "setting")
    sha256 = hashlib.sha256(_text(record).encode()).hexdigest()
    said = {key: record[key] for key in same}
    return {
        **said,
        "file": f"evidence/{name}.json",
        "sha256": f"sha256:{sha256}",
        "supports": [name],
        "independence_group": "one run of our own tests",
    }


def _text(record: Mapping[str, Any]) -> str:
    """A record as it is written."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def _doubt(told: Mapping[str, str], owner: str) -> dict[str, str]:
    """A residual as an open doubt: nobody has answered it."""
    kept = {key: told[key] for key in ("against", "type", "text")}
    return {**kept, "status": "open", "raised_by": owner, "owner": owner}


def _add(shown: Shown, test: ET.Element) -> None:
    """Add what one test came to; one that was expected to fail, and did, failed."""
    skipped = test.find("skipped")
    expected = skipped is not None and skipped.get("type") == "pytest.xfail"
    if expected or test.find("failure") is not None or test.find("error") is not None:
        shown.failed.append(f"{test.get('classname')}::{test.get('name')}"[:300])
    elif skipped is not None:
        shown.skipped.append(" ".join(skipped.get("message", "no reason").split())[:300])
    else:
        shown.passed += 1


def _git(root: Path, *arguments: str) -> str:
    """What git says, empty where it says nothing."""
    command = ["git", "-c", "safe.directory=*", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _walk(root: Path) -> list[str]:
    """Every file below a folder that is no repository, but what tools leave behind."""
    found = []
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if name not in _SKIPPED_FOLDERS and not name.endswith("_cache"))
        found += [str(Path(folder, name).relative_to(root)) for name in files]
    return found


def _digest_of(path: Path) -> str:
    """The digest of a file, or what stands in its place."""
    try:
        data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
    except OSError:
        return "missing"
    return hashlib.sha256(data).hexdigest()


def main(arguments: list[str]) -> None:
    """Write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", action="store_true", help="print the name a test run of this tree must carry")
    parser.add_argument("--junit", type=Path, help="the JUnit file of a test run")
    parser.add_argument("--into", type=Path, default=ROOT / ".case", help="the folder of the case of that run")
    given = parser.parse_args(arguments)
    if given.name:
        print(name_of())
    elif given.junit is not None:
        write_run(given.junit, given.into)
    else:
        head = "written by scripts/write_own_case.py from spec/requirements.toml and case/argument.toml"
        (ROOT / "case/case.yaml").write_text(spell(argument(), head), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
