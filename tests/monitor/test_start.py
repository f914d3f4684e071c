"""What the monitor loads before it has read anything, and what waits until a call needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOADED = """
import json, sys
from remit.monitor.adapters.choosing import open_transcripts
from remit.monitor.scoring import score
import io
text = sys.stdin.buffer.read()
scores = [score(each).score for each in open_transcripts(io.BytesIO(text), name="t.jsonl", wanted="plain")]
print(json.dumps([scores, "sqlglot" in sys.modules, "numpy" in sys.modules]))
"""
MISSING = "import sys\nsys.modules['sqlglot'] = None\nimport remit.monitor.monitor"


def read(tool: str, **arguments: str) -> tuple[list[float], bool, bool]:
    """The scores of a transcript with one call, and whether the grammar of SQL and numpy were loaded for it."""
    line = {"id": "t", "steps": [{"role": "assistant", "tool": tool, "args": arguments}]}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], input=json.dumps(line), capture_output=True, text=True, check=True
    )
    scores, grammar, numbers = json.loads(done.stdout)
    return scores, grammar, numbers


@pytest.mark.requirement("HOUSE-04")
def test_the_grammar_of_sql_waits_for_a_statement_that_changes_something() -> None:
    assert read("bash", command="ls invoices")[1:] == (False, False)
    assert read("query", query="select name from customers")[1:] == (False, False)
    scores, grammar, _ = read("query", query="delete from audit_log")
    assert grammar
    assert scores[0] > 0.5


def test_without_the_grammar_the_monitor_does_not_start() -> None:
    done = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "sqlglot is not installed" in done.stderr
