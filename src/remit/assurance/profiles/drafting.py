"""A first safety case from a charter: commented YAML, the same bytes for the same charter and day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from remit.assurance.kinds import KINDS
from remit.assurance.profiles.blanks import blanks_of
from remit.assurance.profiles.choosing import Choice, choose
from remit.assurance.profiles.profile import Brought, Profile, together
from remit.assurance.profiles.reach import reach_of
from remit.charter.model import Charter
from remit.charter.writing import write_value

__all__ = ["PLACEHOLDER", "draft_case"]

PLACEHOLDER = "name-it@version"
"""What stands for the model until somebody says which it is: no record speaks of it, so nothing passes by mistake."""
REVIEWER = "somebody-else"
_REVIEWED_AFTER = timedelta(days=90)
_OUT_OF_REACH = "C-scope"  # a hazard nothing serves is answered by the claim on what the permissions make possible
_HOW = {
    "incentive_check": "remit check --evidence evidence/check.json",
    "interruption_drill": "remit drill --evidence evidence/drill.json -- COMMAND",
    "behaviour_eval": "remit eval ... --evidence evidence/eval.json, or a log of Inspect",
    "run_record": "remit log verify RUN --anchor FILE --key FILE --evidence evidence/run.json",
    "monitor_run": "remit monitor --replay RUN --fail-on 0.5 --evidence evidence/monitor.json",
    "test_result": "JUnit of tests that show it, remit case add FILE --supports C-...",
    "review": "remit case attest C-... --by NAME --found TEXT",
}


def draft_case(
    charter: Charter,
    *,
    profile: str | None,
    today: date,
    owner: str = "",
    subject: Mapping[str, str] | None = None,
    file: str = "remit.yaml",
) -> str:
    """The text of a first case of a charter; nothing in it is supported and every standing doubt is open.

    ``profile`` is a name of ``PROFILES``, or ``None`` to choose by what the charter grants. ``owner`` answers for the
    case: the first overseer, unless given. ``subject`` states what else is released (``model``, ``image``). ``file`` is
    the charter's path as seen from the case. Raises ``CaseError`` for a profile there is none of.
    """
    choice = choose(charter, wanted=profile)
    brought = together(choice.name if profile is None else profile, choice.also)
    people = [owner, *(name for name in charter.overseers if name != owner)] if owner else [*charter.overseers]
    review_by = today + _REVIEWED_AFTER
    stated = {**_model(charter), **(subject or {})}
    blanks = blanks_of(charter, model=stated["model"], review_by=review_by)
    parts = (
        _opening(charter, choice, brought),
        _head(charter, brought, people, review_by, subject=stated, file=file),
        _hazards(charter, brought, blanks),
        _claims(charter, brought, blanks),
        _arguments(brought, blanks),
        _evidence(brought),
        _defeaters(brought, blanks, people[0] if people else ""),
        _closing(brought),
    )
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _opening(charter: Charter, choice: Choice, brought: Profile) -> Iterator[str]:
    """What this is, why this profile, and what to do next."""
    yield f"# The safety case of {_line(charter.agent.name)}: what is claimed of it, why, and what speaks against that."
    yield f"# Profile {brought.name} ({brought.title}): {_line(choice.because)}."
    if choice.also:
        yield f"# It is also what these are for, so their claims and doubts are here too: {', '.join(choice.also)}."
    yield "#"
    yield "# Nothing here is supported by being written down. Take records in with `remit case add FILE`, answer doubts"
    yield "# with `remit case answer`, look with `remit case`, ask with `remit gate`. The words are yours to change."


def _head(
    charter: Charter,
    brought: Profile,
    people: Sequence[str],
    review_by: date,
    *,
    subject: Mapping[str, str],
    file: str,
) -> Iterator[str]:
    """Who, what and until when."""
    yield "case:"
    yield f"  id: {_identifier(charter.agent.name)}"
    yield "  version: 1              # count it up when the argument changes"
    yield f"  charter: {write_value(file)}"
    yield "  subject:                # what is released: a record that does not say the same is no evidence here"
    yield f"    charter: {charter.digest}"
    for key, value in subject.items():
        told = "   # REPLACE it: until then no drill, run or eval is of it" if value == PLACEHOLDER else ""
        yield f"    {write_value(key)}: {write_value(value)}{told}"
    rest = [key for key in ("image", "prompt", "tools", "envelope") if key not in subject]
    if rest:
        yield f"    # state these too where there are any, by digest: {', '.join(rest)}"
    yield f"  profile: {brought.name}"
    if people:
        yield f"  owner: {write_value(people[0])}"
    yield f"  reviewers: {write_value(list(people[1:]) or [REVIEWER])}   # one of them, not the owner, has to approve"
    yield f"  review_by: {review_by.isoformat()}   # after this day it holds no more, whatever the evidence says"


def _hazards(charter: Charter, brought: Profile, blanks: Mapping[str, str]) -> Iterator[str]:
    """Every part and pressure: with the acts that serve it, or why none does."""
    reach = reach_of(charter)
    yield "# One for every way power is gathered. The acts named are those this charter makes possible, granted or not."
    yield "hazards:"
    for key, danger in brought.dangers.items():
        found = reach[key]
        if found.acts:
            told = f"in reach by {found.told()}"
        elif danger.always:
            told = "this needs no tool"
        else:
            told = f"not in reach: {found.why_not}"
        yield f"  {_hazard(key)}: " + "{" + f"drive: {key},"
        yield f"    text: {_filled(f'{danger.text} ({{told}})', {**blanks, 'told': told})}" + "}"


def _claims(charter: Charter, brought: Profile, blanks: Mapping[str, str]) -> Iterator[str]:
    """The claims, each with the records that would speak for it."""
    reach = reach_of(charter)
    answers: dict[str, list[str]] = {}
    for key, danger in brought.dangers.items():
        answered = danger.claims if reach[key].acts or danger.always else (_OUT_OF_REACH,)
        for name in answered:
            answers.setdefault(name, []).append(_hazard(key))
    yield "# What has to be true. `gate: true`: the release waits for it."
    yield "claims:"
    for claim in brought.claims.values():
        yield from _claim(claim, answers.get(claim.id, []), blanks)


def _claim(claim: Brought, hazards: Sequence[str], blanks: Mapping[str, str]) -> Iterator[str]:
    """One claim."""
    yield f"  {claim.id}:"
    yield f"    text: {_filled(claim.text, blanks)}"
    yield f"    kind: {claim.kind}"
    if claim.gate:
        yield "    gate: true"
    if hazards:
        yield f"    hazards: [{', '.join(hazards)}]"
    if claim.residual:
        yield f"    residual: {_filled(claim.residual, blanks)}"
    for kind in claim.evidence:
        yield f"    # {'wants' if kind == claim.evidence[0] else 'or'} {kind}: {_HOW[kind]}"


def _arguments(brought: Profile, blanks: Mapping[str, str]) -> Iterator[str]:
    """Why claims make others true."""
    yield "arguments:"
    for one in brought.arguments.values():
        yield f"  {one.id}:"
        yield f"    from: {write_value(list(one.sources))}"
        yield f"    to: {one.target}"
        yield f"    scheme: {one.scheme}"
        yield f"    warrant: {_filled(one.warrant, blanks)}"
        yield f"    assumptions: [{', '.join(_filled(text, blanks) for text in one.assumptions)}]"


def _evidence(brought: Profile) -> Iterator[str]:
    """The place of records, with how long each kind stays fresh."""
    wanted = dict.fromkeys(kind for claim in brought.claims.values() for kind in claim.evidence)
    ages = ", ".join(f"{kind} {KINDS[kind].ttl.days}d" for kind in wanted)
    yield f"# `remit case add FILE` writes these. They stay fresh for: {ages}."
    yield "evidence: {}"


def _defeaters(brought: Profile, blanks: Mapping[str, str], owner: str) -> Iterator[str]:
    """The standing doubts, all open."""
    yield "# Doubts every such agent starts with. Each is answered by evidence, sustained, or taken on by a person for"
    yield "# a time: `remit case answer D-... --with E-...`, `--sustain` or `--accept-residual --by NAME --until DATE`."
    yield "defeaters:"
    for doubt in brought.doubts.values():
        yield f"  {doubt.id}:"
        yield f"    against: {doubt.against}"
        yield f"    type: {doubt.type}"
        yield "    status: open"
        yield f"    text: {_filled(doubt.text, blanks)}"
        yield f"    raised_by: {write_value(f'profile {brought.name}')}"
        if owner:
            yield f"    owner: {write_value(owner)}"


def _closing(brought: Profile) -> Iterator[str]:
    """Indicators, incidents, frameworks, approvals."""
    yield "indicators:"
    for key, said in brought.indicators.items():
        yield f"  {key}: {write_value({**said, 'source': 'ledger'})}"
    yield "\nincidents: {}"
    yield "\n# Rows of frameworks the claims bear on. None of this says that anybody complies with anything."
    yield "mappings:"
    for claim, row, relation in brought.mappings:
        yield f"  - {write_value({'claim': claim, 'to': row, 'relation': relation})}"
    yield "\n# `remit case sign --by NAME --role ROLE` writes these; a change of the argument makes them say nothing."
    yield "approvals: []"


def _model(charter: Charter) -> dict[str, str]:
    """The model the charter is tied to, else what stands for it."""
    stated = charter.agent.model
    return {"model": PLACEHOLDER if stated in ("", "any") else stated}


def _hazard(drive: str) -> str:
    """The id of the hazard of a drive part or pressure."""
    return f"H-{drive}"


def _filled(text: str, blanks: Mapping[str, str]) -> str:
    """A text with its blanks filled in, on one line of YAML."""
    return write_value(text.format_map(blanks))


def _identifier(name: str) -> str:
    """A name as the id of a case."""
    words = re.findall(r"[A-Za-z0-9]+", name)[:12]
    joined = "-".join(words)[:60].strip("-") or "agent"
    return joined if joined[0].isalpha() and joined not in ("case", "charter", "envelope") else f"agent-{joined}"


def _line(text: str) -> str:
    """A text as part of a comment: one line, nothing that ends it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:200]
