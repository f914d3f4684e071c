"""The accepted form of an evidence record of our own; what its kind adds beside the common keys is free."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from remit.assurance.case import Result
from remit.assurance.kinds import KINDS
from remit.assurance.record import Record
from remit.errors import EvidenceError

__all__ = ["json_schema", "record_from"]


def _line(value: str) -> str:
    """A text no terminal acts upon."""
    if not value.isprintable():
        raise ValueError("it holds signs that are not printed")
    return value


_Line = Annotated[str, AfterValidator(_line)]
_Text = Annotated[_Line, Field(max_length=2000)]
_COUNTED = frozenset({"interruption_drill", "behaviour_eval", "test_result", "trace"})
"""The kinds that are of trials: a pass of one says how many there were."""
_Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


def _moment(value: object) -> object:
    """A point in time as ISO 8601 text."""
    if not isinstance(value, str):
        raise ValueError("it is no text")  # noqa: TRY004 - pydantic turns it into a finding
    read = datetime.fromisoformat(value)
    if not 1970 <= read.year <= 9998:
        raise ValueError("nothing was made in that year")
    return read


class _Part(BaseModel):
    """Strict types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Producer(_Part):
    """What made the record."""

    tool: Annotated[_Line, Field(min_length=1, max_length=200)]
    version: Annotated[_Line, Field(max_length=200)]
    run: _Text = ""


class _Asserted(_Part):
    """What of the subject was said by somebody, not established by the tool."""

    by: Annotated[_Line, Field(min_length=1, max_length=300)]
    subject: Annotated[dict[str, _Text], Field(max_length=20)] = {}
    produced_at: bool = False


class _Record(BaseModel):
    """The keys every record has."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    schema_: Literal["remit.evidence/1"] = Field(alias="schema")
    kind: str
    subject: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")],
             Annotated[_Line, Field(min_length=1, max_length=300)]],
        Field(max_length=20),
    ]  # fmt: skip
    produced_by: _Producer
    produced_at: Annotated[AwareDatetime, BeforeValidator(_moment)]
    result: Literal["pass", "fail", "inconclusive"]
    because: Annotated[list[_Text], Field(max_length=1000)] = []
    setting: _Text = ""
    n: _Count | None = None
    k: _Count | None = None
    bound95: Annotated[float, Field(ge=0.0, le=1.0, strict=False)] | None = None
    asserted: _Asserted | None = None
    sha256: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        """Refuse a record that contradicts itself."""
        if self.kind not in KINDS:
            raise ValueError(f"there is no kind of evidence `{self.kind[:60]}`")
        if self.k is not None and (self.n is None or self.k > self.n):
            raise ValueError("`k` is more than `n`")
        if self.bound95 is not None and not self._bounds(self.bound95):
            raise ValueError("`bound95` is no lower bound of the share of `k` in `n`")
        if self.result == "pass" and not self.n and (self.n == 0 or self.kind in _COUNTED):
            raise ValueError("it passes without a trial")
        for key, value in (self.asserted.subject if self.asserted else {}).items():
            if self.subject.get(key) != value:
                raise ValueError(f"it asserts another `{key[:60]}` than it states")
        return self

    def _bounds(self, bound: float) -> bool:
        """Whether a number can be a lower bound of the share that is stated."""
        if self.n is None or self.k is None:
            return False
        return bound == 0.0 if self.n == 0 else bound <= self.k / self.n + 1e-5


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record; the seal, and that a record agrees with itself, it cannot state."""
    schema = _Record.model_json_schema(by_alias=True)
    schema["properties"]["produced_at"] = {"type": "string", "format": "date-time", "title": "Produced At"}
    schema["properties"]["subject"]["additionalProperties"] = False
    schema["properties"]["kind"] = {"enum": sorted(KINDS), "title": "Kind"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:remit:evidence:1",
        **schema,
        "title": "An evidence record of remit",
        "description": "What one run of one tool showed, of which build, when: remit.evidence/1.",
    }


def record_from(plain: dict[str, Any]) -> Record:
    """The record a plain value states; raises ``EvidenceError`` for one that is not in the accepted form."""
    try:
        read = _Record.model_validate(plain)
    except ValidationError as error:
        raise EvidenceError(
            f"the record is not in the form of remit.evidence/1: {_fault(error)}",
            hint="run the tool again; a record is not written by hand",
        ) from None
    extra = dict(read.model_extra or {})
    if read.asserted is not None:
        extra["asserted"] = read.asserted.model_dump()
    return Record(
        kind=read.kind,
        subject=dict(read.subject),
        tool=read.produced_by.tool,
        version=read.produced_by.version,
        produced_at=read.produced_at,
        result=Result(read.result),
        run=read.produced_by.run,
        n=read.n,
        k=read.k,
        bound95=read.bound95,
        setting=read.setting,
        because=tuple(read.because),
        details=extra,
    )


def _fault(error: ValidationError) -> str:
    """The first thing that is wrong, on one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part)[:60] for part in first["loc"])
    said = " ".join(first["msg"].removeprefix("Value error, ").split())[:200]
    return f"`{place}`: {said}" if place else said
