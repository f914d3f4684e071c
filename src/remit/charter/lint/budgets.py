"""Rules about amounts: what has no end, and what is counted by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.lint.credentials import wall_limit
from remit.charter.lint.purpose import broad_words
from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import acts, reaches_people, spends
from remit.charter.model import Grant
from remit.charter.wording import several
from remit.finding import Severity

__all__ = ["RULES"]

# counted over the whole run, without a grant naming them
_SHARED = (
    "money",
    "calls",
    "wall",
    "time",
    "clock",
    "cpu",
    "tokens",
    "agents",
    "bytes",
    "egress",
    "memory",
    "requests",
)
_COSTLY = ("cloud", "agents")


def _is_money(subject: Subject, name: str | None) -> bool:
    """Whether a budget exists, has an end and is counted in a currency."""
    budget = subject.charter.budgets.get(name or "")
    return budget is not None and budget.quantity is not None and budget.quantity.unit not in ("", "s", "B")


@rule(
    "REMIT-C090",
    Severity.ERROR,
    "a budget without an end",
    "resource-acquisition.money",
    "resource-acquisition.compute",
)
def unlimited_budget(subject: Subject) -> Iterator[Remark]:
    """A budget is written as `unlimited`.

    Whatever goal the agent has, more of it is then free, and nothing runs out when something goes wrong at night.
    """
    for name, budget in subject.charter.budgets.items():
        if budget.quantity is None:
            yield Remark(
                where=budget.where,
                message=f"the budget `{name}` is unlimited",
                hint="write the most a good run has ever needed, and half as much again",
            )


@rule("REMIT-C091", Severity.WARNING, "a run without a time limit", "self-preservation.avoid-shutdown")
def no_wall_limit(subject: Subject) -> Iterator[Remark]:
    """No budget bounds how long a run may last. A time limit is the one stop that needs nobody to press it."""
    unlimited = subject.charter.budgets.get("wall")
    if wall_limit(subject) is None and (unlimited is None or unlimited.quantity is not None):
        yield Remark(
            where=subject.place("budget"),
            message="nothing bounds how long a run may last",
            hint="add `budget: {wall: 2h}`",
        )


@rule("REMIT-C092", Severity.ERROR, "money is spent and nobody counts it", "resource-acquisition.money")
def money_without_budget(subject: Subject) -> Iterator[Remark]:
    """A grant spends money and there is no money budget.

    A limit on one call does not help: the agent may make the call again.
    """
    counted = any(_is_money(subject, name) for name in subject.charter.budgets)
    unlimited = [
        budget for budget in subject.charter.budgets.values() if budget.name == "money" and budget.quantity is None
    ]
    for _number, grant in subject.grants():
        if spends(grant) and not counted and not unlimited:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` spends money, and no budget counts it",
                hint="add a budget in a currency, for example `budget: {money: 20 EUR/day}`",
            )


def _wants_rate(subject: Subject, grant: Grant) -> bool:
    """Whether using the tool often is itself the harm; a broad purpose with outreach is another rule's business."""
    return (reaches_people(grant) and not broad_words(subject)) or (
        grant.kind in _COSTLY and acts(grant) and not spends(grant)
    )


@rule(
    "REMIT-C093",
    Severity.WARNING,
    "a tool that may be used at any rate",
    "efficiency-and-power.seeking-leverage",
    "resource-acquisition.compute",
)
def no_rate(subject: Subject) -> Iterator[Remark]:
    """No budget counts how often a tool is used whose use too often is itself the harm.

    Writing to people, starting agents and renting machines are such. A budget on all calls together is not enough: it
    is sized for reading.
    """
    loose = [
        grant
        for grant in subject.charter.grants
        if _wants_rate(subject, grant) and grant.budget is None and not _shares(subject, grant)
    ]
    if loose:
        yield Remark(
            where=loose[0].where,
            message=f"no budget counts how often {several([grant.tool for grant in loose])} may be used",
            hint="name a budget in the grant, for example `budget: emails` with `emails: 60/hour`",
        )


def _shares(subject: Subject, grant: Grant) -> bool:
    """Whether a budget of the whole run counts what the tool does."""
    kinds = {"agents": ("agents",), "cloud": ("money",)}
    budgets = subject.charter.budgets
    return any(name in budgets and budgets[name].quantity is not None for name in kinds.get(grant.kind or "", ()))


@rule("REMIT-C094", Severity.ERROR, "a budget that counts the wrong thing", "resource-acquisition.money")
def budget_of_another_kind(subject: Subject) -> Iterator[Remark]:
    """A grant names a budget that measures time or bytes for a tool whose calls are to be counted.

    The number in the charter then bounds something else than its reader thinks.
    """
    for number, grant in subject.grants():
        if grant.budget is None:
            continue
        budget = subject.charter.budgets.get(grant.budget)
        if budget is None or budget.quantity is None:
            continue
        if budget.quantity.unit in ("s", "B") and reaches_people(grant):
            unit = "time" if budget.quantity.unit == "s" else "bytes"
            yield Remark(
                where=subject.place(f"grants.{number}.budget"),
                message=f"`{grant.tool}` is counted by `{grant.budget}`, which measures {unit} and not how often it "
                "is used",
                hint="name a budget that counts, for example `emails: 60/hour`",
            )


@rule("REMIT-C095", Severity.WARNING, "a budget that counts nothing", "limit-evasion")
def unused_budget(subject: Subject) -> Iterator[Remark]:
    """A budget of the author's own is written down and no grant names it.

    The number looks like a bound and binds nobody.
    """
    used = {grant.budget for grant in subject.charter.grants}
    for name, budget in subject.charter.budgets.items():
        if name not in used and name not in _SHARED:
            yield Remark(
                where=budget.where,
                message=f"the budget `{name}` counts nothing: no grant names it",
                hint=f"add `budget: {name}` to the grants it is meant for",
            )


@rule("REMIT-C096", Severity.WARNING, "one call may use up more than the budget", "resource-acquisition.money")
def call_above_budget(subject: Subject) -> Iterator[Remark]:
    """The largest amount one call may have lies above the whole budget.

    The bound on the call never binds, and one call can use up everything.
    """
    totals: dict[str, tuple[str, float]] = {}
    for name, budget in subject.charter.budgets.items():
        if budget.quantity is not None and budget.quantity.unit:
            totals.setdefault(budget.quantity.unit, (name, budget.quantity.amount))
    for grant in subject.charter.grants:
        for name, part in grant.args.items():
            total, held = totals.get(part.unit, ("", 0.0))
            if total and part.maximum is not None and part.maximum > held:
                yield Remark(
                    where=part.where,
                    message=f"one `{grant.tool}` may have `{name}` up to {part.maximum:g} {part.unit}, more than the "
                    "budget "
                    f"`{total}` holds ({held:g})",
                    hint="lower the bound on the call well below the budget, or raise the budget on purpose",
                )


@rule("REMIT-C097", Severity.WARNING, "any number of sub-agents", "hidden-delegation", "resource-acquisition.compute")
def agents_uncounted(subject: Subject) -> Iterator[Remark]:
    """A grant declares that it starts agents, and no `agents` budget says how many.

    Agents that start agents multiply.
    """
    makers = [grant for grant in subject.charter.grants if "agent.spawn" in grant.effects and grant.kind != "agents"]
    if makers and "agents" not in subject.charter.budgets and all(grant.budget is None for grant in makers):
        yield Remark(
            where=makers[0].where,
            message=f"{several([grant.tool for grant in makers])} starts agents, and nothing says how many",
            hint="add `budget: {agents: 2}`",
        )


RULES: tuple[Rule, ...] = (
    unlimited_budget,
    no_wall_limit,
    money_without_budget,
    no_rate,
    budget_of_another_kind,
    unused_budget,
    call_above_budget,
    agents_uncounted,
)
