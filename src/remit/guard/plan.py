"""A plan: the calls an agent means to make, in order, each with what its arguments may be, written before any is made.

A plan never widens a charter. It is shown to overseers by what it does (``preview``), and once they agreed it is what
the run may do and no more (``following``). Its steps are hashes: a step stands for exactly one call, or for ``times``
calls of one form.

    {"purpose": "...", "steps": [{"tool": "crm.read", "args": {"id": 7}},
                                 {"tool": "refunds.issue", "args": {"order": 7, "amount": {"max": 80}}, "times": 1}],
     "budget": {"money": "80 EUR"}}

An argument is written as the value it will have (``{"exactly": ...}`` for a mapping) or as a condition on it, in the
charter's words. An argument no step names may not be passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.charter.matching import matches
from remit.charter.model import Charter, Constraint, Grant, Quantity
from remit.digest import canonical_json, sha256_digest
from remit.errors import CharterError, DeniedError
from remit.guard.call import Call

__all__ = ["LONGEST", "Plan", "Step", "read_plan"]

LONGEST = 200
"""The most calls a plan may hold: what a person has to agree to must be readable."""

_KEYS = frozenset({"purpose", "steps", "budget"})
_STEP_KEYS = frozenset({"tool", "args", "times", "why"})
_LARGEST = 256 * 1024
_PATTERN_KEYS = frozenset(
    {"equals", "in", "domain", "under", "prefix", "matches", "min", "max", "unit", "length", "known", "known_customer"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: a tool, what each argument must be, and how many calls of this form it stands for.

    ``exact`` holds arguments given as values, ``patterns`` those given as conditions. ``number`` counts from 1.
    """

    number: int
    tool: str
    exact: Mapping[str, object]
    patterns: Mapping[str, Constraint]
    written: Mapping[str, object]
    times: int = 1
    why: str = ""

    @property
    def literal(self) -> bool:
        """Whether the step stands for one call and no other."""
        return not self.patterns

    def call(self, principal: str = "") -> Call:
        """The call a step with nothing but values stands for."""
        return Call(tool=self.tool, args=dict(self.exact), principal=principal)

    def fits(self, call: Call, known: frozenset[str] | None = None) -> str:
        """Why a proposed call is not this step, empty where it is."""
        if call.tool != self.tool:
            return f"the plan has `{self.tool}` here"
        wanted = self.exact.keys() | self.patterns.keys()
        if call.args.keys() != wanted:
            odd = sorted(map(str, call.args.keys() ^ wanted))
            return f"the argument `{odd[0]:.60}` is in one of plan and call only"
        for name, value in self.exact.items():
            if canonical_json(value) != canonical_json(call.args[name]):
                return f"`{name}` is not what the plan says"
        for name, pattern in self.patterns.items():
            if matches(pattern, call.args[name], known=known) is not True:
                return f"`{name}` is not shown to be what the plan allows"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan as read: its purpose in words, its steps, and the most it may spend by budget, in base units.

    ``digest`` is that of ``document``: one changed byte is another plan.
    """

    purpose: str
    steps: tuple[Step, ...]
    budget: Mapping[str, Quantity]
    document: Mapping[str, object]
    digest: str

    def hash_of(self, step: Step, call_digest: str = "") -> str:
        """What stands for a step once the plan is approved: its place in this plan, and what it may be.

        ``call_digest`` is the digest of the one call a literal step stands for, its arguments normalised.
        """
        return sha256_digest([self.digest, step.number, step.tool, dict(step.written), step.times, call_digest])


def read_plan(document: Mapping[str, object], charter: Charter) -> Plan:
    """Read a plan an agent wrote.

    Its conditions and amounts are read by the reader of charters, so that they mean what they mean there. Raises
    ``DeniedError`` (``guard.denied.plan``) for anything that is not a plan.
    """
    try:
        written = canonical_json(document)
    except (TypeError, ValueError, RecursionError):
        raise _bad("it has no exact JSON spelling") from None
    if len(written) > _LARGEST:
        raise _bad(f"it is longer than {_LARGEST} bytes")
    _no_other_keys(document, _KEYS, "a plan")
    purpose = document.get("purpose", "")
    if not isinstance(purpose, str) or not purpose.strip():
        raise _bad("it has no purpose in words")
    steps = document.get("steps")
    if not isinstance(steps, Sequence) or isinstance(steps, str) or not steps:
        raise _bad("it has no steps")
    parts = list(_parts(steps))
    if sum(times for *_, times, _why in parts) > LONGEST:
        raise _bad(f"it holds more than {LONGEST} calls", hint="plan a part of the work, then the next")
    grants, budget = _understood(parts, document.get("budget", {}), charter)
    read = tuple(
        Step(
            number=number,
            tool=tool,
            exact=exact,
            patterns=grant.args,
            written={**{name: {"exactly": value} for name, value in exact.items()}, **patterns},
            times=times,
            why=why,
        )
        for number, ((tool, exact, patterns, times, why), grant) in enumerate(zip(parts, grants, strict=True), start=1)
    )
    return Plan(purpose=purpose, steps=read, budget=budget, document=document, digest=sha256_digest(document))


_Part = tuple[str, dict[str, object], dict[str, object], int, str]


def _parts(steps: Sequence[object]) -> Iterator[_Part]:
    """The parts of each step: tool, values, conditions, times, why."""
    for number, step in enumerate(steps, start=1):
        if not isinstance(step, Mapping):
            raise _bad(f"step {number} is not a mapping")
        _no_other_keys(step, _STEP_KEYS, f"step {number}")
        tool, args, times, why = step.get("tool"), step.get("args", {}), step.get("times", 1), step.get("why", "")
        if not isinstance(tool, str) or not tool or tool == "*":
            raise _bad(f"step {number} does not name one tool")
        if not isinstance(args, Mapping):
            raise _bad(f"the arguments of step {number} are not a mapping")
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= LONGEST:
            raise _bad(f"`times` of step {number} is not a whole number from 1 to {LONGEST}")
        if not isinstance(why, str):
            raise _bad(f"`why` of step {number} is not a text")
        exact: dict[str, object] = {}
        patterns: dict[str, object] = {}
        for name, value in args.items():
            _sort(str(name), value, exact, patterns, number)
        yield tool, exact, patterns, times, why


def _sort(name: str, value: object, exact: dict[str, object], patterns: dict[str, object], number: int) -> None:
    """Tell a value from a condition."""
    if not isinstance(value, Mapping):
        exact[name] = value
    elif value.keys() == {"exactly"}:
        exact[name] = value["exactly"]
    elif value and value.keys() <= _PATTERN_KEYS:
        patterns[name] = value
    else:
        raise _bad(
            f"`{name:.60}` of step {number} is neither a value nor a condition",
            hint='write a mapping that is meant as a value as {"exactly": ...}',
        )


def _understood(
    parts: Sequence[_Part], budget: object, charter: Charter
) -> tuple[tuple[Grant, ...], Mapping[str, Quantity]]:
    """The conditions as constraints and the budget as quantities, read as parts of a charter."""
    from remit.charter.reader import charter_from_document  # slow to load, and a run without a plan needs none of it

    document = {
        "remit": 1,
        "agent": {"name": charter.agent.name},
        "purpose": {"text": "a plan"},
        "budget": budget,
        "grants": [{"tool": tool, "args": patterns} for tool, _exact, patterns, _times, _why in parts],
    }
    try:
        read = charter_from_document(document, path="plan")
    except CharterError as error:
        raise _bad(error.message, hint=error.hint) from None
    quantities: dict[str, Quantity] = {}
    for name, allowed in read.budgets.items():
        if allowed.quantity is None or name not in charter.budgets:
            raise _bad(f"the charter bounds no budget `{name}`, or the plan leaves it unlimited")
        own = charter.budgets[name].quantity
        if allowed.quantity.per not in ("", "run") or (own is not None and own.unit != allowed.quantity.unit):
            raise _bad(f"`{name}` is not an amount for the whole plan in the charter's unit")
        quantities[name] = allowed.quantity
    return read.grants, quantities


def _no_other_keys(mapping: Mapping[str, object], known: frozenset[str], what: str) -> None:
    """Refuse a key nobody reads: it might have meant something."""
    odd = sorted(str(key) for key in mapping if key not in known)
    if odd:
        raise _bad(f"{what} says `{odd[0]:.60}`, which nobody reads", hint=f"it may say {', '.join(sorted(known))}")


def _bad(reason: str, *, hint: str = "see docs/explain/plans.md") -> DeniedError:
    """Say why it is no plan."""
    return DeniedError(f"this is no plan: {reason}", code="guard.denied.plan", hint=hint)
