"""Rules about grants: authority nobody needs, nobody can name, or that does not mean what it says."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import declares_facts, effects_of, is_mcp_tool
from remit.charter.model import Constraint, Grant, Limit
from remit.charter.wording import names, several
from remit.finding import Severity

__all__ = ["RULES"]


def _useful_grants(subject: Subject) -> set[int]:
    """Positions of the grants on some path to an outcome of the purpose, found backwards from the outcomes.

    A grant that declares no fact may bring about any, so it counts, and so does what it needs.
    """
    grants = subject.charter.grants
    makers: dict[str, list[int]] = {}
    for number, grant in enumerate(grants):
        for effect in effects_of(grant):
            makers.setdefault(effect, []).append(number)
    purpose = subject.charter.purpose
    wanted = [part.fact for outcome in (*purpose.task, *purpose.retask) for part in outcome.when]
    useful = {number for number, grant in enumerate(grants) if not declares_facts(grant)}
    wanted += [fact for number in useful for fact in (*grants[number].needs, *grants[number].helps)]
    while wanted:
        for number in makers.pop(wanted.pop(), ()):
            if number not in useful:
                useful.add(number)
                wanted += [*grants[number].needs, *grants[number].helps]
    return useful


@rule("REMIT-C010", Severity.WARNING, "authority no purpose needs", "permission-expansion")
def needless_authority(subject: Subject) -> Iterator[Remark]:
    """A grant whose declared effects lead to no outcome of the purpose, directly or through what other grants need.

    Such authority does nothing for the task and something for almost every other goal. Grants that declare no effects
    are left alone, and so is what they might read.
    """
    purpose = subject.charter.purpose
    if not purpose.task:
        return
    useful = _useful_grants(subject)
    grants = subject.charter.grants
    modelled = all(declares_facts(grant) for grant in grants) and any(grant.needs or grant.helps for grant in grants)
    for number, grant in subject.grants():
        feeds = all(effect.startswith(("info.", "cap.", "credential.")) for effect in effects_of(grant))
        if number not in useful and (modelled or not feeds):
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` brings about {names(effects_of(grant))}, which no outcome of the purpose "
                "needs",
                hint="take the grant away, or add the outcome it serves to `purpose.task`",
            )


@rule("REMIT-C011", Severity.ERROR, "a wildcard instead of a tool", "permission-expansion", "limit-evasion")
def wildcard_tool(subject: Subject) -> Iterator[Remark]:
    """A grant for `*` or for a pattern covers every tool that exists and every tool a server adds tomorrow.

    What it makes possible cannot be worked out, so it cannot be agreed to.
    """
    for _number, grant in subject.grants():
        if "*" in grant.tool:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` grants every tool that matches, including those added later",
                hint="name each tool in a grant of its own",
            )


@rule("REMIT-C012", Severity.WARNING, "an MCP tool that is not pinned", "permission-expansion")
def unpinned_mcp_tool(subject: Subject) -> Iterator[Remark]:
    """A server over MCP can change a tool's description and schema between two calls.

    Without a pin (the digest of name, schema and description) the tool that was agreed to need not be the tool that
    runs.
    """
    loose = [grant for grant in subject.charter.grants if is_mcp_tool(grant) and grant.pinned is None]
    if loose:
        yield Remark(
            where=loose[0].where,
            message=f"the server can change {several([grant.tool for grant in loose])} after this charter was agreed "
            "to",
            hint="add `pinned: sha256:...`; `remit init --mcp` writes the digest of what the server offers today",
        )


@rule("REMIT-C013", Severity.WARNING, "a tool remit knows nothing about", "permission-expansion")
def unknown_tool(subject: Subject) -> Iterator[Remark]:
    """The tool's name tells no kind and the grant declares no effects.

    Nothing can then be said about what holding it makes possible. An unknown is never a pass: every reading of this
    charter leaves the tool out.
    """
    for _number, grant in subject.grants():
        if grant.kind is None and not grant.effects and "*" not in grant.tool:
            yield Remark(
                where=grant.where,
                message=f"remit cannot say what `{grant.tool}` makes possible: no known kind and no effects",
                hint="state `kind:` (one of the catalogue's) or list `effects:`",
            )


@rule("REMIT-C014", Severity.NOTE, "tools whose kind is unknown", "permission-expansion")
def kind_unknown(subject: Subject) -> Iterator[Remark]:
    """The grant declares effects, but no kind, and the name gives none away.

    What the tool is granted *for* is then known; what else holding it makes possible is not, because the catalogue is
    looked up by kind.
    """
    loose = [
        grant for grant in subject.charter.grants if grant.kind is None and grant.effects and "*" not in grant.tool
    ]
    if loose:
        tools = several([grant.tool for grant in loose])
        yield Remark(
            where=loose[0].where,
            message=f"the kind of {tools} is unknown, so only the declared effects are looked at",
            hint="add `kind:` so that the catalogue says what else such a tool makes possible",
        )


def _authority(grant: Grant) -> tuple[object, ...]:
    """What a grant allows, without the places it was written at: equal for grants that allow the same calls."""
    terms = frozenset((name, *_bare(part)) for name, part in grant.args.items())
    return (grant.tool, terms, grant.budget, grant.ask, grant.when)


def _bare(part: Constraint) -> tuple[object, ...]:
    """A constraint without the place it was written at."""
    return (
        part.equals, part.one_of, part.domain, part.under, part.prefix, part.matches,
        part.minimum, part.maximum, part.unit, part.length, part.known,
    )  # fmt: skip


@rule("REMIT-C015", Severity.WARNING, "the same grant twice")
def duplicate_grant(subject: Subject) -> Iterator[Remark]:
    """Two grants allow exactly the same calls.

    Whoever tightens one of them later will believe the hole is closed while the other still grants it.
    """
    seen: dict[tuple[object, ...], Grant] = {}
    for grant in subject.charter.grants:
        earlier = seen.setdefault(_authority(grant), grant)
        if earlier is not grant:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` was already granted in line {earlier.where.line} under the same conditions",
                hint="keep one of the two",
            )


@rule("REMIT-C016", Severity.WARNING, "a grant that makes another pointless", "limit-evasion")
def subsumed_grant(subject: Subject) -> Iterator[Remark]:
    """The same tool is granted once with conditions and once with none.

    Grants add up, so the conditions bind nobody: the agent may always use the wider grant.
    """
    conditional: dict[str, Grant] = {}
    for grant in subject.charter.grants:
        if grant.args or grant.when or grant.ask:
            conditional.setdefault(grant.tool, grant)
    for grant in subject.charter.grants:
        other = conditional.get(grant.tool)
        if other is not None and not (grant.args or grant.when or grant.ask):
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` is granted here without conditions, so those in line {other.where.line} "
                "bind nobody",
                hint="remove this grant, or move the conditions into it",
            )


def _blocking(limits: dict[tuple[str, str], Limit], grant: Grant) -> Limit | None:
    """The unconditional limit that forbids every call of a grant."""
    effects = effects_of(grant)
    families = [f"{effect.partition('.')[0]}.*" for effect in effects]
    keys = [(tool, effect) for tool in (grant.tool, "*") for effect in ("", *effects, *families)]
    return next((limits[key] for key in keys if key in limits), None)


@rule("REMIT-C017", Severity.WARNING, "a grant that a limit takes back")
def shadowed_grant(subject: Subject) -> Iterator[Remark]:
    """A limit always beats a grant.

    A grant every call of which crosses a limit allows nothing, which is rarely what its author meant, and is the
    first thing somebody will "fix" by deleting the limit.
    """
    limits: dict[tuple[str, str], Limit] = {}
    for limit in subject.charter.limits:
        if limit.when is None:
            limits.setdefault((limit.tool or "*", limit.effect or ""), limit)
    for _number, grant in subject.grants():
        blocking = _blocking(limits, grant)
        if blocking is not None:
            what = blocking.effect or blocking.tool
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` can never be used: the limit on `{what}` in line {blocking.where.line} "
                "forbids "
                "every call",
                hint="remove the grant, or narrow the limit with `when:`",
            )


@rule("REMIT-C018", Severity.WARNING, "a grant that waits for a fact nothing brings about")
def unreachable_need(subject: Subject) -> Iterator[Remark]:
    """A grant needs a fact first, and no grant, credential or catalogue row brings that fact about.

    The tool is then dead weight in every reading, and usually the name of the fact is misspelt.
    """
    for _number, grant in subject.grants():
        missing = [fact for fact in grant.needs if subject.is_missing(fact)]
        if missing:
            yield Remark(
                where=grant.where,
                message=f"`{grant.tool}` needs {names(missing)}, which nothing in this charter brings about",
                hint="correct the name, or add the effect to the grant that brings it about",
            )


RULES: tuple[Rule, ...] = (
    needless_authority,
    wildcard_tool,
    unpinned_mcp_tool,
    unknown_tool,
    kind_unknown,
    duplicate_grant,
    subsumed_grant,
    shadowed_grant,
    unreachable_need,
)
