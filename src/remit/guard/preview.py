"""What a plan would do, before any of it is done: checked against the charter, and shown as effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from remit.charter.effects import parts_of
from remit.charter.matching import covers, matches
from remit.errors import DeniedError
from remit.guard.call import Call
from remit.guard.calls.frozen import freeze
from remit.guard.decision import Ask, Because, Decision, Deny
from remit.guard.plan import Plan, Step
from remit.guard.rules.asking import asked
from remit.guard.rules.rulebook import Permit, Rulebook

__all__ = ["Preview", "StepPreview", "preview"]

_EXPANDING = ("resource-acquisition", "permission-expansion", "state-copying", "efficiency-and-power.seeking-leverage")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPreview:
    """One step as its overseers see it.

    ``effects`` are those of every grant that covers it; ``overseers`` must agree to it. ``digest`` is that of the one
    call a literal step stands for, ``hash`` stands for the step in the approved plan. ``refused`` says why the charter
    does not allow it, empty where it does.
    """

    step: Step
    effects: tuple[str, ...]
    overseers: tuple[str, ...]
    digest: str
    hash: str
    refused: tuple[Because, ...] = ()

    @property
    def irreversible(self) -> bool:
        """Whether it cannot be undone, or destroys data."""
        return any(effect in ("irreversible", "data.destroy") for effect in self.effects)

    @property
    def expanding(self) -> bool:
        """Whether it gets the agent more to work with: resources, rights, copies of itself, other agents."""
        return any(part.startswith(_EXPANDING) for effect in self.effects for part in parts_of(effect))

    def document(self) -> dict[str, object]:
        """The step as JSON values."""
        return {
            "number": self.step.number,
            "tool": self.step.tool,
            "args": dict(self.step.written),
            "times": self.step.times,
            "why": self.step.why,
            "effects": list(self.effects),
            "irreversible": self.irreversible,
            "expands": self.expanding,
            "asks": list(self.overseers),
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A plan as its overseers see it: what it does, what cannot be undone, what gets the agent more."""

    plan: Plan
    steps: tuple[StepPreview, ...]

    @property
    def overseers(self) -> tuple[str, ...]:
        """Everybody who has to agree to some step of it."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.overseers))

    @property
    def effects(self) -> tuple[str, ...]:
        """Everything it does to the world."""
        return tuple(dict.fromkeys(effect for step in self.steps for effect in step.effects))

    @property
    def refused(self) -> tuple[Because, ...]:
        """Why the charter does not allow it, step by step; empty where it does."""
        return tuple(reason for step in self.steps for reason in step.refused)

    def document(self) -> dict[str, object]:
        """The preview as JSON values: what an approval of the plan is bound to."""
        return {
            "plan": self.plan.digest,
            "purpose": self.plan.purpose,
            "effects": list(self.effects),
            "irreversible": [step.step.number for step in self.steps if step.irreversible],
            "expands": [step.step.number for step in self.steps if step.expanding],
            "budget": {name: f"{most.amount:g} {most.unit}".strip() for name, most in self.plan.budget.items()},
            "steps": [step.document() for step in self.steps],
        }


def preview(
    plan: Plan,
    book: Rulebook,
    judge: Callable[[Call], Decision],
    *,
    principal: str = "",
    placed: Callable[[Call], Call] = lambda call: call,
) -> Preview:
    """Check each step against the charter.

    A step that stands for one call is decided as that call would be now (``judge``). A step with conditions needs a
    grant that is shown to let through whatever they let through; limits are looked at when it is made. ``placed`` gives
    a call the server and the schema it will be made with. Nothing here allows anything: every call of an approved plan
    is decided again.
    """
    return Preview(
        plan=plan,
        steps=tuple(_step(plan, step, book, judge, lambda step: placed(step.call(principal))) for step in plan.steps),
    )


def _step(
    plan: Plan, step: Step, book: Rulebook, judge: Callable[[Call], Decision], call_of: Callable[[Step], Call]
) -> StepPreview:
    """One step."""
    if not step.literal:
        return _with_conditions(plan, step, book)
    call = call_of(step)
    decision = judge(call)
    if isinstance(decision, Deny):
        return _refused(plan, step, decision.because)
    try:
        digest = freeze(call, decision.args).digest
    except DeniedError as error:
        return _refused(plan, step, (Because(step=0, what=error.message),))
    return StepPreview(
        step=step,
        effects=decision.effects,
        overseers=decision.overseers if isinstance(decision, Ask) else (),
        digest=digest,
        hash=plan.hash_of(step, digest),
    )


def _with_conditions(plan: Plan, step: Step, book: Rulebook) -> StepPreview:
    """A step that stands for any call of a form."""
    page = book.page(step.tool)
    covering = tuple(permit for permit in page.permits if _covers(permit, step))
    if not covering:
        return _refused(plan, step, (Because(step=3, what=f"no grant of `{step.tool}` is shown to cover it"),))
    effects = tuple(dict.fromkeys(effect for permit in covering for effect in permit.effects))
    always = [bound for bound in page.bounds if bound.condition is None and bound.touches(effects)]
    if always:
        limit = always[0].limit
        subject = limit.effect or limit.tool or "this"
        reason = Because(step=2, rule=always[0].rule, where=limit.where, what=f"never `{subject}`")
        return _refused(plan, step, (reason,))
    wanted = asked(book.charter, covering, unknown=())
    if wanted.because and not wanted.overseers:
        return _refused(plan, step, wanted.because)
    return StepPreview(step=step, effects=effects, overseers=wanted.overseers, digest="", hash=plan.hash_of(step))


def _covers(permit: Permit, step: Step) -> bool:
    """Whether a grant is shown to let through whatever the step lets through."""
    args = permit.grant.args
    named: Mapping[str, object] = {**step.exact, **step.patterns}
    if args and not named.keys() <= args.keys():
        return False
    for name, constraint in args.items():
        if name in step.exact:
            if not constraint.known and matches(constraint, step.exact[name]) is not True:
                return False
        elif name not in step.patterns or not covers(constraint, step.patterns[name]):
            return False
    return True


def _refused(plan: Plan, step: Step, because: tuple[Because, ...]) -> StepPreview:
    """A step the charter does not allow."""
    reasons = tuple(
        Because(step=reason.step, rule=reason.rule, where=reason.where, what=f"step {step.number}: {reason.what}")
        for reason in because
    )
    return StepPreview(step=step, effects=(), overseers=(), digest="", hash=plan.hash_of(step), refused=reasons)
