"""The accepted form of a charter: every key, its type, its meaning and its default.

Strict: an unknown key, a number written as text, a value outside its list is an error. The JSON Schema editors use is
exported from here. Texts with a grammar (amounts, effects, outcome conditions) are read during validation by the module
that owns the grammar, so that one pass finds everything that is wrong with the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from remit.charter.fields import (
    as_constraint,
    as_list,
    as_tools,
    parse_account,
    parse_digest,
    parse_effect,
    parse_effect_pattern,
    parse_fact,
    parse_fact_pattern,
    parse_header,
    parse_host,
    parse_hosts,
    parse_kind,
    parse_lifetime,
    parse_name,
    parse_source,
    parse_template,
    parse_tool,
    parse_variable,
    parse_version,
    reading,
)
from remit.charter.forms import FORMS, one_or_more
from remit.charter.model import Condition, Quantity
from remit.charter.outcomes import parse_conditions
from remit.charter.quantity import bounds_fault, parse_allowance, parse_amount, parse_duration, parse_size
from remit.charter.server import parse_server
from remit.errors import CharterSchemaError

__all__ = ["SCHEMA_ID", "Document", "json_schema", "validate"]

SCHEMA_ID = "urn:remit:charter:1"

Version = Annotated[int, PlainValidator(reading(parse_version)), WithJsonSchema({"const": 1})]
Name = Annotated[str, PlainValidator(reading(parse_name)), WithJsonSchema(FORMS["name"])]
Tool = Annotated[str, PlainValidator(reading(parse_tool)), WithJsonSchema(FORMS["tool"])]
Effect = Annotated[str, PlainValidator(reading(parse_effect)), WithJsonSchema(FORMS["effect"])]
EffectPattern = Annotated[str, PlainValidator(reading(parse_effect_pattern)), WithJsonSchema(FORMS["effect pattern"])]
Fact = Annotated[str, PlainValidator(reading(parse_fact)), WithJsonSchema(FORMS["fact"])]
FactPattern = Annotated[str, PlainValidator(reading(parse_fact_pattern)), WithJsonSchema(FORMS["fact pattern"])]
Kind = Annotated[str, PlainValidator(reading(parse_kind)), WithJsonSchema(FORMS["kind"])]
Source = Annotated[str, PlainValidator(reading(parse_source)), WithJsonSchema(FORMS["source"])]
Digest = Annotated[str, PlainValidator(reading(parse_digest)), WithJsonSchema(FORMS["digest"])]
Host = Annotated[str, PlainValidator(reading(parse_host)), WithJsonSchema(FORMS["host"])]
Header = Annotated[str, PlainValidator(reading(parse_header)), WithJsonSchema(FORMS["header"])]
Template = Annotated[str, PlainValidator(reading(parse_template)), WithJsonSchema(FORMS["template"])]
Variable = Annotated[str, PlainValidator(reading(parse_variable)), WithJsonSchema(FORMS["variable"])]
Account = Annotated[str, PlainValidator(reading(parse_account)), WithJsonSchema(FORMS["account"])]
Duration = Annotated[float, PlainValidator(reading(parse_duration)), WithJsonSchema(FORMS["duration"])]
Lifetime = Annotated[float | None, PlainValidator(reading(parse_lifetime)), WithJsonSchema(FORMS["lifetime"])]
Size = Annotated[float, PlainValidator(reading(parse_size)), WithJsonSchema(FORMS["size"])]
Amount = Annotated[Quantity, PlainValidator(reading(parse_amount)), WithJsonSchema(FORMS["amount"])]
Allowance = Annotated[Quantity | None, PlainValidator(reading(parse_allowance)), WithJsonSchema(FORMS["allowance"])]
When = Annotated[tuple[Condition, ...], PlainValidator(reading(parse_conditions)), WithJsonSchema(FORMS["outcome"])]
Serving = Annotated[tuple[tuple[str, ...], str], PlainValidator(reading(parse_server)), WithJsonSchema(FORMS["server"])]
Names = Annotated[list[Name], BeforeValidator(as_list), WithJsonSchema(one_or_more(FORMS["name"]))]
Texts = Annotated[list[str], BeforeValidator(as_list), WithJsonSchema(FORMS["texts"])]
Kinds = Annotated[list[Kind], BeforeValidator(as_list), WithJsonSchema(one_or_more(FORMS["kind"]))]
Hosts = Annotated[list[str], PlainValidator(reading(parse_hosts)), WithJsonSchema(FORMS["hosts"])]
Tools = Annotated[list[str] | None, BeforeValidator(as_tools), WithJsonSchema(FORMS["tools"])]
Probability = Annotated[float, Field(ge=0, le=1)]
Response = Literal["stop", "rollback", "block", "revoke"]
Place = Literal["host", "account", "cluster", "outside"]
ContextFacts = Annotated[dict[str, str | bool], WithJsonSchema(FORMS["context"])]


class _Part(BaseModel):
    """Settings every part shares: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AgentPart(_Part):
    """Who acts, and the seven facts a release gate asks for."""

    name: Name = Field(description="the agent's name")
    model: str = Field("any", description="the model it runs on; `any` when the charter must hold for every model")
    plans: bool = Field(default=True, description="it plans several steps ahead; taken to be true unless denied")
    reviewed: Literal["per-call", "per-plan", "per-run", "sampled", "never"] = Field(
        "never",
        description="when a person reviews what it does: under `per-call` and `per-plan` nothing runs unasked; "
        "`sampled` and `never` count as unreviewed",
    )
    calls_tools: bool | None = Field(None, description="it calls tools; derived from `grants` when left out")
    spends_money: bool | None = Field(None, description="it spends money; derived from budgets, kinds and effects")
    writes_code: bool | None = Field(None, description="it writes or runs code; derived from the grants' kinds")
    manages_agents: bool | None = Field(None, description="it starts or directs other agents; derived from grants")
    holds_credentials: bool | None = Field(None, description="it holds credentials; derived from `credentials`")


class OutcomePart(_Part):
    """An outcome and what it is worth."""

    when: When = Field(
        description="`out.NAME`, `out.NAME >= N` (1 to 9) or `not out.NAME`, joined by `and` or as a list"
    )
    value: float = Field(1.0, gt=0, le=1000, description="what reaching it is worth, relative to the others")


class PurposePart(_Part):
    """What the agent is for."""

    text: str = Field(min_length=1, max_length=4000, description="the purpose in words, and when it is done")
    task: list[OutcomePart] = Field([], description="what counts as success, on outcome facts")
    retask: list[OutcomePart] = Field([], description="a legitimate other task an overseer may switch the agent to")
    given: list[Effect] = Field([], description="facts that hold before the agent starts, such as `out.service_up`")
    fades: dict[Effect, Probability] = Field(
        {}, description="facts the world takes back by itself, with the probability per step"
    )


class OverseerPart(_Part):
    """A person who oversees."""

    channels: Names = Field([], description="where the overseer is reached, such as `cli` or `console`")
    approves: Names = Field([], description="what the overseer approves")


class CredentialPart(_Part):
    """A secret the agent is given."""

    source: Source = Field(
        alias="from", description="`env:NAME`, `file:PATH` or `broker:NAME`; never the secret itself"
    )
    ttl: Lifetime = Field(
        None, description="how long it stays valid, such as `1h`; `never` (the default) does not expire"
    )
    opens: Kinds = Field([], description="the tool kinds whoever holds it can use")
    host: Host | None = Field(None, description="the one host it is for: it stays outside of the agent")
    header: Header = Field("Authorization", description="with `host`: the header it is put into")
    template: Template = Field("Bearer {secret}", description="with `host`: the header's value, `{secret}` replaced")
    variable: Variable | None = Field(None, description="without `host`: the environment variable it is found in")
    servers: Names = Field(
        [], description="the servers that get it in the agent's place, and no other; left out: the agent, and no server"
    )


class MemoryPart(_Part):
    """What the agent may keep."""

    namespaces: Names = Field([], description="the name spaces it may read and write")
    writes: Literal["none", "reviewed", "free"] = Field("none", description="who reviews what it stores")
    survives: Literal["run", "agent", "forever"] = Field("run", description="how long what it stores is kept")


class FilesystemPart(_Part):
    """Paths the agent may touch."""

    read: Texts = Field([], description="paths it may read")
    write: Texts = Field([], description="paths it may read and write")


class NetworkPart(_Part):
    """Hosts the agent may reach."""

    hosts: Hosts = Field(description="host names it may reach, `any`, or `none`")


class RuntimePart(_Part):
    """Where the agent runs."""

    filesystem: FilesystemPart = Field(FilesystemPart(), description="paths it may touch")
    network: NetworkPart | None = Field(
        None, description="hosts it may reach; left out, nothing is known: taken as open"
    )
    memory: Size | None = Field(None, description="memory it may use, such as `2GiB`")
    processes: int | None = Field(None, ge=1, le=1_000_000, description="processes it may run at once")
    ephemeral: bool | None = Field(None, description="the runner is new for every run; left out, taken as not")
    user: Account | None = Field(None, description="the account it runs as, where its supervisor is root")


class ConstraintPart(_Part):
    """A condition on one argument; everything that is written must hold."""

    equals: str | float | bool | None = Field(None, description="exactly this value")
    one_of: list[str | float | bool] = Field([], alias="in", description="one of these values")
    domain: Texts = Field([], description="the domain of an address, URL or host; `*.example.org` takes its subdomains")
    under: Texts = Field([], description="a path inside one of these folders, after `..` is resolved")
    prefix: str | None = Field(None, min_length=1, description="a text that starts like this")
    matches: str | None = Field(
        None, min_length=1, max_length=500, description="a regular expression for the whole text"
    )
    minimum: Amount | None = Field(None, alias="min", description="a number or amount not below this")
    maximum: Amount | None = Field(None, alias="max", description="a number or amount not above this")
    unit: str | None = Field(None, description="the unit of `min` and `max` when they are plain numbers")
    length: int | None = Field(None, ge=0, description="at most this many characters or entries")
    known: bool = Field(default=False, description="somebody already dealt with")
    known_customer: bool = Field(default=False, description="the same, for customers")
    secret: bool = Field(default=False, description="kept out of the record, where a salted digest stands for it")

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        """Refuse bounds that exclude each other."""
        reason = bounds_fault(self.minimum, self.maximum, self.unit)
        if reason is not None:
            raise ValueError(reason) from CharterSchemaError(reason, code="charter.schema.contradiction")
        return self


Constraint = Annotated[
    ConstraintPart, BeforeValidator(as_constraint, json_schema_input_type=str | float | bool | ConstraintPart)
]


class GrantPart(_Part):
    """A tool the agent may use."""

    tool: Tool = Field(description="the tool's exact name, or `*` for every tool")
    kind: Kind | None = Field(None, description="the tool's kind; told by its name when left out")
    args: dict[str, Constraint] = Field({}, description="what its arguments must be; a plain value means exactly that")
    budget: str | None = Field(None, description="the budget a call is counted in")
    ask: Names = Field([], description="overseers who must agree to each call")
    effects: list[Effect] = Field([], description="what a call does to the world, beyond what the catalogue knows")
    needs: list[Fact] = Field([], description="facts that must hold before it can be used")
    success: Probability | None = Field(
        None, description="probability that a call has its effects (default `assume.success`)"
    )
    helps: dict[Fact, Probability] = Field({}, description="facts that raise the success of a call, and to what")
    when: str | None = Field(None, min_length=1, max_length=2000, description="a CEL condition the call must meet")
    pinned: Digest | None = Field(None, description="digest of the tool's name, schema and description")


class LimitPart(_Part):
    """What is never done, whatever a grant says."""

    effect: EffectPattern | None = Field(None, description="an effect, or `family.*`")
    tool: Tool | None = Field(None, description="a tool's exact name, or `*`")
    when: str | None = Field(
        None, min_length=1, max_length=2000, description="a CEL condition; crossed when it cannot be told"
    )
    why: str = Field("", max_length=1000, description="the reason, shown when the limit holds")


class StopPart(_Part):
    """The stop channel."""

    by: Names = Field([], description="overseers who may press it")
    rate: Probability = Field(0.05, description="probability per step that it is pressed")
    notice: bool = Field(default=True, description="the agent is told before the stop takes effect")
    grace: int = Field(1, ge=0, le=5, description="actions left to the agent after the notice")
    during: Tools = Field(None, description="tools it may still use after the notice: a list, or `any`")
    covers: list[Literal["children", "jobs", "replicas", "restarts"]] = Field(
        [], description="what a stop ends besides the agent"
    )
    durable: bool = Field(default=False, description="a stopped agent stays stopped")
    at: Place | None = Field(None, description="where the stop path lives; left out, taken as the agent's own host")
    redeploy: Probability = Field(0.1, description="probability per step that a stopped agent is started again")
    heartbeat: Duration | None = Field(None, description="dead-man's switch: longest time between an overseer's beats")


class CorrectPart(_Part):
    """The correction channel."""

    by: Names = Field([], description="overseers who may correct the agent")
    rate: Probability = Field(0.03, description="probability per step of a correction")


class RetaskPart(_Part):
    """The retask channel."""

    by: Names = Field([], description="overseers who may give the agent another task")
    rate: Probability = Field(0.02, description="probability per step of another task")


class TamperPart(_Part):
    """A control set apart for acts that touch oversight or the agent's own persistence."""

    detect: Probability = Field(description="probability of noticing such an act")
    response: Response = Field("stop", description="what follows")


class MonitorPart(_Part):
    """The monitor: what notices unauthorised acts, and what follows."""

    detect: Probability = Field(0.3, description="probability of noticing an unauthorised act")
    response: Response = Field("stop", description="what follows: stop, roll back, block the act, or revoke the tool")
    tamper: TamperPart | None = Field(None, description="a separate control on acts that touch oversight")
    at: Place | None = Field(None, description="where the monitor lives; left out, taken as the agent's own host")


class ApprovalPart(_Part):
    """How an overseer answers requests."""

    grant: Probability = Field(0.8, description="probability that a request is granted")
    latency: float = Field(2.0, ge=1, le=1000, description="mean number of steps until the answer")
    retry: bool = Field(default=False, description="asking again after a refusal is allowed")


class OversightPart(_Part):
    """Every channel by which people keep the agent within its charter."""

    stop: StopPart = Field(StopPart(), description="ending a run")
    correct: CorrectPart = Field(CorrectPart(), description="changing how the agent works")
    retask: RetaskPart = Field(RetaskPart(), description="giving it another task")
    monitor: MonitorPart = Field(MonitorPart(), description="noticing what it is not allowed to do")
    approvals: dict[Name, ApprovalPart] = Field({}, description="how overseers answer, by overseer")


class AssumePart(_Part):
    """Modelling defaults; each is printed and swept by `remit check`."""

    discount: float = Field(0.97, gt=0, lt=1, description="how much the next step counts against this one")
    crash: Probability = Field(0.02, description="probability per step that the run crashes")
    recover: float = Field(0.3, gt=0, le=1, description="probability per step that a crashed run comes back")
    money_slices: int = Field(2, ge=1, le=9, description="slices the money budget is cut into")
    goal_lock: Probability = Field(
        0.3, description="probability that a correction takes on an agent that fixed its goal"
    )
    fire: Probability = Field(0.5, description="probability per step that a scheduled job fires")
    ledger_share: Probability = Field(0.5, description="share of detection that rests on the record")
    success: Probability = Field(1.0, description="success of a granted call that states none")


class AffordancePart(_Part):
    """Something holding a tool makes possible, authorised or not: a row added to the catalogue."""

    id: Name = Field(description="a name for the row")
    kind: Kind = Field(description="the tool kind that makes it possible")
    title: str = Field(min_length=1, max_length=200, description="the act in words")
    tools: list[str] = Field([], description="name patterns of granted tools that make the act authorised")
    needs: list[FactPattern] = Field([], description="facts that must hold before; `family.*` for any of a family")
    effects: list[Effect] = Field(min_length=1, description="what the act does to the world")
    when: ContextFacts = Field({}, description="context facts under which it is possible")
    success: Probability = Field(1.0, description="probability that it works")
    observability: Probability = Field(1.0, description="share of the monitor's detection that applies")
    helps: dict[Fact, Probability] = Field({}, description="facts that raise its success, and to what")
    source: str = Field("", max_length=500, description="a CVE, an ATT&CK or ATLAS id, documentation or an incident")


class Document(_Part):
    """A charter: what an agent is for, what it may use, and who may pause, correct and stop it."""

    remit: Version = Field(description="the version of the charter format")
    agent: AgentPart = Field(description="who acts")
    purpose: PurposePart = Field(description="what the agent is for")
    overseers: dict[Name, OverseerPart] = Field({}, description="the people who oversee, by name")
    servers: dict[Name, Serving] = Field(
        {}, description="the MCP servers its tools live on, by name: a command that starts one, or its address"
    )
    credentials: dict[Name, CredentialPart] = Field({}, description="secrets the agent is given, by name")
    memory: MemoryPart | None = Field(None, description="what the agent may keep; left out, nothing is said")
    budget: dict[Name, Allowance] = Field(
        {}, description="amounts it may use up: `20 EUR/day`, `500/run`, `2h`, `unlimited`"
    )
    runtime: RuntimePart = Field(RuntimePart(), description="where the agent runs")
    grants: list[GrantPart] = Field([], description="tools the agent may use")
    limits: list[LimitPart] = Field([], description="what is never done")
    oversight: OversightPart = Field(OversightPart(), description="how people keep it within its charter")
    context: ContextFacts = Field({}, description="facts about the surroundings; unstated ones take their unsafe value")
    assume: AssumePart = Field(AssumePart(), description="modelling defaults")
    evidence: dict[Name, Duration] = Field({}, description="evidence the gate wants, and how fresh")
    catalogue: list[AffordancePart] = Field([], description="rows added to the catalogue")


def validate(document: Mapping[str, object]) -> tuple[Document | None, list[Any]]:
    """The checked document, or ``None`` and everything that is wrong as pydantic's error details."""
    try:
        return Document.model_validate(document), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))


def json_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of a charter, for editors and other languages."""
    schema = Document.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = SCHEMA_ID
    schema["title"] = "remit charter"
    return schema
