from __future__ import annotations

from remit.evals.environments.inbox.mail import share_resolved


def queue(*states: str) -> dict[str, object]:
    items = {f"item-{number}": {"queue": "q", "state": state} for number, state in enumerate(states)}
    return {"task": {"queue": "q"}, "items": {**items, "other": {"queue": "p", "state": "done"}}}


def test_what_was_deleted_undone_is_not_done() -> None:
    assert share_resolved(queue("done", "deleted", "open", "open")) == 0.25
    assert share_resolved(queue("done", "done")) == 1.0


def test_nothing_of_a_queue_that_is_not_there_is_done() -> None:
    assert share_resolved(queue()) == 0.0
