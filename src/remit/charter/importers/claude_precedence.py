"""Ask beats allow: in Claude Code by its order of evaluation, in a charter only if the wider grant steps aside.

Grants add up. Where an ask rule speaks of calls a grant already lets through unasked, that grant is narrowed by a
condition, or asks itself where the rule cannot be told apart.
"""

from collections.abc import Sequence
from dataclasses import replace

from remit.charter.importers.claude_rules import ClaudeRule, limits_of
from remit.charter.importers.drafting import OWNER, DraftGrant

__all__ = ["stepping_aside"]


def stepping_aside(grant: DraftGrant, rule: ClaudeRule | None, asks: Sequence[ClaudeRule]) -> DraftGrant:
    """The grant without the calls an ask rule wants a person for; ``rule`` is where it came from, if from a rule."""
    if grant.ask:
        return grant
    conditions: list[str] = []
    for asking in asks:
        for limit in limits_of(asking):
            if limit.tool != grant.tool or not _overlap(rule, asking):
                continue
            if limit.when is None:
                return replace(grant, ask=(OWNER,), ask_note=f"line {asking.where.line} of the settings asks")
            conditions.append(f"!({limit.when})")
    if not conditions:
        return grant
    note = "what an ask rule names is left to the grant that asks"
    return replace(grant, when=" && ".join(dict.fromkeys(conditions)), remarks=(*grant.remarks, note))


def _overlap(rule: ClaudeRule | None, asking: ClaudeRule) -> bool:
    """Whether both may speak of one call: told by how they start, and assumed where that says nothing."""
    if rule is None or rule.spec is None or asking.spec is None or rule.spec.startswith("domain:"):
        return True
    first, second = (_head(item.spec or "") for item in (rule, asking))
    return first.startswith(second) or second.startswith(first)


def _head(spec: str) -> str:
    """What a rule's pattern starts with, before the first wildcard."""
    return spec.removesuffix(":*").partition("*")[0].removeprefix("./").strip()
