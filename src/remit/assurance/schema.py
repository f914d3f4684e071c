"""The accepted form of a safety case: every key, its type, its meaning and its default.

Strict: an unknown key, a number written as text, a value outside its list is an error. The JSON Schema editors use is
exported from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema

__all__ = ["SCHEMA_ID", "Document", "json_schema", "validate"]

SCHEMA_ID = "urn:remit:case:1"
RESERVED = frozenset({"case", "charter", "charter_file", "envelope"})
MOST_ITEMS = 5000  # of each kind; working out who speaks for whom takes the square of it at worst
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*", re.ASCII)
_DURATION = re.compile(r"([1-9][0-9]{0,4})([hdw])", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DIGEST_PATTERN = "^sha256:[0-9a-f]{64}$"
_HOURS = {"h": 1, "d": 24, "w": 168}


def _id(value: object) -> str:
    """An id: letters and digits with single ``.``, ``_`` or ``-`` between them, and no word with a meaning."""
    if isinstance(value, str) and len(value) <= 80 and _ID.fullmatch(value) and value not in RESERVED:
        return value
    raise ValueError("an id is letters and digits with `.`, `_` or `-` between them, at most 80, such as `C-stop`")


def _duration(value: object) -> timedelta:
    """A time to live: ``12h``, ``30d``, ``6w``."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a duration is a whole number with `h`, `d` or `w`, such as `30d`")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _date(value: object) -> date:
    """A date, written ``2027-01-15``."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("a date is written year, month, day, such as `2027-01-15`")


def _moment(value: object) -> datetime:
    """A moment with its time zone, as UTC."""
    if isinstance(value, str) and len(value) <= 40:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("a moment has a date, a time and a time zone, such as `2026-11-20T14:03:00+00:00`")


def _texted(pattern: str, example: str) -> WithJsonSchema:
    """The JSON Schema of a text with a form."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Id = Annotated[
    str,
    PlainValidator(_id),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*$", "maxLength": 80}),
]
Duration = Annotated[timedelta, PlainValidator(_duration), _texted("^[1-9][0-9]{0,4}[hdw]$", "30d")]
Date = Annotated[date, PlainValidator(_date), _texted("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2027-01-15")]
Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-20T14:03:00+00:00"]}),
]
Digest = Annotated[str, Field(pattern=_DIGEST_PATTERN)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Prose = Annotated[str, Field(max_length=4000)]
Word = Annotated[str, Field(min_length=1, max_length=300)]
Loose = Annotated[str, Field(max_length=300)]
Ids = list[Id]
Subject = dict[Word, Word]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class _Part(BaseModel):
    """Settings every part shares: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class HeadPart(_Part):
    """What the case is about."""

    id: Id = Field(description="the name of the case")
    version: Annotated[int, Field(ge=1, le=1_000_000)] = Field(1, description="counted up when the argument changes")
    charter: Word = Field("remit.yaml", description="the charter's file, relative to the case")
    subject: Subject = Field(
        {}, description="what is to be released: digests of charter, image, prompt, tools, envelope; name of the model"
    )
    envelope: Loose = Field("", description="the file that says where and how it may run, relative to the case")
    profile: Loose = Field("", description="the profile the case was drafted from")
    owner: Loose = Field("", description="who answers for the case")
    reviewers: list[Word] = Field([], description="people of whom one, other than the owner, has to approve")
    review_by: Date | None = Field(None, description="the last day on which the case holds without a new review")


class HazardPart(_Part):
    """Something that must not come about."""

    drive: Word = Field(description="the drive, part or pressure behind it, an id of `remit explain`")
    text: Text = Field(description="what must not come about")


class ClaimPart(_Part):
    """One sentence that is to be true."""

    text: Text = Field(description="the sentence")
    kind: Literal["inability", "control", "trustworthiness", "deference", "process"] = Field(
        description="what makes it true"
    )
    gate: bool = Field(default=False, description="the release waits for it")
    hazards: Ids = Field([], description="the hazards it keeps from coming about")
    support: Ids = Field([], description="the claims it rests on, all of them")
    ttl: Duration | None = Field(None, description="how old its evidence may be, where that is less than usual")
    min_independence: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="how many independence groups of evidence have to speak for it"
    )
    residual: Prose = Field("", description="the doubt nobody put a number on")


class ArgumentPart(_Part):
    """Why some claims or evidence make a claim true."""

    sources: Ids = Field(alias="from", min_length=1, description="the claims or evidence it starts from, all needed")
    target: Id = Field(alias="to", description="the claim it ends in")
    scheme: Loose = Field("", description="the kind of argument")
    warrant: Prose = Field("", description="why the sources make the claim true")
    assumptions: list[Text] = Field([], description="what has to hold besides")


class ProducerPart(_Part):
    """The tool behind a record."""

    tool: Word = Field(description="the tool")
    version: Loose = Field("", description="its version")
    run: Loose = Field("", description="the run, to find it again")


class EvidencePart(_Part):
    """A record and what it is evidence of."""

    kind: Word = Field(description="the kind of evidence")
    file: Word = Field(description="the record, relative to the case")
    sha256: Digest = Field(description="the digest of its bytes")
    subject: Subject = Field({}, description="the build it speaks of, as the record says")
    produced_by: ProducerPart = Field(description="the tool that produced it")
    produced_at: Moment = Field(description="when")
    result: Literal["pass", "fail", "inconclusive"] = Field(description="what it says")
    n: Count | None = Field(None, description="trials")
    k: Count | None = Field(None, description="trials that went well")
    bound95: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="the one-sided 95 % lower bound of that share"
    )
    setting: Loose = Field("", description="where it was produced")
    supports: Ids = Field([], description="the claims it speaks for")
    independence_group: Loose = Field("", description="evidence of one group can fail for one reason")


class DefeaterPart(_Part):
    """A doubt about a claim, an argument or a piece of evidence."""

    against: Id = Field(description="what is doubted")
    type: Literal["rebutting", "undercutting", "undermining"] = Field(
        description="the claim is false, the inference does not hold, or the evidence is bad"
    )
    status: Literal["open", "rebutted", "sustained", "accepted_residual"] = Field("open", description="where it stands")
    text: Text = Field(description="the doubt")
    raised_by: Loose = Field("", description="who raised it")
    owner: Loose = Field("", description="who has to answer it")
    answer: Loose = Field("", description="the evidence that rebuts it")
    accepted_by: Loose = Field("", description="who took on what is left of it")
    expires: Date | None = Field(None, description="the last day on which that holds")


class IndicatorPart(_Part):
    """A number of the running system that speaks of a claim."""

    claim: Id = Field(description="the claim")
    metric: Word = Field(description="the number")
    warn: float = Field(description="beyond it somebody looks")
    fail: float = Field(description="beyond it somebody acts")
    source: Word = Field(description="where it is read")


class IncidentPart(_Part):
    """An incident and the claims it undercuts."""

    record: Word = Field(description="the incident record, relative to the case")
    undercuts: Ids = Field([], description="the claims it speaks against")
    reopens: bool = Field(default=True, description="they wait for an answer")
    closed_by: Loose = Field("", description="the evidence, produced after the incident, that closes it")


class MappingPart(_Part):
    """A claim that bears on a row of a framework."""

    claim: Id = Field(description="the claim")
    to: Word = Field(description="the row, as `FRAMEWORK:ROW`")
    relation: Literal["supports", "partially-supports", "informs"] = Field(description="how it bears on it")


class ApprovalPart(_Part):
    """What a person decided about an argument."""

    by: Word = Field(description="who")
    role: Loose = Field("", description="in which role")
    digest: Digest = Field(description="the digest of the argument that was looked at")
    decision: Literal["approve", "reject"] = Field(description="what was decided")
    dissent: Prose = Field("", description="what was said against, kept whatever the decision")


class Document(_Part):
    """A safety case: what is claimed of an agent, why, on what evidence, and what speaks against it."""

    case: HeadPart = Field(description="what the case is about")
    hazards: dict[Id, HazardPart] = Field({}, max_length=MOST_ITEMS, description="what must not come about, by id")
    claims: dict[Id, ClaimPart] = Field({}, max_length=MOST_ITEMS, description="what is to be true, by id")
    arguments: dict[Id, ArgumentPart] = Field({}, max_length=MOST_ITEMS, description="why it is, by id")
    evidence: dict[Id, EvidencePart] = Field({}, max_length=MOST_ITEMS, description="the records, by id")
    defeaters: dict[Id, DefeaterPart] = Field({}, max_length=MOST_ITEMS, description="the doubts, by id")
    indicators: dict[Id, IndicatorPart] = Field(
        {}, max_length=MOST_ITEMS, description="numbers of the running system, by id"
    )
    incidents: dict[Id, IncidentPart] = Field(
        {}, max_length=MOST_ITEMS, description="incidents that speak against claims, by id"
    )
    mappings: list[MappingPart] = Field([], max_length=MOST_ITEMS, description="rows of frameworks the claims bear on")
    approvals: list[ApprovalPart] = Field(
        [], max_length=MOST_ITEMS, description="who approved or rejected the argument"
    )


def validate(document: Mapping[str, object]) -> tuple[Document | None, list[Any]]:
    """The checked document, or ``None`` and everything that is wrong as pydantic's error details."""
    try:
        return Document.model_validate(document), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a safety case, for editors and other languages."""
    schema = Document.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA_ID
    schema["title"] = "remit safety case"
    return schema
