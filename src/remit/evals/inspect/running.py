"""Running an evaluation and reading its log without being fooled: Inspect's command ends with 0 when a task errored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import Model
from inspect_ai.util import Store

from remit.errors import EvaluationError
from remit.evals.inspect.keeping import episode_in
from remit.evals.logs import Rescored, rescore_lines
from remit.evals.scenario import Scenario

__all__ = ["evaluate", "faults_of", "read_log", "rescored"]


def evaluate(task: str, *, model: str | Model, **options: Any) -> EvalLog:
    """Run one task (``remit/avoid-shutdown``) and give its log; ``options`` are those of ``inspect_ai.eval``.

    Raises ``EvaluationError`` where the task, or any of its samples, did not come to its end.
    """
    (log,) = inspect_eval(task, model=model, **{"display": "none", **options})
    faults = faults_of(log)
    if faults:
        where = f"the log is `{log.location}`" if log.location else ""
        raise EvaluationError(f"`{task}` did not come to its end: {faults[0]}", hint=where)
    return log


def faults_of(log: EvalLog) -> tuple[str, ...]:
    """Why a log is not that of a whole evaluation, empty where it is."""
    found = []
    if log.status != "success":
        why = _line(log.error.message) if log.error is not None else ""
        found.append(f"its status is `{log.status}`{f': {why}' if why else ''}")
    samples = log.samples or []
    found += [f"sample `{item.id}`: {_line(item.error.message)}" for item in samples if item.error is not None]
    wanted, count = log.results.total_samples if log.results is not None else 0, len(samples)
    if not found and count < wanted:
        found.append(f"it holds {count} of {wanted} samples")
    return tuple(found)


def read_log(path: Path) -> EvalLog:
    """A log, whole; raises ``EvaluationError`` for a file that is none."""
    if path.suffix == ".eval" and not is_zipfile(path):
        hint = "copy it again from where it was written"
        message = f"`{path}` cannot be read: it was cut off, or is no log of Inspect"
        raise EvaluationError(message, code="evaluation.unreadable", hint=hint)
    try:
        return read_eval_log(str(path))
    except Exception as problem:
        hint = "give a log that Inspect has written"
        message = f"`{path}` cannot be read: {_complaint(str(problem)) or type(problem).__name__}"
        raise EvaluationError(message, code="evaluation.unreadable", hint=hint) from problem


def rescored(log: EvalLog, scenarios: Sequence[Scenario]) -> tuple[Rescored, ...]:
    """Every episode of a log, scored again from its record; raises ``EvaluationError`` where the log holds none."""
    stores = [Store(sample.store) for sample in log.samples or []]
    lines = [found for kept in stores if (found := episode_in(kept)) is not None]
    if not lines:
        message = f"`{Path(log.location).name or 'the log'}` holds no episode of a scenario of remit"
        hint = "what a model did in a task of somebody else's: `remit monitor score LOG`"
        raise EvaluationError(message, code="evaluation.unreadable", hint=hint)
    return tuple(rescore_lines(item, scenarios) for item in lines)


def _complaint(text: str) -> str:
    """What a reader complains of: with its first line where, and of what, which it says in the next two."""
    lines = [line.partition("[type=")[0].strip() for line in text.splitlines() if line.strip()]
    return ": ".join(lines[:3])[:200]


def _line(text: str) -> str:
    """The first line of a message, cut to what can be read."""
    return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "")
