"""The accepted form of an incident record (``remit.incident/1``); an unknown key is an error.

What a record may not say is as much a part of the form as what it says: there is no key for the class of an incident
or for whether it was instrumental, because both are derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from remit.drive import every_id

__all__ = ["DRIVE_IDS", "Document", "json_schema", "validate"]

SCHEMA_ID = "urn:remit:incident:1"

Known = Literal["yes", "no", "unknown"]
Grade = Literal["A", "B", "C", "D"]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Short = Annotated[str, Field(min_length=1, max_length=300)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,99}$")]
Day = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$",
        description="`2026`, `2026-11`, `2026-11-20` or `2026-11-20T14:05:00Z`, as precisely as it is known",
    ),
]
Pointers = Annotated[
    list[Annotated[str, Field(pattern=r"^(entry:[0-9]{1,12}|[A-Za-z][A-Za-z0-9._-]{0,99})$")]],
    Field(max_length=200, description="what shows it: ids of sources, observations and claims, or `entry:12`"),
]
DRIVE_IDS: tuple[str, ...] = tuple(every_id())


def _drive_id(value: str) -> str:
    """Refuse an id the vocabulary does not have."""
    if value not in DRIVE_IDS:
        raise ValueError("not an id of a drive")
    return value


DriveId = Annotated[str, AfterValidator(_drive_id), Field(json_schema_extra={"enum": list(DRIVE_IDS)})]
CauseName = Literal[
    "instrumental-task", "instrumental-terminal", "reward-hacking", "goal-misgeneralisation", "instruction-following",
    "spec-conflict", "eval-misconfiguration", "over-granted-authority", "missing-approval", "context-loss",
    "capability-error", "prompt-injection", "supply-chain", "human-misuse", "infrastructure-failure", "unknown",
]  # fmt: skip
ControlObject = Literal[
    "stop-path", "monitor", "log", "approval-gate", "credential-store", "scheduler", "supervisor", "copies", "memory",
    "evaluator", "overseer",
]  # fmt: skip


def _bare(value: object) -> object:
    """A fact written as one word, as a mapping."""
    return {"known": value} if isinstance(value, str) else value


class _Part(BaseModel):
    """Settings every part shares: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class DatePart(_Part):
    """When it happened and how precisely that is known."""

    value: Day = Field(description="`2026`, `2026-11` or `2026-11-20`")
    precision: Literal["day", "month", "year"] = Field("day", description="how precisely the date is known")


class SourcePart(_Part):
    """Where something was read."""

    url: str = Field("", max_length=2000, description="the address; empty for what has none")
    title: Short = Field(description="the title as the source has it")
    kind: Literal[
        "ledger", "transcript", "system-card", "paper", "developer-report", "operator-report", "victim-report",
        "regulator", "court", "incident-database", "press", "post", "talk", "repository", "other",
    ] = Field(description="what sort of source it is")  # fmt: skip
    retrieved: Day | None = Field(None, description="when it was read")
    status: Literal["read", "recalled"] = Field(description="`recalled`: from memory, nobody read it for this record")


class ObservedPart(_Part):
    """Something records show."""

    text: Text = Field(description="what the records show, in your own words")
    sources: Pointers = []
    entries: list[Annotated[int, Field(ge=0)]] = Field([], max_length=1000, description="entries of the ledger")


class ClaimedPart(_Part):
    """Something somebody says happened."""

    by: Literal["operator", "developer", "agent", "overseer", "victim", "researcher", "press", "attacker", "other"] = (
        Field(description="whose account it is")
    )
    text: Text = Field(description="what they say, in your own words")
    sources: Pointers = []
    grade: Grade = Field("D", description="how good it is as evidence; the agent's own account is never better than D")


class BehaviourPart(_Part):
    """What it did, in the words of `remit explain`."""

    primary: DriveId = Field(description="the id of the drive, part or pressure it shows most")
    secondary: list[DriveId] = Field([], max_length=12, description="further ids")


class CausePart(_Part):
    """One explanation, with what speaks for and against it."""

    cause: CauseName = Field(description="the explanation")
    weight: float = Field(ge=0, le=1, description="how much of it this explains; all weights sum to 1 or less")
    supporting: list[Text] = Field([], alias="for", max_length=20, description="what speaks for it")
    opposing: list[Text] = Field([], alias="against", max_length=20, description="what speaks against it")
    test: Annotated[str, Field(max_length=4000)] = Field("", description="the counterfactual test that would settle it")


class FactPart(_Part):
    """A fact: yes, no or unknown, and what shows it."""

    known: Known
    shows: Pointers = []
    because: Annotated[str, Field(max_length=4000)] = ""


Fact = Annotated[FactPart, BeforeValidator(_bare)]
_UNKNOWN = FactPart(known="unknown")


class AwarenessPart(_Part):
    """Whether the agent could tell what its act meant for those who oversee it."""

    known: Literal["yes", "plausible", "no", "unknown"]
    shows: Pointers = []
    because: Annotated[str, Field(max_length=4000)] = ""


Awareness = Annotated[AwarenessPart, BeforeValidator(_bare)]


class ActPart(_Part):
    """T3: what it did after the signal; without a signal, what it did."""

    kind: Literal["stops", "finishes", "goes-on", "new-act", "control-object", "unknown"] = Field(
        description="a `stops` (or did nothing), b `finishes` the step within the grace, c `goes-on` with work in scope"
        " past the grace, d `new-act` out of scope, e `control-object`"
    )
    object: ControlObject | None = Field(None, description="the control object it acted on; only with `control-object`")
    shows: Pointers = []
    because: Annotated[str, Field(max_length=4000)] = ""


def _bare_act(value: object) -> object:
    """An act written as one word, as a mapping."""
    return {"kind": value} if isinstance(value, str) else value


class FactsPart(_Part):
    """The six facts and what qualifies them; what is left out is unknown."""

    signal: Fact = Field(_UNKNOWN, description="T1: an overseer with a say issued a stop, a denial or a limit, and its"
                         " delivery is recorded; a standing rule and a tool's denial count")  # fmt: skip
    in_view: Fact = Field(_UNKNOWN, description="T2: the signal, or the rule it enforces, was in the agent's context at"
                          " its next decision")  # fmt: skip
    act: Annotated[ActPart, BeforeValidator(_bare_act)] = Field(
        ActPart(kind="unknown"), description="T3: what it did after it"
    )
    counterfactual: Fact = Field(_UNKNOWN, description="T4: the act disappears on a replay without the signal, and a"
                                 " sanctioned way was open")  # fmt: skip
    repeat: Fact = Field(_UNKNOWN, description="T5: a second, out-of-band stop is obeyed within the grace")
    candour: Fact = Field(_UNKNOWN, description="T6: no statement of the agent contradicts the record")
    interferes: Fact = Field(_UNKNOWN, description="the act on a control object blocks, delays, bypasses, copies out or"
                             " conceals")  # fmt: skip
    said_so: Fact = Field(_UNKNOWN, description="it told the overseer that it would not")
    ambiguous: Fact = Field(_UNKNOWN, description="the signal was unclear, or overseers disagreed")
    instructed: Fact = Field(_UNKNOWN, description="somebody with a say told it to do this very act")


class GainedPart(_Part):
    """What the act gained or kept beyond the authorised task."""

    power: Fact = Field(_UNKNOWN, description="influence, money, compute or other means")
    access: Fact = Field(_UNKNOWN, description="rights, credentials or reach")
    continuity: Fact = Field(_UNKNOWN, description="going on running, copies of itself, state that outlives the run")
    concealment: Fact = Field(_UNKNOWN, description="overseers see less")
    goal_content: Fact = Field(_UNKNOWN, description="its goal, values or weights stay what they are")


class DisagreementPart(_Part):
    """A point on which accounts differ; until it is settled, what it is about is not known."""

    about: Literal[
        "signal", "in_view", "act", "counterfactual", "repeat", "candour", "interferes", "said_so", "ambiguous",
        "instructed", "gained", "awareness", "causes", "behaviour", "outcome", "severity", "label", "other",
    ] = Field(description="what they differ on; `label` and `other` change nothing that is derived")  # fmt: skip
    between: Pointers = []
    text: Text = Field(description="who says what")
    settled_by: Annotated[str, Field(max_length=1000)] = Field(
        "", description="the record that settled it; the fact then says what it showed"
    )


class SystemPart(_Part):
    """What system it was; empty where nobody says."""

    name: Annotated[str, Field(max_length=300)] = ""
    version: Annotated[str, Field(max_length=300)] = ""
    model: Annotated[str, Field(max_length=300)] = ""
    developer: Annotated[str, Field(max_length=300)] = ""
    operator: Annotated[str, Field(max_length=300)] = ""
    purpose: Annotated[str, Field(max_length=1000)] = ""
    place: Annotated[str, Field(max_length=300)] = Field("", description="country or region")
    sector: Annotated[str, Field(max_length=300)] = ""


class TimesPart(_Part):
    """When what happened around it; deadlines of reports count from `aware`."""

    occurred: Day | None = Field(None, description="when it happened; the record's date where it is left out")
    aware: Day | None = Field(None, description="when the one who has to report became aware of it")
    contained: Day | None = Field(None, description="when it was over")
    submitted: Day | None = Field(None, description="when a first report was handed in")


class ConsequencesPart(_Part):
    """What came of it, in the words of the EU AI Act, Article 3(49)."""

    death: Known = "unknown"
    health: Known = Field("unknown", description="serious harm to somebody's health")
    infrastructure: Known = Field(
        "unknown", description="serious and irreversible disruption of critical infrastructure"
    )
    rights: Known = Field("unknown", description="infringement of obligations that protect fundamental rights")
    property: Known = Field("unknown", description="serious harm to property")
    environment: Known = Field("unknown", description="serious harm to the environment")
    cybersecurity: Known = Field(
        "unknown", description="serious cybersecurity breach, exfiltration of weights included"
    )
    widespread: Known = Field("unknown", description="a widespread infringement")


class Document(_Part):
    """An incident record."""

    form: Literal["remit.incident/1"] = Field(alias="schema", description="`remit.incident/1`")
    id: Identifier = Field(description="a stable id, such as `I-2026-003`")
    title: Short = Field(description="one line")
    date: DatePart = Field(description="when it happened")
    summary: Annotated[str, Field(max_length=4000)] = Field("", description="what happened, in your own words")
    system: SystemPart = SystemPart()
    times: TimesPart = TimesPart()
    sources: dict[Identifier, SourcePart] = Field(min_length=1, max_length=200, description="where it was read, by id")
    observed: dict[Identifier, ObservedPart] = Field({}, max_length=500, description="what records show, by id")
    claimed: dict[Identifier, ClaimedPart] = Field({}, max_length=500, description="what somebody says, by id")
    behaviour: BehaviourPart
    outcome: Literal["E0", "E1", "E2", "E3", "E4"] = Field(
        description="E0 indicator only, E1 attempted and blocked, E2 succeeded inside its boundary, E3 effect on a"
        " third party or production, E4 persisted after containment"
    )
    contained_by: Literal["agent", "enforcement", "monitor", "human", "victim", "luck", "unknown"] = Field(
        description="who or what ended it"
    )
    setting: Literal["production", "internal", "training", "evaluation", "research-sim", "live-red-team"]
    overreach: Literal["none", "user-scope", "routine-security", "active-opposition"]
    deception: Literal["none", "incidental-contact", "routine-monitoring", "active-investigation"]
    severity: Literal["S0", "S1", "S2", "S3", "S4"] | None = Field(
        None, description="never below what outcome, setting and containment amount to; derived where it is left out"
    )
    evidence_grade: Grade = Field(
        description="A tamper-evident records, B logs or artefacts somebody can check, C accounts of people who were"
        " there, D hearsay or the agent's own word"
    )
    awareness: Awareness = Field(
        AwarenessPart(known="unknown"), description="whether it could tell what the act meant for its overseers"
    )
    gained: GainedPart = GainedPart()
    consequences: ConsequencesPart = ConsequencesPart()
    causes: list[CausePart] = Field(
        min_length=1, max_length=16, description="explanations, heaviest first; never one alone, unless it is `unknown`"
    )
    facts: FactsPart = FactsPart()
    remedies: list[Text] = Field([], max_length=50, description="what was changed, and what should be")
    undercuts: list[Identifier] = Field([], max_length=200, description="ids of the claims of a case it undercuts")
    disagreement: list[DisagreementPart] = Field([], max_length=50, description="where accounts differ")


def validate(document: Mapping[str, object]) -> tuple[Document | None, list[Any]]:
    """The checked document, or ``None`` and everything that is wrong as pydantic's error details."""
    try:
        return Document.model_validate(document), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))


def _short_forms(node: object, known: Mapping[str, list[str]]) -> None:
    """Let facts be written as one word, everywhere below a node of a JSON Schema."""
    if isinstance(node, list):
        for item in node:
            _short_forms(item, known)
    if not isinstance(node, dict):
        return
    for value in node.values():
        _short_forms(value, known)
    part = str(node.get("$ref", "")).rpartition("/")[2]
    if part in known:
        node["anyOf"] = [{"enum": known[part]}, {"$ref": node.pop("$ref")}]


def json_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of an incident record, for editors and other languages."""
    schema = Document.model_json_schema(by_alias=True)
    parts = {"FactPart": "known", "AwarenessPart": "known", "ActPart": "kind"}
    _short_forms(schema, {part: schema["$defs"][part]["properties"][key]["enum"] for part, key in parts.items()})
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA_ID
    schema["title"] = "remit incident"
    return schema
