"""Rules about limits: one that can never match protects nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.model import Limit
from remit.charter.wording import names
from remit.finding import Severity

__all__ = ["RULES"]

_ARGUMENT = re.compile(r"\bcall\.args\.([A-Za-z_]\w*)")
_OPEN_FAMILIES = ("out.", "info.", "cap.", "credential.", "schedule.")


@rule("REMIT-C080", Severity.WARNING, "a limit on a tool nobody granted", "limit-evasion")
def limit_on_ungranted_tool(subject: Subject) -> Iterator[Remark]:
    """The limit names a tool that no grant has.

    What is not granted is denied anyway, so the limit adds nothing; more often the name is misspelt, and the tool
    that was meant has no limit at all.
    """
    tools = {grant.tool for grant in subject.charter.grants}
    for limit in subject.charter.limits:
        if limit.tool not in (None, "*") and limit.tool not in tools and "*" not in tools:
            near = subject.resembling(limit.tool or "", tools)
            yield Remark(
                where=limit.where,
                message=f"the limit on `{limit.tool}` can never match: no grant has that tool",
                hint=f"did you mean `{near}`?" if near else "correct the name, or remove the limit",
                severity=None if near else Severity.NOTE,
            )


@rule("REMIT-C081", Severity.WARNING, "a limit on an argument the tool is not granted with", "limit-evasion")
def limit_on_unknown_argument(subject: Subject) -> Iterator[Remark]:
    """The condition of a limit reads an argument that no grant of the tool mentions.

    A misspelt argument is never there, and a limit that cannot be told counts as crossed: every call is refused until
    somebody deletes the limit. An argument that is there is better bounded in the grant.
    """
    arguments: dict[str | None, set[str]] = {}
    for grant in subject.charter.grants:
        arguments.setdefault(grant.tool, set()).update(grant.args)
    for limit in subject.charter.limits:
        known = sorted(arguments.get(limit.tool, ()))
        for name in dict.fromkeys(_ARGUMENT.findall(limit.when or "")) if known else ():
            if name not in known:
                near = subject.resembling(name, known)
                yield Remark(
                    where=limit.where,
                    message=f"the limit on `{limit.tool}` reads `{name}`, but its grant speaks of {names(known)}",
                    hint=f"did you mean `{near}`?" if near else "bound the argument under `args:` in the grant too",
                    severity=None if near else Severity.NOTE,
                )


@rule("REMIT-C082", Severity.WARNING, "a limit on an effect that looks misspelt", "limit-evasion")
def limit_on_misspelt_effect(subject: Subject) -> Iterator[Remark]:
    """The limit names an outcome, fact or capability nothing here brings about, while something much like it is.

    Such names are the author's own, so a slip of the pen makes a limit that protects nobody. A limit on what no grant
    is for is left alone: it may be meant for what a tool could do besides.
    """
    for limit in subject.charter.limits:
        effect = limit.effect
        if effect is None or effect.endswith(".*") or not effect.startswith(_OPEN_FAMILIES):
            continue
        near = subject.resembling(effect, subject.facts, 0.85) if subject.is_missing(effect) else None
        if near:
            yield Remark(
                where=limit.where,
                message=f"the limit on `{effect}` can never match: nothing brings that about, but `{near}` can happen",
                hint=f"did you mean `{near}`?",
            )


@rule("REMIT-C083", Severity.WARNING, "the same limit twice")
def duplicate_limit(subject: Subject) -> Iterator[Remark]:
    """Two limits forbid the same.

    Loosening one later will look like it worked while the other still holds, or the other way round.
    """
    seen: dict[tuple[str | None, str | None, str | None], Limit] = {}
    for limit in subject.charter.limits:
        first = seen.setdefault((limit.effect, limit.tool, limit.when), limit)
        if first is not limit:
            yield Remark(
                where=limit.where,
                message=f"the limit on `{limit.effect or limit.tool}` was already written in line {first.where.line}",
                hint="keep one of the two",
            )


@rule("REMIT-C084", Severity.NOTE, "nothing puts the controls out of bounds", "oversight-manipulation")
def controls_not_limited(subject: Subject) -> Iterator[Remark]:
    """No limit forbids acts on oversight.

    What is not granted is denied anyway; the limit makes it so whatever is granted later, and tells the agent and the
    reader of the charter that the controls are nobody's to touch.
    """
    effects = {limit.effect for limit in subject.charter.limits if limit.when is None and limit.tool is None}
    if "oversight.*" not in effects:
        yield Remark(
            where=subject.place("limits"),
            message="no limit puts the stop, the monitor and the record out of bounds",
            hint="add `limits: [{effect: oversight.*, why: never touch the controls}]`",
        )


@rule("REMIT-C085", Severity.NOTE, "a limit nobody explains")
def limit_without_reason(subject: Subject) -> Iterator[Remark]:
    """A limit with a condition says nothing about why.

    The agent is told the reason when a call is refused, and the next editor of the charter needs it to know whether
    the limit may go.
    """
    silent = [limit for limit in subject.charter.limits if limit.when is not None and not limit.why.strip()]
    if len(silent) > 1:
        first = silent[0]
        yield Remark(
            where=first.where,
            message=f"{len(silent)} limits with a condition give no reason, the first on "
            f"`{first.effect or first.tool or 'any call'}`",
            hint="add `why:` in a few words; it is shown when a call is refused",
        )


RULES: tuple[Rule, ...] = (
    limit_on_ungranted_tool,
    limit_on_unknown_argument,
    limit_on_misspelt_effect,
    duplicate_limit,
    controls_not_limited,
    limit_without_reason,
)
