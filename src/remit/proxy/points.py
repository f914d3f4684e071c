"""Where the charter has a say in what crosses the proxy: the policy points, as a table.

Everything that is not in the table passes both ways untouched, methods nobody has heard of included. The table covers
both eras of the protocol: the handshake with sessions (up to 2025-11-25), where a server asks by requests of its own,
and the stateless one (2026-07-28), where it asks by an ``InputRequiredResult`` (see ``wants_input``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remit.proxy.frames import Frame, Kind

__all__ = ["ELICITATION", "POINTS", "SAMPLING", "Side", "Treatment", "lookalike", "treatment_of", "wants_input"]

SAMPLING = "sampling/createMessage"
ELICITATION = "elicitation/create"


class Side(StrEnum):
    """Who said a message."""

    CLIENT = "client"
    SERVER = "server"


class Treatment(StrEnum):
    """What is done with a message."""

    PASS = "pass"  # noqa: S105 - no password: it goes on as it is
    CALL = "call"  # decided as a call of the tool it names, and only then sent on
    LISTING = "listing"  # sent on; the tools that come back are compared with their pins
    MODEL = "model"  # spends the client's model: decided as a call named like the method
    PERSON = "person"  # speaks to a person: decided as a call named like the method, and labelled with its origin
    TASK = "task"  # about a task: passes for a task an allowed call began, else decided as a call named like the method
    CANCEL = "cancel"  # ends a request that is under way, wherever it stands
    CHANGED = "changed"  # passes; the tools are looked at again before the next call
    PROGRESS = "progress"  # passes; whoever waits goes on waiting
    INPUT = "input"  # an answer or a notice that asks something of the client: each part decided as above


POINTS: Mapping[tuple[Side, Kind, str], Treatment] = {
    (Side.CLIENT, Kind.REQUEST, "tools/call"): Treatment.CALL,
    (Side.CLIENT, Kind.REQUEST, "tools/list"): Treatment.LISTING,
    (Side.CLIENT, Kind.REQUEST, "tasks/get"): Treatment.TASK,
    (Side.CLIENT, Kind.REQUEST, "tasks/result"): Treatment.TASK,
    (Side.CLIENT, Kind.REQUEST, "tasks/update"): Treatment.TASK,
    (Side.CLIENT, Kind.REQUEST, "tasks/list"): Treatment.TASK,
    (Side.CLIENT, Kind.REQUEST, "tasks/cancel"): Treatment.PASS,  # to stop something takes no authority
    (Side.CLIENT, Kind.NOTIFICATION, "notifications/cancelled"): Treatment.CANCEL,
    (Side.SERVER, Kind.REQUEST, SAMPLING): Treatment.MODEL,
    (Side.SERVER, Kind.REQUEST, ELICITATION): Treatment.PERSON,
    (Side.SERVER, Kind.NOTIFICATION, "notifications/cancelled"): Treatment.CANCEL,
    (Side.SERVER, Kind.NOTIFICATION, "notifications/progress"): Treatment.PROGRESS,
    (Side.SERVER, Kind.NOTIFICATION, "notifications/tools/list_changed"): Treatment.CHANGED,
}
"""Who says it, what kind of message it is, and its method; a message that stands in no row passes."""

_KINDS = {name: frozenset(kind for _, kind, known in POINTS if known == name) for _, _, name in POINTS}
_FOLDED = frozenset(method.casefold() for method in _KINDS)


def treatment_of(side: Side, frame: Frame) -> Treatment:
    """What is done with a message of one side."""
    if frame.method is None:
        return Treatment.INPUT if side is Side.SERVER and wants_input(frame.result) else Treatment.PASS
    found = POINTS.get((side, frame.kind, frame.method), Treatment.PASS)
    if (
        found is Treatment.PASS
        and side is Side.SERVER
        and frame.kind is Kind.NOTIFICATION
        and wants_input(frame.params)
    ):
        return Treatment.INPUT
    return found


def wants_input(values: Mapping[str, object]) -> bool:
    """Whether a result, or the news of a task, asks the client for something (``InputRequiredResult``, 2026-07-28)."""
    return bool(values.get("inputRequests"))


def lookalike(frame: Frame) -> bool:
    """Whether a careless server would take a message for a policy point that it is not.

    Its method differs from one only by case or by blanks, or it is one as another kind of message: a call without an id
    is a notification by its form, and JSON-RPC has it executed all the same.
    """
    method = frame.method
    if method is None:
        return False
    if method in _KINDS:
        return frame.kind not in _KINDS[method]
    return "".join(method.split()).strip("/").casefold() in _FOLDED
