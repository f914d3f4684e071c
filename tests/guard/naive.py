"""``decide`` once more, as plainly as it can be said: no index, no compiled checks, no reasons. Reads like the rules.

It shares the spelling of arguments and the meaning of one constraint with the product, which have tests of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from remit.charter.answer import Undecidable
from remit.charter.condition import compile_condition
from remit.charter.effects import reserved
from remit.charter.kinds import tool_kind
from remit.charter.model import Charter, Constraint, Grant, Limit
from remit.finding import Where
from remit.guard.call import Call
from remit.guard.rules.looking import as_written
from remit.guard.rules.meeting import Scene, meets
from remit.guard.rules.normalising import PEOPLE, Spelling, normalise, people_in, spelling_of
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing

NOWHERE = Where(file="", line=1)
ANYTHING = Constraint(where=NOWHERE)
RANK = ("text", "number", "address", "shell", "path")


@dataclass(kw_only=True)
class Naive:
    """One question, for charters whose conditions look at no command, path or address, and that have no budgets."""

    charter: Charter
    call: Call
    standing: Standing
    signature: Signature | None = None
    spellings: dict[str, Spelling] = field(default_factory=dict)

    def answer(self) -> str:
        """``allow``, ``ask`` or ``deny``."""
        kind = tool_kind(self.call.tool)  # which a grant of every tool takes
        grants = [
            replace(grant, kind=grant.kind or kind)
            for grant in self.charter.grants
            if grant.tool in ("*", self.call.tool)
        ]
        for name, part, kind in ((name, part, grant.kind) for grant in grants for name, part in grant.args.items()):
            found = [self.spellings[name]] if name in self.spellings else []
            found.append(spelling_of(part, name=name, kind=kind))
            self.spellings[name] = max(found, key=lambda spelling: RANK.index(spelling.kind))
            if len({spelling.unit for spelling in found}) > 1 and {spelling.kind for spelling in found} == {"number"}:
                self.spellings[name] = Spelling(kind="number")
        self.normal = normalise(
            self.call, self.spellings, cwd=self.standing.cwd, signature=self.signature, resolver=as_written
        )
        covering = [grant for grant in grants if self.covers(grant)]
        effects = [effect for grant in covering for effect in done(grant)]
        signature = self.signature
        strange = signature is not None and not signature.open and set(self.call.args) - set(signature.names)
        if any(self.crosses(limit, effects) for limit in self.charter.limits) or strange:
            return "deny"
        if self.standing.phase != "running" or not covering:
            return "deny"
        if any(grant.ask for grant in covering) or any(reserved(effect) for effect in effects):
            return "ask"
        if self.charter.agent.reviewed in ("per-call", "per-plan"):  # the charters that are tried name overseers
            return "ask"
        return "allow"

    def crosses(self, limit: Limit, effects: list[str]) -> bool:
        """Whether a limit forbids the call."""
        touched = [effect for effect in effects if limit.effect in (effect, effect.split(".")[0] + ".*")]
        speaks = limit.tool in (None, "*", self.call.tool) and (limit.effect is None or touched)
        return bool(speaks) and self.holds(limit.when, effects) is not False

    def covers(self, grant: Grant) -> bool:
        """Whether one grant lets the call through."""
        args, facts = self.call.args, self.standing.facts
        for name, part in grant.args.items():
            scene = Scene(known=self.standing.known, cwd=self.standing.cwd, resolver=as_written)
            if replace(part, where=NOWHERE) == ANYTHING:
                continue
            if name not in args or name in self.normal.unread:
                return False
            if meets(part, self.spellings[name], self.normal.seen[name], scene) is not True:
                return False
        beside = set(args) - set(grant.args) if grant.args else set()
        if beside - set(self.signature.names if self.signature else ()):
            return False
        if beside & PEOPLE and set(grant.args) & PEOPLE:
            return False
        needed = all(facts.get(fact, fact in self.charter.purpose.given) is True for fact in grant.needs)
        return needed and grant.pinned in (None, self.call.schema) and self.holds(grant.when, done(grant)) is True

    def holds(self, when: str | None, effects: list[str]) -> bool | Undecidable:
        """Whether a condition holds; one that is not there does."""
        if when is None:
            return True
        people = people_in(self.call.args)
        counted = {} if people is None else {"recipients": people}
        seen = {"tool": self.call.tool, "args": self.normal.seen, "effects": list(dict.fromkeys(effects)), **counted}
        return compile_condition(when, names=()).evaluate(call=seen, budget={}, session=self.standing.facts)


def done(grant: Grant) -> list[str]:
    """What a call under a grant does; the made-up payment tools all change something."""
    silent_payment = grant.kind == "payments" and not grant.effects
    return ["money.spend"] if silent_payment else [one for one in grant.effects if not one.startswith("not ")]
