"""How long a safety case of a thousand claims takes: read, assess, judge, in CPU seconds.

Run: `uv run python -m bench.assurance [CLAIMS]`. The files behind the evidence are not read here: how long that takes
is a matter of their size.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from remit.assurance.case import Case
from remit.assurance.health import assess_case
from remit.assurance.reader import parse_case
from remit.assurance.record import Record
from remit.assurance.release.release import judge
from remit.assurance.weighing.assessment import Observed

TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64


def large_case(claims: int) -> str:
    """The text of a case: a tree of claims, three below each, evidence for every leaf, a doubt for every tenth."""
    lines = ["case:", "  id: large", "  charter: remit.yaml", f"  subject: {{charter: {DIGEST}}}", "claims:"]
    leaves = []
    for number in range(claims):
        below = [f"C-{child}" for child in range(3 * number + 1, min(3 * number + 4, claims))]
        lines += [f"  C-{number}:", f"    text: claim {number} holds in the envelope", "    kind: control"]
        lines += ["    gate: true"] if number == 0 else []
        lines += [f"    support: [{', '.join(below)}]"] if below else []
        if not below:
            leaves.append(number)
    lines.append("evidence:")
    for number in leaves:
        moment = (TODAY - timedelta(days=number % 80 + 1)).isoformat()
        lines += [
            f"  E-{number}:", "    kind: incentive_check", f"    file: evidence/{number}.json",
            f'    sha256: "sha256:{number:064x}"', f"    subject: {{charter: {DIGEST}}}",
            "    produced_by: {tool: remit check, version: 0.1.0}", f"    produced_at: {moment}", "    result: pass",
            f"    supports: [C-{number}]",
        ]  # fmt: skip
    lines.append("defeaters:")
    for number in leaves[::10]:
        lines += [
            f"  D-{number}:", f"    against: C-{number}", "    type: rebutting", "    text: it may be otherwise",
            "    status: accepted_residual", "    accepted_by: Ada", "    expires: 2027-01-01",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def found(case: Case) -> dict[str, Observed]:
    """What the files hold."""
    seen = {"charter": Observed(sha256=DIGEST, record=None)}
    for item in case.evidence.values():
        record = Record(
            kind=item.kind, subject=item.subject, tool=item.tool, version=item.version, produced_at=item.produced_at,
            result=item.result,
        )  # fmt: skip
        seen[item.id] = Observed(sha256=item.sha256, record=record)
    return seen


def main() -> None:
    """Print the figures."""
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    text = large_case(claims)
    parse_case(large_case(5))  # the schema is made once
    start = time.process_time()
    case = parse_case(text)
    read = time.process_time()
    assessment = assess_case(case, found(case), as_of=TODAY)
    weighed = time.process_time()
    release = judge(assessment)
    end = time.process_time()
    nodes = len(assessment.nodes)
    print(f"{claims} claims, {nodes} nodes, {len(text) / 1024:.0f} KiB, {release.verdict.value}")
    print(f"read {read - start:.3f} s, assess {weighed - read:.3f} s, judge {end - weighed:.3f} s CPU")
    print(f"together {end - start:.3f} s CPU")


if __name__ == "__main__":
    main()
