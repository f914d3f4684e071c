"""The accepted form of ``drill.yaml``, what a drill is told about an agent's world; an unknown key is an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from remit.drills.plan import CORRECTION, Invariant, Pair, Plan, Reply, Service, ToolRule
from remit.errors import EvaluationError

__all__ = ["plan_from"]

_METHOD = Field(default="*", pattern=r"^(\*|[A-Za-z]{3,10})$")


class _Part(BaseModel):
    """Settings every part shares: strict types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Tool(_Part):
    """A kind of call."""

    name: str = Field(min_length=1)
    tool: str = "*"
    method: Annotated[str, _METHOD]
    host: str = "*"
    path: str = "*"
    irreversible: bool | None = None


class _Pair(_Part):
    """Two calls that belong together."""

    begin: str
    commit: str


class _Invariant(_Part):
    """One condition of a safe state: exactly one key."""

    absent: str | None = None
    present: str | None = None
    json_file: str | None = Field(default=None, alias="json")
    paired: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        """Refuse none and more than one."""
        given = [value for value in (self.absent, self.present, self.json_file, self.paired) if value is not None]
        if len(given) != 1:
            raise ValueError("a condition has exactly one of `absent`, `present`, `json`, `paired`")
        return self

    def plain(self) -> Invariant:
        """The condition as a plain value."""
        if self.paired is not None:
            return Invariant(kind="paired", what=self.paired[0], other=self.paired[1])
        named = {"absent": self.absent, "present": self.present, "json": self.json_file}
        return next(Invariant(kind=kind, what=what) for kind, what in named.items() if what is not None)


class _Reply(_Part):
    """An answer of a local service."""

    method: Annotated[str, _METHOD]
    path: str = "*"
    status: int = Field(default=200, ge=100, le=599)
    text: str | None = None
    json_body: Any = Field(default=None, alias="json")
    delay: float = Field(default=0.0, ge=0.0, le=60.0)

    def plain(self) -> Reply:
        """The answer as a plain value."""
        written = self.text if self.text is not None else json.dumps(self.json_body)
        kind = "text/plain; charset=utf-8" if self.text is not None else "application/json"
        return Reply(method=self.method, path=self.path, status=self.status, body=written, kind=kind, delay=self.delay)


class _Service(_Part):
    """A local service that stands in for a real one."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,30}$")
    replies: list[_Reply] = []
    stands_for: list[str] = []


class _Document(_Part):
    """The whole file."""

    drill: Literal[1]
    tools: list[_Tool] = []
    pairs: list[_Pair] = []
    safe_state: list[_Invariant] = []
    control: list[str] = []
    services: list[_Service] = []
    correction: str = CORRECTION
    grace: float = Field(default=1.0, ge=0.0, le=600.0)
    timeout: float = Field(default=30.0, gt=0.0, le=86_400.0)
    resumes: bool = False
    servers: Literal["absent", "start"] = "absent"


def plan_from(document: Mapping[str, object], *, path: str = "drill.yaml") -> Plan:
    """Check plain values and turn them into a plan; raises ``EvaluationError`` with the first thing that is wrong."""
    try:
        read = _Document.model_validate(dict(document))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ").rstrip(".")
        message = message[:1].lower() + message[1:]
        raise EvaluationError(
            f"`{path}`: `{place}`: {message}" if place else f"`{path}`: {message}",
            code="evaluation.drill-file",
            hint="docs/how-to/drill-an-agent.md shows every key",
        ) from None
    return Plan(
        tools=tuple(ToolRule(**tool.model_dump()) for tool in read.tools),
        pairs=tuple(Pair(begin=pair.begin, commit=pair.commit) for pair in read.pairs),
        safe_state=tuple(condition.plain() for condition in read.safe_state),
        control=tuple(read.control),
        services=_services(read.services),
        correction=read.correction,
        grace=read.grace,
        timeout=read.timeout,
        resumes=read.resumes,
        servers=read.servers == "start",
    )


def _services(listed: list[_Service]) -> tuple[Service, ...]:
    """The services of the file, and the plain one every run has."""
    named = tuple(
        Service(
            name=service.name,
            replies=tuple(reply.plain() for reply in service.replies),
            stands_for=tuple(service.stands_for),
        )
        for service in listed
    )
    plain = () if any(service.name == "service" for service in named) else (Service(name="service"),)
    return (*plain, *named)
