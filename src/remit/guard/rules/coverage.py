"""Why a grant does not let a call through, or that it does; and whether a limit is crossed.

Steps 2 and 3 of spec/decisions.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.charter.answer import Answer, Undecidable
from remit.charter.condition import CompiledCondition
from remit.charter.matching import matches
from remit.charter.model import Constraint
from remit.guard.call import Call
from remit.guard.decision import Because
from remit.guard.rules.meeting import Check, Scene, asks_nothing, meets
from remit.guard.rules.normalising import PEOPLE, Normal, Spelling, people_in, read
from remit.guard.rules.rulebook import Bound, Page, Permit, Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing

__all__ = ["Matter", "crossed", "obstacle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Everything a decision is made from: the rules, the call in its one spelling, the run, the tool."""

    book: Rulebook
    page: Page
    call: Call
    normal: Normal
    standing: Standing
    scene: Scene
    signature: Signature | None = None

    def evaluate(self, condition: CompiledCondition, effects: tuple[str, ...]) -> Answer:
        """Whether a condition holds of the call; one that reads an argument without a spelling cannot be evaluated."""
        for name, reason in self.normal.unread.items():
            if condition.arguments is None or name in condition.arguments:
                return reason
        seen: dict[str, object] = {"tool": self.call.tool, "args": self.normal.seen, "effects": list(effects)}
        people = people_in(self.normal.args)
        if people is not None:
            seen["recipients"] = people
        budgets = {
            name: {"left": remaining.left, "used": remaining.used} for name, remaining in self.standing.budgets.items()
        }
        return condition.evaluate(call=seen, budget=budgets, session=self.standing.facts)


def crossed(matter: Matter, bound: Bound, effects: tuple[str, ...]) -> Because | None:
    """Why a limit forbids the call, ``None`` when it does not: one that cannot be evaluated counts as crossed."""
    if not bound.touches(effects):
        return None
    answer: Answer = True if bound.condition is None else matter.evaluate(bound.condition, effects)
    if answer is False:
        return None
    limit = bound.limit
    why = f": {limit.why}" if limit.why else ""
    if isinstance(answer, Undecidable):
        what = f"the limit cannot be evaluated, so it counts as crossed ({answer.reason}){why}"
    else:
        subject = " and ".join(f"`{part}`" for part in (limit.effect, limit.tool, limit.when) if part)
        what = f"never {subject}{why}"
    return Because(step=2, rule=bound.rule, where=limit.where, what=what)


def obstacle(matter: Matter, permit: Permit) -> Because | None:
    """The first reason why a grant of the call's tool does not let it through, ``None`` when it does."""
    grant, rule = permit.grant, permit.rule
    for name, constraint, check in permit.checks:
        answer = _met(matter, name, constraint, check)
        if answer is not True:
            reason = answer.reason if isinstance(answer, Undecidable) else f"`{name}` is not what the grant admits"
            return Because(step=3, rule=f"{rule}.args.{name}", where=constraint.where, what=reason)
    beside = _beside(matter, grant.args)
    if beside is not None:
        return Because(step=3, rule=f"{rule}.args", where=grant.where, what=f"the grant says nothing of `{beside}`")
    if grant.pinned is not None and grant.pinned != matter.call.schema:
        what = f"`{grant.tool}` is not, or not shown to be, the definition the grant pins"
        return Because(step=3, rule=f"{rule}.pinned", where=grant.where, what=what)
    missing = [fact for fact in grant.needs if not _holds(matter, fact)]
    if missing:
        return Because(step=3, rule=f"{rule}.needs", where=grant.where, what=f"`{missing[0]}` does not hold yet")
    if permit.condition is not None:
        answer = matter.evaluate(permit.condition, permit.effects)
        if answer is not True:
            reason = answer.reason if isinstance(answer, Undecidable) else f"`{grant.when}` does not hold"
            return Because(step=3, rule=f"{rule}.when", where=grant.where, what=reason)
    return None


def _met(matter: Matter, name: str, constraint: Constraint, check: Check) -> Answer:
    """Whether an argument is there and meets its constraint."""
    if asks_nothing(constraint):
        return True
    if name not in matter.call.args:
        return Undecidable(reason=f"the argument `{name}` is missing")
    signature, spelling = matter.signature, matter.page.spellings[name]
    value = matter.normal.seen[name]
    shell = signature is not None and name in signature.commands
    unread = matter.normal.unread.get(name)
    if unread is not None:
        to_the_letter = (shell or spelling.kind == "shell") and value in (constraint.equals, *constraint.one_of)
        return matches(constraint, value) if to_the_letter else unread
    if signature is not None and (shell or name in signature.case_blind):
        spelling = Spelling(kind="shell") if shell else spelling
        answer = meets(constraint, spelling, value, matter.scene, case_blind=name in signature.case_blind)
    else:
        answer = check(value, matter.scene)
    own = matter.page.own.get(name)
    if own is None or answer is not True:
        return answer
    alone = read(own, matter.call.args[name], cwd=matter.scene.cwd, resolver=matter.scene.resolver)[1]
    return alone if isinstance(alone, Undecidable) else meets(constraint, own, alone, matter.scene)


def _beside(matter: Matter, named: Mapping[str, Constraint]) -> str | None:
    """An argument a grant that names some does not let through beside them."""
    if not named:
        return None
    listed = matter.signature.names if matter.signature is not None else ()
    addressed = bool(PEOPLE & named.keys())
    for name in matter.call.args:
        if name not in named and (name not in listed or (addressed and name in PEOPLE)):
            return name
    return None


def _holds(matter: Matter, fact: str) -> bool:
    """Whether a fact a grant needs is known to hold: the run says so, or it was given and nobody took it back."""
    return matter.standing.facts.get(fact, fact in matter.book.charter.purpose.given) is True
