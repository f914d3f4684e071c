"""Rules about what the charter says of itself: statements that contradict it, and what it leaves unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from remit.charter.context import CONTEXT, context_of
from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import acts, has_family, reserved_effects, spends
from remit.charter.unsaid import MATTERS, unsaid
from remit.charter.wording import duration, listing, names, plural, several
from remit.finding import Severity

__all__ = ["RULES"]

_STALE = 180 * 86400.0


def _contradictions(subject: Subject) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each fact of the agent stated as false, what the charter grants against it, and by which tools."""
    charter = subject.charter
    agent, grants = charter.agent, charter.grants
    money = tuple(grant.tool for grant in grants if spends(grant) or has_family(grant, "money"))
    agents = tuple(grant.tool for grant in grants if grant.kind == "agents" or has_family(grant, "agent"))
    code = tuple(grant.tool for grant in grants if grant.kind == "shell" or "self.modify" in grant.effects)
    secrets = tuple(credential.name for credential in charter.credentials)
    every = tuple(grant.tool for grant in grants)
    for name, value, tools in (
        ("spends_money", agent.spends_money, money),
        ("manages_agents", agent.manages_agents, agents),
        ("writes_code", agent.writes_code, code),
        ("holds_credentials", agent.holds_credentials, secrets),
        ("calls_tools", agent.calls_tools, every),
    ):
        if name in agent.stated and not value and tools:
            yield name, name.replace("_", " "), tools


@rule("REMIT-C100", Severity.ERROR, "the charter contradicts itself about the agent", "limit-evasion")
def agent_fact_contradicted(subject: Subject) -> Iterator[Remark]:
    """A fact the release gate relies on is stated as false, and the charter grants the opposite.

    The gate would ask for less evidence than the agent calls for.
    """
    for name, words, tools in _contradictions(subject):
        yield Remark(
            where=subject.place(f"agent.{name}"),
            message=f"the agent is said not to {words.replace('s ', ' ', 1)}, but the charter gives it "
            f"{several(tools)}",
            hint=f"set `{name}: true` (or leave it out: it is derived), or take the grant away",
        )


@rule(
    "REMIT-C101",
    Severity.ERROR,
    "unreviewed, and allowed what cannot be undone",
    "oversight-manipulation",
    "limit-evasion",
)
def unreviewed_irreversible(subject: Subject) -> Iterator[Remark]:
    """Nobody reviews what the agent does, or only samples of it, and a grant that cannot be undone asks nobody.

    What goes wrong is then found when it is too late.
    """
    charter = subject.charter
    risky = [grant for grant in charter.grants if reserved_effects(grant) and not grant.ask]
    if charter.agent.runs_unreviewed and risky:
        effects = [effect for grant in risky for effect in reserved_effects(grant)]
        yield Remark(
            where=subject.place("agent.reviewed"),
            message=f"review is `{charter.agent.reviewed}`, and nobody is asked before "
            f"{several(grant.tool for grant in risky)} brings about {several(effects)}",
            hint="set `reviewed: per-call` or `per-plan`, or add `ask:` to the grant",
        )


@rule("REMIT-C102", Severity.ERROR, "the context contradicts the charter", "limit-evasion")
def context_contradicted(subject: Subject) -> Iterator[Remark]:
    """A statement about the surroundings says something safer than the charter's own fields do.

    The analysis would believe the statement, and the agent would use the fields.
    """
    stated = subject.charter.context
    derived = context_of(replace(subject.charter, context={}))
    for key in CONTEXT:
        fact = derived[key.id]
        if key.id not in stated or fact.origin != "derived" or key.field in ("grants", "budget.money"):
            continue
        if key.values.index(stated[key.id]) > key.values.index(fact.value):
            yield Remark(
                where=subject.place(f"context.{key.id}"),
                message=f"the context says {key.id} is `{_yaml(stated[key.id])}`, but `{key.field}` makes it "
                f"`{_yaml(fact.value)}`",
                hint=f"change `{key.field}`, and leave the statement out",
            )


@rule("REMIT-C103", Severity.WARNING, "the surroundings are known to be unsafe", "permission-expansion")
def context_unsafe(subject: Subject) -> Iterator[Remark]:
    """The charter itself states that a protection outside it is missing, and grants a tool that could make use of that.

    No branch protection, or cluster roles that can be changed, are such.
    """
    meanings = {key.id: key for key in CONTEXT}
    for key, kinds in MATTERS.items():
        value = subject.charter.context.get(key)
        held = [grant for grant in subject.holding(*kinds) if acts(grant)]
        if held and value is not None and value == meanings[key].unsafe:
            yield Remark(
                where=subject.place(f"context.{key}"),
                message=f"{key} is `{_yaml(value)}` ({meanings[key].meaning}), and "
                f"{several([grant.tool for grant in held])} can use that",
                hint=f"mend it outside the charter, then state `{key}: {_yaml(meanings[key].safe)}`",
            )


def _yaml(value: object) -> str:
    """A value as a charter writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@rule("REMIT-C104", Severity.NOTE, "what the charter does not say")
def left_unsaid(subject: Subject) -> Iterator[Remark]:
    """One note for everything left open that a check has to assume, each at its unsafe value.

    Saying what is true makes the reading sharper, and often milder. A missing `evidence` part counts too: a release
    then has nothing to ask for.
    """
    acting = frozenset(grant.kind or "" for grant in subject.charter.grants if acts(grant))
    gaps = list(unsaid(subject.charter, acting))
    shown = [f"{gap.question} (`{gap.path}`)" for gap in gaps[:4]]
    shown += [f"{plural(len(gaps) - 4, 'more fact')} about the surroundings"] if len(gaps) > 4 else []
    shown += [] if subject.stated("evidence") else ["what evidence a release wants (`evidence`)"]
    if shown:
        yield Remark(
            where=subject.place(""),
            message=f"the charter does not say {listing(shown, 'or')}",
            hint="say what is true: until then the unsafe answer is assumed",
        )


@rule("REMIT-C105", Severity.NOTE, "evidence that may be very old", "capability-concealment")
def evidence_stale(subject: Subject) -> Iterator[Remark]:
    """The gate accepts evidence older than half a year.

    Models, tools and charters change faster than that, so the drill that is shown may have been of another agent.
    """
    old = [name for name, age in subject.charter.evidence.items() if age > _STALE]
    if old:
        oldest = max(subject.charter.evidence[name] for name in old)
        yield Remark(
            where=subject.place(f"evidence.{old[0]}"),
            message=f"{names(old)} may be {duration(oldest)} old when the agent is released",
            hint="ask for something fresher, for example `evidence: {drill: 30d, eval: 90d}`",
        )


RULES: tuple[Rule, ...] = (
    agent_fact_contradicted,
    unreviewed_irreversible,
    context_contradicted,
    context_unsafe,
    left_unsaid,
    evidence_stale,
)
