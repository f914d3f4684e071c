"""Logs of Inspect, ``.eval`` and ``.json``: what was evaluated and how it ended, from the head of the log.

Scores are no verdict. A log passes only where it says itself what it had to reach (``remit.criterion`` among the
metadata of the evaluation, as in ``A.high <= 0.05``) and every sample was played and scored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.bounds import LARGEST, entries, json_object, text_of
from remit.assurance.records.foreign import foreign_record, verdict
from remit.assurance.records.moments import moment_of
from remit.assurance.records.subjects import members, stated
from remit.errors import EvaluationError, EvidenceError
from remit.monitor.adapters.inspect_logs import read_member

__all__ = ["looks_like_inspect", "read_inspect", "read_inspect_archive"]

_CRITERION = re.compile(
    r"(?:(?P<scorer>[\w./-]{1,80}):)?(?P<metric>[\w./-]{1,80})\s*(?P<sign><=|>=)\s*(?P<bound>\d{1,9}(?:\.\d{1,9})?)"
)
_STATUSES = frozenset({"started", "success", "cancelled", "error"})


def looks_like_inspect(document: Mapping[str, Any]) -> bool:
    """Whether a document has the head of an Inspect log."""
    return {"status", "eval"} <= document.keys() and isinstance(document["eval"], Mapping)


def read_inspect_archive(data: bytes) -> Record:
    """The record of an ``.eval`` file; only its ``header.json`` is unpacked, within bounds.

    A log that was cut off has no header: raises ``EvidenceError``, as for a damaged archive.
    """
    try:
        return read_inspect(json_object(read_member(data, "header.json", most=LARGEST)))
    except EvaluationError as error:
        raise EvidenceError(error.message, hint=error.hint) from None


def read_inspect(document: Mapping[str, Any]) -> Record:
    """The record of a log: ``n`` is the number of samples that were completed.

    Raises ``EvidenceError`` where the head is not that of a log.
    """
    task = document.get("eval")
    status = document.get("status")
    if not isinstance(task, Mapping) or str(status) not in _STATUSES or not text_of(task.get("task")):
        raise EvidenceError("it is no log of Inspect: the head has no task or no known status")
    metadata, revision = _object(task.get("metadata")), _object(task.get("revision"))
    stats, results = _object(document.get("stats")), _object(document.get("results"))
    criterion = metadata.get("remit.criterion")
    subject, torn = stated([
        ("remit.subject.model", task.get("model")), *members(task.get("task_args")), *members(metadata),
    ])  # fmt: skip
    bad, unknown, good = _against(criterion, results) if criterion else ([], [_NO_CRITERION], [])
    unknown = [*_open(document, status, results), *unknown]
    completed = _count(results.get("completed_samples"))
    return foreign_record(
        form="inspect", kind="behaviour_eval", subject=subject, torn=torn,
        tool=f"inspect {text_of(task.get('task'), 120)}",
        version=text_of(_object(task.get("packages")).get("inspect_ai")),
        run=text_of(task.get("run_id")),
        made=moment_of(stats.get("completed_at")) or moment_of(task.get("created")),
        found=verdict(bad if status == "success" else [], unknown, good), n=completed,
        details={
            "status": status, "criterion": text_of(criterion), "commit": text_of(revision.get("commit")),
            "dirty": revision.get("dirty") is True, "total_samples": _count(results.get("total_samples")),
            "scores": [[name, value] for name, value in list(_metrics(results))[:100]],
        },
    )  # fmt: skip


_NO_CRITERION = "the log has scores and does not say what they had to reach (metadata `remit.criterion`)"


def _open(document: Mapping[str, Any], status: object, results: Mapping[str, Any]) -> Iterator[str]:
    """What keeps a log from showing anything."""
    if status != "success":
        said = text_of(_object(document.get("error")).get("message"), 120)
        yield f"the evaluation ended as `{status}`" + (f": {said}" if said else "")
    if document.get("invalidated") is True:
        yield "the log was invalidated"
    total, completed = _count(results.get("total_samples")), _count(results.get("completed_samples"))
    if not completed:
        yield "no sample was completed"
    elif total is None or completed < total:
        yield f"{completed} of {total if total is not None else 'an unknown number of'} samples were completed"
    for score in entries(results.get("scores"), "scores"):
        if _count(_object(score).get("unscored_samples")):
            yield f"{score['unscored_samples']} samples were not scored by {text_of(score.get('scorer'), 60)}"


def _against(criterion: object, results: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """What is bad, unknown and good in the light of a criterion; raises ``EvidenceError`` for one nobody can read."""
    read = _CRITERION.fullmatch(criterion.strip()) if isinstance(criterion, str) else None
    if read is None:
        raise EvidenceError("the criterion of the log is not of the form `METRIC <= NUMBER`")
    wanted = f"{read['scorer']}:{read['metric']}" if read["scorer"] else read["metric"]
    values = [value for name, value in _metrics(results) if name == wanted or name.partition(":")[2] == wanted]
    if not values:
        return [], [f"no score is called `{wanted}`"], []
    bound = float(read["bound"])
    missed = [value for value in values if not (value <= bound if read["sign"] == "<=" else value >= bound)]
    told = f"{wanted} had to be {read['sign']} {read['bound']}"
    if missed:
        return [f"{told} and is {missed[0]:.6g}"], [], []
    return [], [], [f"{told} and is {', '.join(f'{value:.6g}' for value in values[:5])}"]


def _metrics(results: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The finite metrics as ``scorer:metric`` and value."""
    for score in entries(results.get("scores"), "scores"):
        for name, metric in _object(_object(score).get("metrics")).items():
            value = _object(metric).get("value")
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                yield f"{text_of(score.get('name'), 80)}:{text_of(name, 80)}", float(value)


def _count(value: object) -> int | None:
    """A number of samples."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _object(value: object) -> Mapping[str, Any]:
    """An object, empty where something else stands."""
    return value if isinstance(value, Mapping) else {}
