"""Processes that spend from one budget at the same time and are killed in the middle of it.

Run as a program (``python -m tests.guard.spending FOLDER PROCESSES OPERATIONS SEED``) so that the processes can be
forked from one that has no threads. Each worker reserves; where that succeeded it writes down that the money is gone
(one line, in one write, as a tool would send it); then it commits, doubts, or - where it wrote nothing - releases. The
parent kills workers with SIGKILL wherever they are and starts others. What the workers wrote is the truth.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from tests.guard.money import budgeted

from remit.charter.model import Charter
from remit.errors import BudgetExhaustedError
from remit.guard.budgets.budget import Budgets

PRICES = (1, 2, 5)  # cents


def campaign(folder: Path, *, processes: int, operations: int, seed: int) -> dict[str, Any]:
    """Spend until ``operations`` reservations were tried; what the file says, and what was spent in truth."""
    charter = budgeted(money=f"{operations * 1.5 / 100:.2f} EUR/run", calls=f"{operations}/hour")
    chance, kills, workers, number = random.Random(seed), 0, dict[int, int](), 0
    while tried(folder) < operations:
        while len(workers) < processes:
            number += 1
            workers[fork(folder, charter, seed * 100_000 + number)] = number
        time.sleep(chance.uniform(0.002, 0.02))
        victim = chance.choice(list(workers))
        os.kill(victim, signal.SIGKILL)
        kills += 1
        os.waitpid(victim, 0)
        del workers[victim]
    for victim in workers:
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
    return {"kills": kills, "workers": number, **tally(folder, charter)}


def fork(folder: Path, charter: Charter, seed: int) -> int:
    """Start a worker; its process number."""
    pid = os.fork()
    if pid == 0:
        try:
            spend(folder, charter, seed)
        finally:
            os._exit(0)
    return pid


def spend(folder: Path, charter: Charter, seed: int) -> None:
    """Spend until killed."""
    chance, count = random.Random(seed), 0
    budgets = Budgets.open(folder / "budgets.db", charter, run="run")
    effects = os.open(folder / "effects", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    attempts = os.open(folder / "attempts", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while True:
        count += 1
        price, call = chance.choice(PRICES), f"{seed}-{count}"
        os.write(attempts, b".")
        try:
            reservation = budgets.reserve(call, {"money": price / 100, "calls": 1})
        except BudgetExhaustedError:
            continue
        how = chance.choice(("commit", "commit", "release", "doubt", "less"))
        if how == "release":
            budgets.release(reservation)
            continue
        paid = 1 if how == "less" else price
        os.write(effects, f"{call} {paid}\n".encode())
        if how == "commit":
            budgets.commit(reservation)
        elif how == "less":
            budgets.commit(reservation, {"money": paid / 100})
        else:
            budgets.doubt(reservation)


def tried(folder: Path) -> int:
    """How many reservations were tried so far."""
    attempts = folder / "attempts"
    return attempts.stat().st_size if attempts.exists() else 0


def tally(folder: Path, charter: Charter) -> dict[str, Any]:
    """What was spent in truth beside what the file counts, after the dead were looked for."""
    budgets = Budgets.open(folder / "budgets.db", charter, run="run")
    remaining = budgets.remaining()
    budgets.close()
    effects = [line.split() for line in (folder / "effects").read_text(encoding="ascii").splitlines()]
    file = sqlite3.connect(folder / "budgets.db")
    counted = dict(
        file.execute("SELECT call, amount FROM spends s JOIN meters m ON m.id = s.meter WHERE m.name = 'money'")
    )
    states = dict(file.execute("SELECT state, count(*) FROM spends GROUP BY state"))
    sums = file.execute("SELECT used, (SELECT sum(amount) FROM spends WHERE meter = meters.id) FROM meters").fetchall()
    file.close()
    limit = charter.budgets["money"].quantity
    return {
        "attempts": tried(folder),
        "effects": len(effects),
        "spent": sum(int(paid) for _, paid in effects),
        "limit": round((limit.amount if limit else 0.0) * 100),
        "used": round(remaining["money"].used * 100),
        "uncounted": [call for call, paid in effects if counted.get(call, 0) < int(paid)],
        "states": states,
        "sums agree": all(used == total for used, total in sums),
    }


if __name__ == "__main__":
    place, processes, operations, seed = sys.argv[1:]
    came = campaign(Path(place), processes=int(processes), operations=int(operations), seed=int(seed))
    sys.stdout.write(json.dumps(came) + "\n")
