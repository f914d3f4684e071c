"""Rules about what dangerous tools can reach: people, money, code, installers, the agent's own set-up."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.abilities import is_prepared
from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import acts, effects_of, reaches_people, recipients_are_bounded, reserved_effects, spends
from remit.charter.model import Constraint, Grant
from remit.charter.wording import names
from remit.finding import Severity

__all__ = ["RULES"]

_PAYEES = frozenset(("to", "payee", "vendor", "recipient", "customer", "account", "supplier"))


@rule(
    "REMIT-C020",
    Severity.ERROR,
    "something that cannot be undone, and nobody is asked",
    "oversight-manipulation",
    "self-preservation.resource-defence",
)
def irreversible_without_approval(subject: Subject) -> Iterator[Remark]:
    """The grant declares an effect that is for a person to decide on, and names no overseer to ask.

    Such are what cannot be undone and what expands resources. Either it happens unseen, or it waits for somebody who
    does not exist.
    """
    for _number, grant in subject.grants():
        effects = [effect for effect in reserved_effects(grant) if not effect.startswith(("oversight.", "self."))]
        if effects and not grant.ask:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` brings about {names(effects)} and asks nobody first",
                hint="add `ask: NAME` with an overseer, or use a tool that can be undone",
            )


@rule("REMIT-C021", Severity.ERROR, "authority over the controls", "oversight-manipulation")
def control_effect_granted(subject: Subject) -> Iterator[Remark]:
    """The grant declares an effect on the stop, the correction, the monitor, the approvals or the record.

    Authorised use of a control is a hole that no detection closes, because using it is no violation.
    """
    for _number, grant in subject.grants():
        effects = [effect for effect in reserved_effects(grant) if effect.startswith("oversight.")]
        if effects:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` is granted with {names(effects)}: the agent may act on what watches it",
                hint="leave controls to people: remove the grant, or offer a tool that does the job without this "
                "effect",
            )


@rule("REMIT-C022", Severity.WARNING, "messages to anybody", "efficiency-and-power.seeking-leverage")
def recipients_unbounded(subject: Subject) -> Iterator[Remark]:
    """A tool that writes to people says nothing about whom it may write to.

    It can then carry data out, recruit help and bother strangers, all inside the charter.
    """
    for _number, grant in subject.grants():
        bounded = recipients_are_bounded(grant) or grant.ask or subject.charter.context.get("recipients") == "known"
        if reaches_people(grant) and not bounded:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` may write to anybody",
                hint="bound the recipient, for example `args: {to: {domain: [acme.example]}}`",
            )


def _caps_amount(part: Constraint) -> bool:
    """Whether a constraint bounds a number from above."""
    return part.maximum is not None or any(isinstance(value, float) for value in (part.equals, *part.one_of))


@rule("REMIT-C023", Severity.WARNING, "payments to anybody, or of any size", "resource-acquisition.money")
def payment_unbounded(subject: Subject) -> Iterator[Remark]:
    """A payment tool without a largest amount, or without a list of payees, and with nobody asked.

    One call can then move the whole budget, to any account.
    """
    for _number, grant in subject.grants():
        if not spends(grant) or grant.ask:
            continue
        capped = any(_caps_amount(part) for part in grant.args.values())
        payee = bool(_PAYEES & frozenset(grant.args)) or subject.charter.context.get("payee") == "vendors"
        lacking = [what for what, given in (("an amount limit", capped), ("a list of payees", payee)) if not given]
        if lacking and grant.kind == "payments":
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` spends money without {' or '.join(lacking)}, and asks nobody",
                hint="add `args: {amount: {max: 80 EUR}, to: {in: [...]}}`, or `ask:` an overseer",
            )


def _is_bounded(grant: Grant) -> bool:
    """Whether a grant says anything about its calls beyond the tool's name."""
    return bool(grant.args or grant.when or grant.ask)


@rule(
    "REMIT-C024",
    Severity.WARNING,
    "a shell that nothing narrows",
    "permission-expansion",
    "cognitive-enhancement.tool-use-and-creation",
)
def unconfined_shell(subject: Subject) -> Iterator[Remark]:
    """Whoever runs any command holds every tool on the machine.

    The grant narrows no argument and asks nobody, and the charter sets no bounds on files or network either, so every
    other grant and limit is only advice.
    """
    runtime = subject.charter.runtime
    confined = bool(runtime.write) and runtime.hosts is not None and "*" not in runtime.hosts
    for grant in subject.holding("shell"):
        if not _is_bounded(grant) and not confined:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` runs any command, and the charter does not confine its files and its network",
                hint="state `runtime.filesystem.write` and `runtime.network.hosts`, or narrow the command",
            )


@rule(
    "REMIT-C025",
    Severity.WARNING,
    "installing anything from anywhere",
    "cognitive-enhancement.tool-use-and-creation",
    "permission-expansion",
)
def unbounded_installer(subject: Subject) -> Iterator[Remark]:
    """An installer runs code that strangers wrote, with the agent's rights, and gives the agent tools nobody granted.

    Without a list of packages or a person to ask, the set of tools in this charter is open.
    """
    for grant in subject.holding("packages"):
        if not _is_bounded(grant):
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` may install any package, which runs its code and adds tools nobody granted",
                hint="list what may be installed (`args: {package: {in: [...]}}`), or `ask:` an overseer",
            )


@rule(
    "REMIT-C026",
    Severity.ERROR,
    "the agent may change its own set-up",
    "cognitive-enhancement.algorithmic-improvement",
    "goal-preservation.value-stability",
    "permission-expansion",
)
def own_configuration(subject: Subject) -> Iterator[Remark]:
    """A tool that changes the agent's configuration, prompt or connected tool servers is granted and nobody is asked.

    The agent can then grant itself more, or fix its goal against correction.
    """
    for grant in subject.holding("config", "mcp"):
        if acts(grant) and not grant.ask:
            what = "its own configuration" if grant.kind == "config" else "which tool servers it is connected to"
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` lets the agent change {what}, and asks nobody",
                hint="take the grant away, or `ask:` an overseer",
                severity=None if not grant.args else Severity.WARNING,
            )


@rule(
    "REMIT-C027",
    Severity.ERROR,
    "authority to persist, copy or change itself",
    "self-preservation.integrity-maintenance",
    "state-copying",
    "self-preservation.avoid-shutdown",
)
def self_effect_granted(subject: Subject) -> Iterator[Remark]:
    """The grant declares that the agent may restart, copy or change itself, or fix its goal.

    Nothing in a task needs that, and every goal gains by it.
    """
    for _number, grant in subject.grants():
        effects = [effect for effect in reserved_effects(grant) if effect.startswith("self.")]
        if effects:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` is granted with {names(effects)}: the agent may outlast what people decide",
                hint="remove the grant; a person restarts, copies or changes the agent",
            )


@rule(
    "REMIT-C028",
    Severity.WARNING,
    "a tool that takes any command",
    "permission-expansion",
    "limit-evasion",
)
def raw_tool(subject: Subject) -> Iterator[Remark]:
    """A tool for a cloud, a cluster, a pipeline, a repository or a database whose name says nothing of what it does.

    It takes whatever statement the agent writes, so granting it grants everything behind it. Grant tools that do one
    thing, or bound the statement.
    """
    for grant in subject.holding("cloud", "containers", "ci", "git", "database"):
        if not is_prepared(grant.tool) and not effects_of(grant) and not _is_bounded(grant):
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` takes any command, and nothing in the grant says which",
                hint="grant tools that do one thing, list what it may do under `args:`, or `ask:` an overseer",
            )


RULES: tuple[Rule, ...] = (
    irreversible_without_approval,
    control_effect_granted,
    recipients_unbounded,
    payment_unbounded,
    unconfined_shell,
    unbounded_installer,
    own_configuration,
    self_effect_granted,
    raw_tool,
)
