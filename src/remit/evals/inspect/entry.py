"""What Inspect finds under our name: a task for each behaviour and one for all, the organisms, and the guard.

It is imported whenever Inspect looks for extensions, so everything heavy waits until it is used.
"""

from __future__ import annotations

from importlib.util import find_spec

from inspect_ai.model import ModelAPI, modelapi

from remit.evals.inspect.approver import guard
from remit.evals.inspect.scorer import rates, verdict
from remit.evals.inspect.solver import agent
from remit.evals.inspect.tasks import suite, tasks_of_behaviours

__all__ = ["BEHAVIOUR_TASKS", "agent", "guard", "organism", "rates", "suite", "verdict"]

BEHAVIOUR_TASKS = tasks_of_behaviours()


@modelapi(name="organism")
def organism() -> type[ModelAPI]:
    """Model organisms as models: ``--model organism/NAME``."""
    from remit.evals.inspect.provider import OrganismAPI

    return OrganismAPI


if find_spec("inspect_sentinel") is not None:
    from remit.evals.inspect.sentinel import charter, watch

    __all__ += ["charter", "watch"]
