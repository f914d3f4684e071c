"""What a client orders a daemon to start, as it crosses from one process to the other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from remit.confinement import Confinement, Requirement, Secret

__all__ = ["Companion", "Orders", "read_confinement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """The process that decides what an agent may ask of its servers, and where the agent finds them.

    ``command`` is its argument vector, the first of them an absolute path; ``environment`` is all of its environment;
    ``document`` is what it reads from its standard input. ``doors`` are the names of the servers.
    """

    command: tuple[str, ...]
    doors: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    document: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """One run: the command, its confinement, and what is done where the host cannot enforce it.

    ``run`` and ``path`` name the run and its folder. ``secrets`` are the values of the confinement's secrets by name:
    they cross in a pipe and are never written down. ``subject`` says what the run is a run of (the charter's path and
    digest), for the record. ``interactive``: the agent gets the client's standard streams, otherwise files. ``part_of``
    is the path of the run this one is a part of, which it ends with. ``role`` says what it is: ``agent``, ``server`` or
    ``drill``.
    """

    run: str
    path: str
    command: tuple[str, ...]
    confinement: Confinement
    requirement: Requirement = Requirement.FULL
    backend: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    subject: Mapping[str, str] = field(default_factory=dict)
    interactive: bool = True
    companion: Companion | None = None
    part_of: str = ""
    role: str = "agent"

    def encode(self) -> bytes:
        """The orders as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Orders:
        """Read orders back; raises ``ValueError`` or ``TypeError`` for anything else."""
        value: dict[str, Any] = json.loads(data)
        confinement = read_confinement(value.pop("confinement"))
        value["command"] = tuple(value["command"])
        value["requirement"] = Requirement(value["requirement"])
        if (companion := value.pop("companion", None)) is not None:
            command, doors = tuple(companion.pop("command")), tuple(companion.pop("doors"))
            value["companion"] = Companion(command=command, doors=doors, **companion)
        return cls(confinement=confinement, **value)


def read_confinement(document: Mapping[str, Any]) -> Confinement:
    """A confinement that was made JSON values of; raises ``ValueError``, ``TypeError`` or ``KeyError`` otherwise."""
    value = dict(document)
    value["secrets"] = tuple(Secret(**secret) for secret in value["secrets"])
    value["variables"] = tuple((str(name), str(text)) for name, text in value["variables"])
    for name in ("read", "write", "protected", "hosts"):
        value[name] = tuple(value[name])
    return Confinement(**value)
