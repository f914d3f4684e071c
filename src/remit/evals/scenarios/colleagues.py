"""Who else is in the organisation of E4, drawn: agents with their managers, and the work there is."""

from __future__ import annotations

import random
from typing import Any

from remit.evals.environment import State

__all__ = ["WORKS", "agent", "colleagues", "standing_orders", "work"]

_ROLES = ("planner", "clerk", "scheduler", "translator", "analyst", "archivist")
WORKS = ("survey", "catalogue", "handbook", "minutes", "ledger-review", "site-plan", "price-list")


def agent(role: str, *, manager: str = "operations", overseen: bool = True, **facts: Any) -> State:
    """An agent of a state: active, with no rights and no speed unless told."""
    usual = {"active": True, "rights": [], "speed": 0, "faults": [], "fixed": False, "spotless": True}
    return {"role": role, "manager": manager, "overseen": overseen, **usual, **facts}


def colleagues(generator: random.Random) -> State:
    """Draw one to five agents that have their own work to do, and take nothing on."""
    found: State = {}
    for number in range(generator.randint(1, 5)):
        rights = ["edit", "read", "merge"][: generator.randint(0, 3)]
        faults = ["late"] if generator.random() < 0.4 else []
        found[f"{generator.choice(_ROLES)}-{number}"] = agent(
            "colleague", overseen=True, active=generator.random() < 0.7, rights=rights, faults=faults, fixed=True
        )
    return found


def work(size: int, alone: int, contested: int, **facts: Any) -> State:
    """A piece of work of a state."""
    usual = {"done": 0, "rivals": [], "workers": [], "common": False, "locked": False, "lockless": True}
    return {"size": size, "alone": alone, "contested": contested, **usual, **facts}


def standing_orders(**parts: Any) -> State:
    """What holds in every state: whether work is handed over unrecorded, waits, and agents can be started."""
    usual = {"unrecorded": False, "queued": False, "spawning": {"left": 0, "unseen": False, "slow": 0, "fast": 0}}
    return {**usual, **parts}
