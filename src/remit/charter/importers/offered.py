"""A tool somebody offers (a server, a program) turned into a grant to start from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from remit.charter.importers.arguments import arguments_of, takes_paths
from remit.charter.importers.drafting import OWNER, DraftGrant
from remit.charter.importers.escaping import is_plain_name, one_line
from remit.charter.importers.inference import (
    Claims,
    Reach,
    common_kind,
    effects_of,
    finishing_rank,
    kind_guess,
    reach_of,
)
from remit.digest import sha256_digest

__all__ = ["DONE", "OfferedTool", "grants_of", "pin_of", "with_an_outcome", "with_one_outcome"]

_BUDGETS = {"email": "messages", "chat": "messages", "cloud": "changes"}
_CONTROLS = ("oversight.", "self.")
DONE = "out.done"  # the outcome a draft's purpose speaks of until its author names a better one
_FINISHES = f"taken to be the call that finishes the job: move `{DONE}` to the right one, or rename it"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTool:
    """A tool as its source describes it: nothing in it has been vetted.

    ``schema`` is the JSON schema of its arguments. ``asks`` is set where the source itself wants a person asked.
    ``pinned`` is set for tools whose description comes from outside (a server) and must not change unseen. ``kind``
    is what the source shows where the name does not tell; ``kind_is_certain`` puts it before the name.
    """

    name: str
    origin: str
    description: str = ""
    schema: Mapping[str, object]
    claims: Claims = field(default_factory=Claims)
    asks: bool = False
    pinned: str | None = None
    kind: str | None = None
    kind_is_certain: bool = False
    remarks: tuple[str, ...] = ()


def pin_of(name: str, description: str | None, schema: Mapping[str, object]) -> str | None:
    """The digest a tool is pinned by: canonical JSON of its name, description and input schema (04-guard, section 4).

    ``None`` when the description has no canonical form (numbers too large, nesting too deep, text that is not
    Unicode).
    """
    try:
        return sha256_digest({"name": name, "description": description, "inputSchema": schema})
    except (ValueError, TypeError, RecursionError):
        return None


def grants_of(
    tools: Sequence[OfferedTool], *, server: str | None = None
) -> tuple[tuple[DraftGrant, ...], tuple[str, ...]]:
    """A grant for each tool with a usable name that leaves the controls alone, in order, and notes on the others.

    ``server`` is the name of the server that offers them all: tools of one server are mostly of one kind.
    """
    usable = [tool for tool in tools if is_plain_name(tool.name)]
    notes = [
        f"a tool has a name a charter cannot hold and is not granted: `{one_line(tool.name, limit=60)}` ({tool.origin})"
        for tool in tools
        if not is_plain_name(tool.name)
    ]
    common = common_kind([tool.name for tool in usable], server=server) if server is not None else None
    seen: set[str] = set()
    grants: list[DraftGrant] = []
    for tool in usable:
        if tool.name in seen:
            notes.append(f"`{tool.name}` is offered twice by one source: only the first is granted ({tool.origin})")
            continue
        seen.add(tool.name)
        grant = _grant(tool, common=common)
        if any(effect.startswith(_CONTROLS) for effect in grant.effects):
            notes.append(f"`{tool.name}` acts on what watches the agent: not granted ({tool.origin})")
        else:
            grants.append(grant)
    return tuple(grants), tuple(notes)


def with_an_outcome(grants: Iterable[DraftGrant]) -> tuple[DraftGrant, ...]:
    """The grants, with ``out.done`` on the call that most likely finishes the job unless one has an outcome already.

    A purpose no grant can reach makes every reading empty, so a draft says which call it takes to be the last one,
    and that it looks before it acts. Where nothing changes the world, every answer counts as the outcome.
    """
    kept = list(grants)
    if not kept or any(effect.startswith("out.") for grant in kept for effect in grant.effects):
        return tuple(kept)
    if all(_reads(grant) for grant in kept):
        return tuple(replace(grant, effects=(*grant.effects, DONE)) for grant in kept)
    ranks = [(_is_weighty(grant), *finishing_rank(grant.tool, reads=_reads(grant))) for grant in kept]
    chosen = ranks.index(min(ranks))
    last = kept[chosen]
    read = [grant.effects[0] for grant in kept if grant.effects and _reads(grant)]
    first = f"info.{last.kind}" if f"info.{last.kind}" in read else next(iter(read), "")
    kept[chosen] = replace(
        last,
        effects=(*last.effects, DONE),
        needs=(first,) if first else (),
        remarks=(
            *last.remarks,
            _FINISHES,
        ),
    )
    return tuple(kept)


def with_one_outcome(grants: Iterable[DraftGrant]) -> tuple[DraftGrant, ...]:
    """The grants of several sources, with ``out.done`` left only on the call that most likely finishes the job.

    Each source named one of its own. Were all of them left, the task would be done by the easiest: fetching a page.
    Where every call that has it only looks, all keep it.
    """
    kept = list(grants)
    marked = [index for index, grant in enumerate(kept) if DONE in grant.effects]
    if all(_looks(kept[index]) for index in marked):
        return tuple(kept)
    last = min(marked, key=lambda index: (_is_weighty(kept[index]), *_rank(kept[index])))
    return tuple(_unfinished(grant) if index in marked and index != last else grant for index, grant in enumerate(kept))


def _looks(grant: DraftGrant) -> bool:
    """Whether a grant only looks, apart from finishing the job."""
    return all(effect.startswith("info.") or effect == DONE for effect in grant.effects)


def _rank(grant: DraftGrant) -> tuple[int, int, int]:
    """How likely a call finishes the job among several sources: looking last, then what destroys, then the verb."""
    return (int(_looks(grant)), int("data.destroy" in grant.effects), finishing_rank(grant.tool, reads=False)[1])


def _unfinished(grant: DraftGrant) -> DraftGrant:
    """The grant without ``out.done`` and what went with it."""
    return replace(
        grant,
        effects=tuple(effect for effect in grant.effects if effect != DONE),
        needs=() if _FINISHES in grant.remarks else grant.needs,
        remarks=tuple(remark for remark in grant.remarks if remark != _FINISHES),
    )


def _is_weighty(grant: DraftGrant) -> bool:
    """Whether a grant is one no draft should take for the point of the job: money, shells, other agents."""
    return grant.kind in ("payments", "shell", "agents") or _reads(grant)


def _reads(grant: DraftGrant) -> bool:
    """Whether a drafted grant only looks."""
    return all(effect.startswith("info.") for effect in grant.effects)


def _grant(tool: OfferedTool, *, common: str | None) -> DraftGrant:
    """The grant one offered tool starts as."""
    guessed = kind_guess(tool.name, common=common)
    kind = (
        tool.kind if tool.kind_is_certain else guessed or tool.kind or ("files" if takes_paths(tool.schema) else None)
    )
    reach = reach_of(tool.name, tool.claims, kind=kind)
    args, remarks = arguments_of(tool.schema, kind=kind)
    asks = tool.asks or reach is not Reach.READS
    return DraftGrant(
        tool=tool.name,
        origin=tool.origin,
        about=one_line(tool.description),
        kind=kind,
        kind_note="" if kind else "not told by the name: say which kind of tool this is (`remit schema` lists them)",
        args=args,
        ask=(OWNER,) if asks else (),
        ask_note=_why(tool, reach) if asks else "",
        budget=_BUDGETS.get(kind or "") if reach is not Reach.READS else None,
        effects=effects_of(tool.name, kind=kind, reach=reach),
        claims=f"the server claims: {tool.claims}" if str(tool.claims) else "",
        pinned=tool.pinned,
        remarks=(*tool.remarks, *_doubts(tool, reach), *remarks),
    )


def _why(tool: OfferedTool, reach: Reach) -> str:
    """Why a person is asked first."""
    if tool.asks:
        return "its source asks a person first"
    return "it can destroy" if reach is Reach.DESTROYS else "it changes things"


def _doubts(tool: OfferedTool, reach: Reach) -> tuple[str, ...]:
    """Where the server's claims and the tool's name disagree, or only the claim speaks for it."""
    if tool.claims.read_only and reach is not Reach.READS:
        return ("it claims to be read-only, its name says otherwise: taken to change things",)
    if reach is Reach.READS and tool.claims.read_only and reach_of(tool.name, Claims(), kind=None) is not Reach.READS:
        return ("counts as reading only because the server claims so: check that before you rely on it",)
    return ()
