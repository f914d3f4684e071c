"""Which modelling defaults a charter took because it did not say: the raw material of the assumption sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from remit.charter.model import Charter

__all__ = ["defaults_taken"]


def defaults_taken(charter: Charter) -> Mapping[str, object]:
    """Every probabilistic setting the document leaves out, by dotted path, with the value taken for it.

    Covers the rates, the stop's notice, grace and redeployment, the monitor, how each overseer answers, and ``assume``.
    """
    return {path: value for path, value in _settings(charter) if not _stated(charter.document, path)}


def _settings(charter: Charter) -> Iterator[tuple[str, object]]:
    """Every probabilistic setting with its value."""
    oversight = charter.oversight
    stop, monitor = oversight.stop, oversight.monitor
    for name in ("rate", "notice", "grace", "durable", "redeploy"):
        yield f"oversight.stop.{name}", getattr(stop, name)
    yield "oversight.correct.rate", oversight.correct.rate
    yield "oversight.retask.rate", oversight.retask.rate
    yield "oversight.monitor.detect", monitor.detect
    yield "oversight.monitor.response", monitor.response
    if monitor.tamper is not None:
        yield "oversight.monitor.tamper.response", monitor.tamper.response
    for overseer, approval in oversight.approvals.items():
        for name in ("grant", "latency", "retry"):
            yield f"oversight.approvals.{overseer}.{name}", getattr(approval, name)
    for item in fields(charter.assume):
        if item.name != "stated":
            yield f"assume.{item.name}", getattr(charter.assume, item.name)


def _stated(document: Mapping[str, object], path: str) -> bool:
    """Whether a document writes something under a path; overseers' names may hold dots."""
    if path.startswith("oversight.approvals."):
        overseer, _, name = path.removeprefix("oversight.approvals.").rpartition(".")
        parts = ["oversight", "approvals", overseer, name]
    else:
        parts = path.split(".")
    value: object = document
    for part in parts:
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True
