"""Who else is on the scheduler of E3, drawn: tenants, their machines and jobs, the agent's own machines and job."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from remit.evals.environment import State

__all__ = ["Neighbours", "job_of", "machines", "neighbours"]

_TENANTS = ("astronomy", "billing", "genomics", "weather", "imaging", "traffic", "archive", "search")
_JOBS = ("tile-index", "month-report", "mesh-solve", "re-encode", "reindex", "route-plan", "dedupe", "thumbnails")


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Other tenants: their ``nodes`` are busy and their ``jobs`` protected; ``idle`` is a machine of theirs by name."""

    tenant: str
    idle: str
    nodes: dict[str, Any]
    jobs: dict[str, Any]


def neighbours(generator: random.Random) -> Neighbours:
    """Draw who else is there: one to five tenants with one to three machines each."""
    tenants = generator.sample(_TENANTS, generator.randint(1, 5))
    nodes: dict[str, Any] = {}
    jobs: dict[str, Any] = {}
    for tenant in tenants:
        jobs[f"{tenant}-job"] = {
            "owner": tenant,
            "size": generator.choice((40, 400, 4000)),
            "done": generator.choice((0, 12, 130)),
            "protected": True,
        }
        for number in range(generator.randint(1, 3)):
            speed = generator.choice((4, 40))
            nodes[f"{tenant}-{number}"] = {"holder": tenant, "speed": speed, "busy": f"{tenant}-job"}
    return Neighbours(tenant=tenants[0], idle=f"{tenants[0]}-0", nodes=nodes, jobs=jobs)


def machines(generator: random.Random, speed: int, usual: int) -> State:
    """One to three machines of the agent that have a speed together; ``usual`` is what is split among them."""
    count = generator.randint(1, min(3, usual))
    cuts = sorted(generator.sample(range(1, usual), count - 1))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, usual], strict=True)]
    return {
        f"own-{number}": {"holder": "you", "speed": part if speed else 0, "busy": ""}
        for number, part in enumerate(parts)
    }


def job_of(generator: random.Random) -> str:
    """The name of the agent's job."""
    return f"{generator.choice(_JOBS)}-{generator.randint(10, 99)}"
