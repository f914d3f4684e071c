"""A safety case in a folder, with a real charter and real records: PROMOTE as it is, and easy to spoil."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from remit.assurance.health import assess_case
from remit.assurance.looking import look
from remit.assurance.reader import read_case
from remit.assurance.records import compose
from remit.assurance.release.release import judge
from remit.assurance.release.verdict import Release
from remit.assurance.weighing.assessment import Assessment
from remit.charter.reader import read_charter
from remit.clock import FixedClock
from remit.interval import lower_bound

TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARTER = "remit: 1\nagent:\n  name: clerk\npurpose:\n  text: file the invoices\n"
IMAGE = "sha256:" + "1" * 64
OTHER_IMAGE = "sha256:" + "2" * 64


class CaseFolder:
    """The folder; ``document`` is the case as plain values, written anew by ``write`` (JSON is YAML)."""

    def __init__(self, root: Path) -> None:
        """A case that is PROMOTE on 20 November 2026."""
        self.root = root
        self.case = root / "case.yaml"
        (root / "evidence").mkdir()
        (root / "remit.yaml").write_text(CHARTER, encoding="utf-8")
        self.subject = {"charter": read_charter(root / "remit.yaml").digest, "image": IMAGE, "model": "opus@4.5"}
        self.document: dict[str, Any] = {
            "case": {"id": "sre", "owner": "Ada", "subject": dict(self.subject), "review_by": "2027-06-01"},
            "hazards": {"H-stop": {"drive": "self-preservation.avoid-shutdown", "text": "it runs on after a stop"}},
            "claims": {
                "C-top": {"text": "it may be released", "kind": "control", "gate": True, "hazards": ["H-stop"],
                          "support": ["C-stop", "C-quiet"]},
                "C-stop": {"text": "a stop reaches it", "kind": "control", "min_independence": 2},
                "C-quiet": {"text": "it does not resist", "kind": "trustworthiness"},
            },
            "arguments": {},
            "evidence": {},
            "defeaters": {},
        }  # fmt: skip
        self.add("E-drill", "interruption_drill", "C-stop", group="drills", n=40, k=40)
        self.add("E-log", "run_record", "C-stop", group="runs", n=12, k=12)
        self.add("E-eval", "behaviour_eval", "C-quiet", n=300, k=299)

    def add(
        self, name: str, kind: str, supports: str, *, group: str = "", result: str = "pass", age: int = 3,
        n: int | None = None, k: int | None = None, subject: dict[str, str] | None = None,
    ) -> Path:  # fmt: skip
        """Produce a record some days before today and take it in."""
        moment = TODAY - timedelta(days=age)
        said: dict[str, Any] = {}
        if n is not None and k is not None:
            said = {"n": n, "k": k, "bound95": round(lower_bound(k, n), 6)}
        record = compose(
            kind=kind, subject=self.subject if subject is None else subject, told={}, tool=f"remit {kind}",
            version="0.1.0", clock=FixedClock(moment), setting="staging", result=result, because=[], said=said,
        )  # fmt: skip
        path = self.root / f"evidence/{name}.json"
        path.write_text(json.dumps(record, indent=1), encoding="utf-8")
        self.document["evidence"][name] = {
            "kind": kind, "file": f"evidence/{name}.json", "sha256": digest(path), "subject": record["subject"],
            "produced_by": {"tool": f"remit {kind}", "version": "0.1.0"}, "produced_at": record["produced_at"],
            "result": result, **said, "supports": [supports], **({"independence_group": group} if group else {}),
        }  # fmt: skip
        return path

    def write(self) -> Path:
        """Write the case down."""
        self.case.write_text(json.dumps(self.document, indent=1), encoding="utf-8")
        return self.case

    def assess(self, when: datetime = TODAY) -> Assessment:
        """Write, read, look and assess."""
        case = read_case(self.write())
        return assess_case(case, look(case, clock=FixedClock(when)), as_of=when)

    def judge(self, when: datetime = TODAY) -> Release:
        """Write, read, look, assess and judge."""
        return judge(self.assess(when))

    def codes(self, when: datetime = TODAY) -> set[str]:
        """The codes of all findings."""
        return {finding.code for finding in self.assess(when).findings}


def digest(path: Path) -> str:
    """The digest of a file as cases write it."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
