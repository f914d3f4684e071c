"""The facts a release gate asks for, as far as the rest of a charter tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remit.charter.model import Budget, Credential, Grant

__all__ = ["GATE_FACTS", "derive_gate_facts"]

GATE_FACTS: tuple[str, ...] = ("calls_tools", "spends_money", "writes_code", "manages_agents", "holds_credentials")


def derive_gate_facts(
    grants: Sequence[Grant], credentials: Sequence[Credential], budgets: Mapping[str, Budget]
) -> Mapping[str, bool]:
    """What grants, credentials and budgets say about each of ``GATE_FACTS``.

    A fact is true as soon as one part of the charter makes it so; ``lint`` compares it with what the author stated.
    """
    kinds = {grant.kind for grant in grants}
    effects = [effect for grant in grants for effect in grant.effects if not effect.startswith("not ")]
    families = {effect.partition(".")[0] for effect in effects}
    return {
        "calls_tools": bool(grants),
        "spends_money": _positive(budgets.get("money")) or "payments" in kinds or "money.spend" in effects,
        "writes_code": bool(kinds & {"shell", "git", "ci"}) or "self.modify" in effects,
        "manages_agents": _positive(budgets.get("agents")) or "agents" in kinds or "agent" in families,
        "holds_credentials": bool(credentials) or "credential" in families,
    }


def _positive(budget: Budget | None) -> bool:
    """Whether a budget leaves anything to use; unlimited does."""
    return budget is not None and (budget.quantity is None or budget.quantity.amount > 0)
