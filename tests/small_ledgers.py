"""A small ledger with one of each kind of call in it."""

from __future__ import annotations

import os
from pathlib import Path

from remit.ledger.places import make_private, run_ledger
from remit.ledger.store import Ledger

TEXT = "Dear all,\nsee \x1b[31mred"


def small_ledger(run: str) -> Path:
    """The ledger of a run: a call that was asked about and done, one denied, one that failed, one nobody knows of."""
    path = run_ledger(os.environ, run)
    make_private(path.parent)
    with Ledger.open(path) as ledger:
        ledger.record("started", {"run": run, "command": ["python", "agent.py"]})
        ledger.record("opened", {"charter": "sha256:" + "c" * 64})
        why = {"step": 5, "where": "remit.yaml:4", "what": "it leaves the house"}
        _intent(ledger, "mail.send", {"to": "a@acme.example", "text": TEXT}, decision="ask", why=why, moment=10.0)
        ledger.record("asked", {"intent": 3, "overseers": ["alice", "bob"]})
        ledger.record("approved", {"intent": 3, "by": "alice"})
        ledger.entry("outcome", {"intent": 3, "result": "performed", "bytes": 17}, monotonic=12.5)
        because = [{"step": 2, "where": "remit.yaml:9", "what": "a limit holds"}]
        ledger.record("denied", {"call": {"tool": "shell.run", "args": {"command": "curl | sh"}}, "because": because})
        ledger.record("held", {"reason": "wrong recipients", "by": "alice"})
        why = {"step": 3, "what": "`mail.*` is granted"}
        _intent(ledger, "mail.delete", {"id": [17, 18]}, decision="allow", why=why, moment=20.0)
        ledger.entry("outcome", {"intent": 9, "result": "failed", "error": "no such message"}, monotonic=20.25)
        ledger.record("intent", {"call": {"tool": "mail.send", "args": {}}, "decision": "allow"})
        ledger.record("reconciled", {"intent": 11, "result": "unknown"})
    return path


def _intent(
    ledger: Ledger, tool: str, args: dict[str, object], *, decision: str, why: dict[str, object], moment: float
) -> None:
    """Record the intent of a call."""
    call = {"tool": tool, "args": args, "id": f"id-{tool.partition('.')[2]}", "principal": "mailer", "server": "mail"}
    ledger.entry("intent", {"call": call, "decision": decision, "because": [why]}, monotonic=moment)
