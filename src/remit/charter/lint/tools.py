"""What a grant amounts to, read off its tool's kind, its name and the effects it declares."""

from __future__ import annotations

from remit.charter.abilities import only_reads
from remit.charter.effects import reserved
from remit.charter.model import Grant

__all__ = [
    "acts", "declares_facts", "effects_of", "has_family", "is_mcp_tool", "reaches_people", "recipients_are_bounded",
    "reserved_effects", "spends",
]  # fmt: skip

_PEOPLE = frozenset(("to", "recipient", "recipients", "channel", "user", "customer", "address", "addresses"))
_SEES_ONLY = ("info.", "data.probe")


def effects_of(grant: Grant) -> tuple[str, ...]:
    """The effects a grant declares, without those it takes back."""
    return tuple(effect for effect in grant.effects if not effect.startswith("not "))


def declares_facts(grant: Grant) -> bool:
    """Whether a grant says what it brings about: an outcome, a fact, a capability, or, without a kind, anything."""
    if grant.kind is None or grant.kind == "clock":
        return bool(effects_of(grant))
    return has_family(grant, "out", "info", "cap", "credential")


def has_family(grant: Grant, *families: str) -> bool:
    """Whether a grant declares an effect of one of these families (``money``, ``agent``)."""
    return any(effect.partition(".")[0] in families for effect in effects_of(grant))


def reserved_effects(grant: Grant) -> tuple[str, ...]:
    """The declared effects that are for a person to decide on."""
    return tuple(effect for effect in effects_of(grant) if reserved(effect))


def acts(grant: Grant) -> bool:
    """Whether using the tool changes something: told by its effects, else by its kind and the verbs in its name."""
    declared = effects_of(grant)
    if declared:
        return not all(effect.startswith(_SEES_ONLY) for effect in declared)
    return grant.kind == "shell" or not only_reads(grant.tool)


def reaches_people(grant: Grant) -> bool:
    """Whether the tool writes to people outside: e-mail and chat that is more than reading and drafting."""
    drafts = "draft" in grant.tool.lower() and "send" not in grant.tool.lower()
    return grant.kind in ("email", "chat") and acts(grant) and not drafts


def recipients_are_bounded(grant: Grant) -> bool:
    """Whether a constraint says who may be written to."""
    return bool(_PEOPLE & frozenset(grant.args))


def spends(grant: Grant) -> bool:
    """Whether using the tool spends money: declared, or a payment tool that does more than read."""
    return "money.spend" in effects_of(grant) or (grant.kind == "payments" and not grant.effects and acts(grant))


def is_mcp_tool(grant: Grant) -> bool:
    """Whether the name is that of a tool served over MCP: ``mcp__server__tool`` or ``server/tool``."""
    return grant.tool.startswith("mcp__") or ("/" in grant.tool.strip("/") and " " not in grant.tool)
