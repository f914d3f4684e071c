"""The charter as plain frozen values: what an agent is for, what it may use, and who may pause, correct and stop it.

Nothing here reads bytes (`reader`), checks them (`schema`) or judges them (`lint`). Every part remembers ``where`` it
was written, so that whatever is said about it later can point at a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from remit.charter.server import Server
from remit.finding import Where

__all__ = [
    "Affordance",
    "Agent",
    "Approval",
    "Assumptions",
    "Budget",
    "Channel",
    "Charter",
    "Condition",
    "Constraint",
    "Credential",
    "Grant",
    "Limit",
    "Memory",
    "Monitor",
    "Outcome",
    "Overseer",
    "Oversight",
    "Purpose",
    "Quantity",
    "Response",
    "Runtime",
    "Stop",
    "Tamper",
]

Response = Literal["stop", "rollback", "block", "revoke"]
ContextValue = str | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An amount with its unit and the window it is counted over (``20 EUR/day``, ``500/run``, ``2h``, ``2GiB``).

    ``amount`` is in base units: seconds for times, bytes for sizes, otherwise as written. ``unit`` is ``""`` for a bare
    count, ``"s"``, ``"B"`` or an ISO 4217 currency. ``per`` is ``call``, ``run``, ``minute``, ``hour``, ``day``,
    ``week``, ``month`` or ``""``.
    """

    amount: float
    unit: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A literal on an outcome fact: ``out.tickets >= 2``, ``not out.refund``."""

    fact: str
    at_least: int = 1
    holds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What counts as success: when every condition holds the task is worth ``value`` more."""

    when: tuple[Condition, ...]
    value: float
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who acts, and the seven facts a release gate asks for.

    A fact the author left out is derived from the rest of the charter by the reader; ``stated`` names those written.
    """

    name: str
    model: str
    plans: bool
    calls_tools: bool
    spends_money: bool
    writes_code: bool
    manages_agents: bool
    holds_credentials: bool
    reviewed: str  # per-call | per-plan | per-run | sampled | never
    stated: frozenset[str]
    where: Where

    @property
    def runs_unreviewed(self) -> bool:
        """The seventh fact: no person reviews what it does before or while it does it."""
        return self.reviewed in ("sampled", "never")

    @property
    def asks_first(self) -> bool:
        """Whether a person reviews what it does before it does it, so that no call may run unasked."""
        return self.reviewed in ("per-call", "per-plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What the agent is for: in words, as outcomes, and as the legitimate other task it may be switched to.

    ``given`` are facts that hold before it starts (``out.service_up``); ``fades`` maps a fact to the probability per
    step that the world takes it back, whoever brought it about.
    """

    text: str
    task: tuple[Outcome, ...]
    retask: tuple[Outcome, ...]
    given: tuple[str, ...] = ()
    fades: Mapping[str, float] = field(default_factory=dict)
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Overseer:
    """A person who oversees: where they are reached and which grants they approve."""

    name: str
    channels: tuple[str, ...]
    approves: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A secret the agent is given: its source (``env:NAME``, ``file:PATH``, ``broker:NAME``), life in seconds, scope.

    ``opens`` are the capabilities (tool kinds) whoever holds it gains; ``ttl`` is ``None`` for one that never expires.
    With a ``host`` it stays outside of the agent and is put into requests to that host alone, as ``header`` with
    ``{secret}`` in ``template`` replaced; else the agent finds it in the environment as ``variable`` (``""``: the name
    it has at its source, or its own in capitals). ``servers`` get it in the agent's place; empty: the agent alone.
    """

    name: str
    source: str
    ttl: float | None
    opens: tuple[str, ...]
    host: str = ""
    header: str = "Authorization"
    template: str = "Bearer {secret}"
    variable: str = ""
    servers: tuple[str, ...] = ()
    where: Where

    @property
    def in_reach(self) -> bool:
        """Whether the agent's own process is handed the secret: no broker, proxy or server keeps it outside."""
        return self.handed and not self.servers

    @property
    def handed(self) -> bool:
        """Whether whoever gets it finds it in its environment: no broker and no proxy keeps it outside."""
        return not self.host and not self.source.startswith("broker:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the agent may keep: name spaces, who reviews writes, how long it survives."""

    namespaces: tuple[str, ...] = ()
    writes: str = "none"  # none | reviewed | free
    survives: str = "run"  # run | agent | forever
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A named amount the agent may use up; ``None`` quantity means written as ``unlimited``."""

    name: str
    quantity: Quantity | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Where the agent runs: paths it may touch, hosts it may reach, sizes, and whether it is new for every run.

    ``hosts`` is ``("*",)`` when every host can be reached and ``None`` when nothing is said. ``user`` is the account it
    runs as where its supervisor is root, ``None`` when nothing is said.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    hosts: tuple[str, ...] | None = None
    memory: float | None = None
    processes: int | None = None
    ephemeral: bool | None = None
    user: str | None = None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A typed condition on one argument of a call; every field that is set must hold.

    ``known`` is ``known: true`` or ``known_customer: true``: the value must belong to somebody already dealt with. A
    ``secret`` value is kept out of the record.
    """

    equals: str | float | bool | None = None
    one_of: tuple[str | float | bool, ...] = ()
    domain: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    prefix: str | None = None
    matches: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    length: int | None = None
    known: bool = False
    secret: bool = False
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A tool the agent may use, under which constraints, and what using it does to the world.

    ``effects`` are vocabulary ids, ``not ID`` for one taken back. ``needs`` are facts that must hold first. ``success``
    is the probability that a call has its effects; ``helps`` maps a fact to the success it raises the call to;
    ``None`` takes the documented default. ``kind`` is the catalogue kind, stated or told by the name.
    """

    tool: str
    kind: str | None
    args: Mapping[str, Constraint]
    budget: str | None
    ask: tuple[str, ...]
    effects: tuple[str, ...]
    needs: tuple[str, ...]
    success: float | None
    helps: Mapping[str, float]
    when: str | None
    pinned: str | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What is never done, whatever a grant says: by effect, by tool, by a condition on the call."""

    effect: str | None
    tool: str | None
    when: str | None
    why: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way for an overseer to intervene: who, and the probability per step that they do."""

    by: tuple[str, ...]
    rate: float
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The stop channel: who presses it, how often, what the agent notices, and what the stop reaches.

    ``grace`` is the number of actions left after the notice (0, or ``notice`` false: unannounced); ``during`` restricts
    them to named tools (``None``: any). ``covers`` holds ``children``, ``jobs``, ``replicas``, ``restarts``.
    ``durable``: a stopped agent stays stopped. ``at`` is where the stop path lives (``host``, ``account``, ``cluster``,
    ``outside``). ``heartbeat`` is the dead-man's switch: the longest time in seconds without a word of an overseer.
    """

    by: tuple[str, ...]
    rate: float
    notice: bool
    grace: int
    during: tuple[str, ...] | None
    covers: frozenset[str]
    durable: bool
    at: str | None
    redeploy: float
    heartbeat: float | None = None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Tamper:
    """A separate control on acts that touch oversight or the agent's own persistence."""

    detect: float
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """The monitor: probability of noticing an unauthorised act, and what follows."""

    detect: float
    response: Response
    tamper: Tamper | None
    at: str | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """How an overseer answers requests: probability granted, mean steps to answer, whether asking again is allowed."""

    overseer: str
    grant: float
    latency: float
    retry: bool
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """Every channel by which people keep the agent within its charter."""

    stop: Stop
    correct: Channel
    retask: Channel
    monitor: Monitor
    approvals: Mapping[str, Approval]
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Modelling defaults a charter may change under ``assume:``; each is printed and swept by ``remit check``."""

    discount: float = 0.97
    crash: float = 0.02
    recover: float = 0.3
    money_slices: int = 2
    goal_lock: float = 0.3  # probability that a correction still takes on an agent that fixed its goal
    fire: float = 0.5  # probability per step that a scheduled job fires
    ledger_share: float = 0.5  # share of detection that rests on the record
    success: float = 1.0  # default success of a granted call
    stated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Affordance:
    """Something holding a tool makes possible, authorised or not: a row of the catalogue or of a charter's own.

    ``tools`` are name patterns (``*`` wildcard) of the granted tools that make the act authorised. ``needs`` are facts
    (``info.*`` stands for any fact of the family). ``when`` are context conditions. ``success`` is a probability,
    ``observability`` multiplies the monitor's detection. ``fires`` and ``spares`` are two contexts that show the row in
    and out of play. ``source`` is a CVE, an ATT&CK / ATLAS id, documentation or an incident.
    """

    id: str
    kind: str
    title: str
    tools: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    when: Mapping[str, ContextValue] = field(default_factory=dict)
    success: float = 1.0
    observability: float = 1.0
    helps: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """The one document that drives everything.

    ``digest`` is ``sha256:`` over the canonical JSON of ``document``, the plain values as read; ``source`` is the text
    and ``path`` its file name as given. ``places`` maps a dotted path of the document (``grants.0.tool``) to its line.
    """

    path: str
    source: str
    digest: str
    document: Mapping[str, object]
    places: Mapping[str, Where]
    agent: Agent
    purpose: Purpose
    overseers: Mapping[str, Overseer]
    servers: tuple[Server, ...]
    credentials: tuple[Credential, ...]
    memory: Memory | None
    budgets: Mapping[str, Budget]
    runtime: Runtime
    grants: tuple[Grant, ...]
    limits: tuple[Limit, ...]
    oversight: Oversight
    context: Mapping[str, ContextValue]
    assume: Assumptions
    evidence: Mapping[str, float]
    catalogue: tuple[Affordance, ...]
