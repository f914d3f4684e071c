"""A first charter from an Inspect approval policy (YAML or JSON): which tool calls are approved, by whom.

What Inspect decides: approvers are tried in order of the file, each on the tools its glob patterns match;
``escalate`` passes a call on, a call nobody approves is rejected. Source: the Inspect documentation, page "Tool
Approval".
"""

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.charter.importers.drafting import OWNER, Draft, DraftGrant
from remit.charter.importers.escaping import is_plain_name, one_line, slug
from remit.charter.importers.inference import Claims, Reach, effects_of, kind_guess, reach_of
from remit.charter.importers.offered import with_an_outcome
from remit.charter.importers.source_file import SourceDocument, read_json, read_yaml

__all__ = ["draft_from_inspect"]

_DECISIONS = ("approve", "modify", "reject", "terminate", "escalate")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Approver:
    """One entry of ``approvers``: who decides about which tools, and how where that is written down."""

    name: str
    patterns: tuple[str, ...]
    decision: str | None  # of the `auto` approver
    line: int

    @property
    def refuses(self) -> bool:
        """Whether it always says no."""
        return self.decision in ("reject", "terminate")

    @property
    def passes_on(self) -> bool:
        """Whether it never decides."""
        return self.decision == "escalate"


def draft_from_inspect(path: Path) -> Draft:
    """A first charter from an approval policy.

    Raises ``CharterSyntaxError`` when the file is not YAML (or JSON, by its suffix) and ``CharterSchemaError`` when
    it is no approval policy, with file and line.
    """
    document = read_json(path) if path.suffix == ".json" else read_yaml(path)
    approvers = list(_approvers(document))
    names = dict.fromkeys(name for approver in approvers for name in approver.patterns if is_plain_name(name))
    grants: list[DraftGrant] = []
    refused: list[str] = []
    for name in names:
        made = _decided(name, approvers)
        if isinstance(made, DraftGrant):
            grants.append(made)
        else:
            refused.append(made)
    return Draft(
        name=slug(path.stem, fallback="agent"),
        sources=(
            f"The grants are those of the Inspect approval policy in {one_line(str(path), limit=120)}",
            "A policy names patterns, a charter names tools: only tools written out in full are granted.",
        ),
        grants=with_an_outcome(grants),
        notes=(*refused, *_pattern_notes(approvers), *_other_keys(document)),
    )


def _approvers(document: SourceDocument) -> Iterator[_Approver]:
    """The entries of the policy, checked."""
    if "approvers" not in document.values:
        raise document.wrong(
            "", "there is no `approvers`", hint="an approval policy starts with `approvers:` and a list"
        )
    for number, item in enumerate(document.sequence("approvers", document.values["approvers"])):
        place = f"approvers.{number}"
        entry = document.mapping(place, item)
        for key in ("name", "tools"):
            if key not in entry:
                raise document.wrong(place, f"`{place}` has no `{key}`", hint="each approver has a `name` and `tools`")
        name = document.text(f"{place}.name", entry["name"])
        written = document.texts(f"{place}.tools", entry["tools"])
        patterns = tuple(part.strip() for text in written for part in text.split(",") if part.strip())
        yield _Approver(
            name=name,
            patterns=patterns,
            decision=_decision(document, place, entry, name),
            line=document.place(place).line,
        )


def _decision(document: SourceDocument, place: str, entry: Mapping[str, object], name: str) -> str | None:
    """What the `auto` approver always answers; ``None`` for approvers that think."""
    if name.rpartition("/")[2] != "auto":
        return None
    parameters = document.mapping(f"{place}.params", entry.get("params", {}))
    value = entry.get("decision", parameters.get("decision", "approve"))
    decision = document.text(f"{place}.decision", value)
    if decision not in _DECISIONS:
        raise document.wrong(
            f"{place}.decision",
            f"`{one_line(decision, limit=40)}` is not a decision",
            hint=f"one of {', '.join(_DECISIONS)}",
        )
    return decision


def _decided(tool: str, approvers: list[_Approver]) -> DraftGrant | str:
    """What the policy comes to for one tool, in the order Inspect asks: a grant, or why there is none."""
    chain = [
        approver for approver in approvers if any(fnmatch.fnmatchcase(tool, pattern) for pattern in approver.patterns)
    ]
    deciders = [approver for approver in chain if not approver.passes_on]
    if not deciders or deciders[0].refuses:
        reason = (
            f"line {deciders[0].line} of the policy rejects it" if deciders else "no approver of the policy accepts it"
        )
        return f"`{tool}`: {reason}, so it is not granted"
    first = deciders[0]
    kind = kind_guess(tool, common=None)
    reach = reach_of(tool, Claims(), kind=kind)
    asks = first.decision is None
    human = first.name.rpartition("/")[2] == "human"
    remarks = (
        []
        if human or not asks
        else [f"`{one_line(first.name, limit=60)}` is an approver of your own: a person is asked instead"]
    )
    if not asks and reach is not Reach.READS:
        remarks.append(f"line {first.line} approves it without asking, though it {reach}: consider `ask: {OWNER}`")
    return DraftGrant(
        tool=tool,
        origin=f"from line {first.line}, approver `{one_line(first.name, limit=60)}`",
        kind=kind,
        kind_note="" if kind else "not told by the name: say which kind of tool this is",
        ask=(OWNER,) if asks or _reserved(tool, kind, reach) else (),
        ask_note="as the policy does" if asks else "the policy does not ask; this cannot be undone",
        effects=effects_of(tool, kind=kind, reach=reach),
        remarks=tuple(remarks),
    )


def _reserved(tool: str, kind: str | None, reach: Reach) -> bool:
    """Whether the call has an effect a charter leaves to a person."""
    return bool({"data.destroy", "irreversible"}.intersection(effects_of(tool, kind=kind, reach=reach)))


def _pattern_notes(approvers: list[_Approver]) -> Iterator[str]:
    """The patterns, which a charter cannot hold."""
    for approver in approvers:
        wild = [one_line(pattern, limit=60) for pattern in approver.patterns if not is_plain_name(pattern)]
        if wild:
            what = "rejects" if approver.refuses else "passes on" if approver.passes_on else "accepts"
            yield (
                f"line {approver.line}: `{one_line(approver.name, limit=60)}` {what} every tool that matches "
                f"{', '.join(f'`{pattern}`' for pattern in wild)}: write a grant for each tool you mean"
            )


def _other_keys(document: SourceDocument) -> Iterator[str]:
    """Keys beside ``approvers``."""
    for key in document.values:
        if key != "approvers":
            yield f"`{one_line(key, limit=60)}` (line {document.place(key).line}) is no part of an approval policy"
