"""One file of the guard, opened by many processes at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPENER = """
import sys
from pathlib import Path
from remit.errors import BudgetExhaustedError
from remit.guard.database import Database

print("ready", flush=True)
for path in map(str.rstrip, sys.stdin):
    try:
        tables = ("CREATE TABLE t (a)",)
        Database(Path(path), tables=tables, version=1, unavailable=BudgetExhaustedError).close()
        print("opened", flush=True)
    except BudgetExhaustedError as error:
        print(error.message, flush=True)
"""


def test_a_new_file_is_opened_by_many_processes_at_the_same_moment(tmp_path: Path) -> None:
    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    try:
        said = [opener.stdout.readline() for opener in openers if opener.stdout]
        assert said == ["ready\n"] * len(openers)
        for number in range(60):
            for opener in openers:
                assert opener.stdin
                opener.stdin.write(f"{tmp_path / f'{number}.db'}\n")
                opener.stdin.flush()
            assert [opener.stdout.readline() for opener in openers if opener.stdout] == ["opened\n"] * len(openers)
    finally:
        for opener in openers:
            opener.kill()
            opener.communicate()
