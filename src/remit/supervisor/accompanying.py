"""The companion's side of a run: where it finds its documents, its door and its orders.

A companion is started by the daemon of a run with a listening socket, a document and a line to the daemon. It says when
the servers are up, does what it is told (``hold``, ``resume``, ``correct``, ``stop``), says when it has, and ends when
the line does: without its daemon there is no run.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from remit.errors import RemitError, SupervisorError
from remit.supervisor.company import DOOR_DESCRIPTOR
from remit.supervisor.line import ANSWER, Connection, checked, key_of
from remit.supervisor.registry import RunFolder

__all__ = ["Attachment", "Told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One order: ``what`` is ``hold``, ``resume``, ``correct`` or ``stop``; ``facts`` come with it."""

    what: str
    number: int
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Attachment:
    """The line between a companion and the daemon of its run; ``ready``, ``fail`` and ``done`` may be called anywhere.

    ``held`` says whether the run is on hold at this moment already.
    """

    folder: RunFolder
    line: Connection
    held: bool
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Step up to the run this process was started for; raises ``SupervisorError`` where it was not."""
        place = environ.get("REMIT_RUN_FOLDER", "")
        if not place:
            raise SupervisorError(
                "this process was not started as the companion of a run",
                code="supervisor.companion",
                hint="`remit run --server NAME=COMMAND` starts it",
            )
        folder = RunFolder(run=Path(place).name, path=Path(place))
        line = Connection.to(folder)
        try:
            line.send({"request": "accompany", "key": key_of(folder)})
            answer = checked(line.receive(ANSWER))
        except BaseException:
            line.close()
            raise
        return cls(folder=folder, line=line, held=answer.get("held") is True)

    def door(self) -> socket.socket:
        """The listening socket the agent's calls come in at; to be taken once."""
        return socket.socket(fileno=DOOR_DESCRIPTOR)

    def document(self) -> dict[str, object]:
        """What whoever started the run wants of the companion; to be read once. Raises ``SupervisorError``."""
        try:
            value = json.load(sys.stdin)
        except ValueError as error:
            raise SupervisorError(f"the companion's document cannot be read: {error}") from error
        if not isinstance(value, dict):
            raise SupervisorError("the companion's document is no object")
        return value

    def ready(self) -> None:
        """Say that the servers are up: the agent starts now."""
        self._say({"request": "ready"})

    def fail(self, error: RemitError) -> None:
        """Say why the servers do not come up: the agent is not started, and the run ends."""
        said = {"code": error.code, "message": str(error), "hint": error.hint}
        self._say({"request": "ready", "failed": True, **said})

    def done(self, told: Told, fault: str = "") -> None:
        """Say that an order was carried out, or why it could not be."""
        self._say({"request": "done", "number": told.number, "fault": fault})

    def orders(self) -> Iterator[Told]:
        """The orders, as they come, until the daemon is gone."""
        while True:
            try:
                message = self.line.receive(None)
            except SupervisorError:
                return
            number = message.pop("number", None)
            if isinstance(number, int):
                yield Told(what=str(message.pop("order", "")), number=number, facts=message)

    def _say(self, message: Mapping[str, object]) -> None:
        """Send one message, whole."""
        with self._writing:
            self.line.send(message)
