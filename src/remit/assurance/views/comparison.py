"""What changed between two states of a safety case, in plain words, and whether it made the case weaker.

Both are assessed as of one moment, so that nothing changes only because time passed between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from remit.assurance.case import Case, Claim, Defeater, DefeaterStatus, Evidence, Result
from remit.assurance.release.verdict import Release, Verdict
from remit.assurance.views.wording import counted, kind_in_words, standing_words, state_of, state_words
from remit.assurance.weighing.assessment import Assessment, NodeKind

__all__ = ["Change", "Comparison", "Direction", "compare_cases"]

_Item = TypeVar("_Item")
_RANK = {Verdict.PROMOTE: 0, Verdict.HOLD: 1, Verdict.BLOCK: 2}


class Direction(StrEnum):
    """Whether a change makes the case weaker, stronger, or neither by itself."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: the part of the case it is in, the id it is about, a sentence, and its direction."""

    part: str
    id: str
    sentence: str
    direction: Direction = Direction.NEITHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that changed, the two verdicts, and why the second is what it is."""

    before: Verdict
    after: Verdict
    why: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def weaker(self) -> bool:
        """Whether anything made the case weaker."""
        return any(change.direction is Direction.WEAKER for change in self.changes)


def compare_cases(before: Assessment, before_release: Release, after: Assessment, after_release: Release) -> Comparison:
    """Compare two assessments of a case, each with its release."""
    old, new = before.case, after.case
    changes = [
        *_verdict(before_release, after_release),
        *_subject(old, new),
        *_terms(old, new),
        *_standings(before, after),
        *_listed("hazard", old.hazards, new.hazards, lambda item: item.text, lost=Direction.WEAKER),
        *_claims(old, new),
        *_listed("argument", old.arguments, new.arguments, lambda item: item.warrant),
        *_evidence(before, after),
        *_doubts(before, after),
        *_listed("incident", old.incidents, new.incidents, lambda item: item.record, lost=Direction.WEAKER),
        *_listed("indicator", old.indicators, new.indicators, lambda item: item.metric, lost=Direction.WEAKER),
        *_people(old, new),
    ]
    return Comparison(
        before=before_release.verdict,
        after=after_release.verdict,
        why=_why(before_release, after_release),
        changes=tuple(changes),
    )


def _verdict(before: Release, after: Release) -> Iterator[Change]:
    """The change of the verdict."""
    if before.verdict is not after.verdict:
        worse = _RANK[after.verdict] > _RANK[before.verdict]
        direction = Direction.WEAKER if worse else Direction.STRONGER
        yield Change(
            part="verdict", id="verdict", sentence=f"was {before.verdict}, is {after.verdict}", direction=direction
        )


def _why(before: Release, after: Release) -> tuple[str, ...]:
    """The reasons that are new, and those that are gone."""
    old = {(reason.claim, reason.why) for reason in before.reasons}
    new = {(reason.claim, reason.why) for reason in after.reasons}
    gone = [f"no longer: {item.claim}: {item.why}" for item in before.reasons if (item.claim, item.why) not in new]
    come = [f"now: {item.claim}: {item.why}" for item in after.reasons if (item.claim, item.why) not in old]
    return (*come, *gone)


def _subject(old: Case, new: Case) -> Iterator[Change]:
    """What is to be released."""
    for name in dict.fromkeys((*old.subject, *new.subject)):
        was, now = old.subject.get(name), new.subject.get(name)
        if was != now:
            sentence = f"was {was or 'not stated'}, is {now or 'not stated'}: it is another thing that is released"
            direction = Direction.WEAKER if now is None else Direction.NEITHER
            yield Change(part="subject", id=name, sentence=sentence, direction=direction)


def _terms(old: Case, new: Case) -> Iterator[Change]:
    """Who has to agree and when the case has to be looked at again."""
    for name in old.reviewers:
        if name not in new.reviewers:
            yield _change("reviewer", name, "is no longer asked", Direction.WEAKER)
    for name in new.reviewers:
        if name not in old.reviewers:
            yield _change("reviewer", name, "is asked too", Direction.STRONGER)
    if old.review_by != new.review_by:
        was = old.review_by.isoformat() if old.review_by else "no date"
        now = new.review_by.isoformat() if new.review_by else "no date"
        later = new.review_by is None or (old.review_by is not None and new.review_by > old.review_by)
        direction = Direction.WEAKER if later else Direction.STRONGER
        yield _change("review", "review_by", f"was {was}, is {now}", direction)
    for name in ("charter", "envelope", "profile", "owner"):
        if getattr(old, name) != getattr(new, name):
            sentence = f"was `{getattr(old, name)}`, is `{getattr(new, name)}`"
            yield _change("case", name, sentence)


def _change(part: str, identifier: str, sentence: str, direction: Direction = Direction.NEITHER) -> Change:
    """A change in one line."""
    return Change(part=part, id=identifier, sentence=" ".join(sentence.split()), direction=direction)


def _standings(before: Assessment, after: Assessment) -> Iterator[Change]:
    """Claims whose health or freshness is another one."""
    for identifier, now in after.nodes.items():
        was = before.nodes.get(identifier)
        if now.kind is not NodeKind.CLAIM or was is None:
            continue
        if (was.health, was.freshness) == (now.health, now.freshness):
            continue
        worse = now.health.rank > was.health.rank or now.freshness.rank > was.freshness.rank
        because = f" because {'; '.join(now.because[:3])}" if now.because else ""
        sentence = f"was {was.health}, {was.freshness}; is {standing_words(after, now)}{because}"
        yield _change("claim", identifier, sentence, Direction.WEAKER if worse else Direction.STRONGER)


def _listed(
    part: str,
    old: Mapping[str, _Item],
    new: Mapping[str, _Item],
    said: Callable[[_Item], str],
    *,
    lost: Direction = Direction.NEITHER,
) -> Iterator[Change]:
    """What came, what went, and what says something else."""
    for identifier, item in old.items():
        if identifier not in new:
            yield _change(part, identifier, f"was taken out: {said(item)}", lost)
    for identifier, item in new.items():
        if identifier not in old:
            yield _change(part, identifier, f"is new: {said(item)}")
        elif said(old[identifier]) != said(item):
            yield _change(part, identifier, f"said: {said(old[identifier])}; says: {said(item)}")


def _claims(old: Case, new: Case) -> Iterator[Change]:
    """Claims that came, went, were reworded, or ask for less than they did."""
    for identifier, claim in old.claims.items():
        if identifier not in new.claims:
            direction = Direction.WEAKER if claim.gate else Direction.NEITHER
            yield _change("claim", identifier, f"was taken out: {claim.text}", direction)
    for identifier, claim in new.claims.items():
        if identifier in old.claims:
            yield from _claim(old.claims[identifier], claim)
        else:
            yield _change("claim", identifier, f"is new: {claim.text}")


def _claim(old: Claim, new: Claim) -> Iterator[Change]:
    """What one claim asks for now."""
    if old.text != new.text:
        yield _change("claim", new.id, f"said: {old.text}; says: {new.text}")
    if old.gate != new.gate:
        words = "the release waits for it" if new.gate else "the release no longer waits for it"
        yield _change("claim", new.id, words, Direction.STRONGER if new.gate else Direction.WEAKER)
    if old.min_independence != new.min_independence:
        fewer = new.min_independence < old.min_independence
        sentence = f"needed {old.min_independence} independent groups, needs {new.min_independence}"
        yield _change("claim", new.id, sentence, Direction.WEAKER if fewer else Direction.STRONGER)
    if old.ttl != new.ttl:
        was, now = _days(old), _days(new)
        longer = new.ttl is None or (old.ttl is not None and new.ttl > old.ttl)
        sentence = f"its evidence could be {was}, can be {now}"
        yield _change("claim", new.id, sentence, Direction.WEAKER if longer else Direction.STRONGER)
    for name, was_in, words in (
        ("support", "rests on", "no longer rests on"),
        ("hazards", "covers", "no longer covers"),
    ):
        before, after = getattr(old, name), getattr(new, name)
        for gone in (item for item in before if item not in after):
            yield _change("claim", new.id, f"{words} `{gone}`", Direction.WEAKER)
        for come in (item for item in after if item not in before):
            yield _change("claim", new.id, f"{was_in} `{come}` too")


def _days(claim: Claim) -> str:
    """How old the evidence of a claim may be."""
    return "as old as its kind allows" if claim.ttl is None else f"{claim.ttl.days} days old"


def _evidence(before: Assessment, after: Assessment) -> Iterator[Change]:
    """Evidence that came, went, was replaced, or counts where it did not."""
    old, new = before.case.evidence, after.case.evidence
    for identifier, item in old.items():
        if identifier not in new:
            failed = item.result is not Result.PASS
            words = "was taken out, and it had not passed" if failed else "was taken out"
            yield _change(
                "evidence", identifier, f"{words}: {_said(item)}", Direction.WEAKER if failed else Direction.NEITHER
            )
    for identifier, item in new.items():
        if identifier not in old:
            yield _change("evidence", identifier, f"is new: {_said(item)}")
            continue
        if old[identifier].sha256 != item.sha256:
            yield _change(
                "evidence", identifier, f"was replaced: {_said(old[identifier])}; is {_said(item)}", Direction.NEITHER
            )
        elif old[identifier] != item and _said(old[identifier]) != _said(item):
            yield _change("evidence", identifier, f"is described otherwise: {_said(item)}")
        was, now = before.nodes.get(identifier), after.nodes.get(identifier)
        if was is not None and now is not None and was.counts != now.counts:
            because = f": {'; '.join(now.because[:2])}" if now.because and not now.counts else ""
            words = "counts now" if now.counts else f"no longer counts{because}"
            yield _change("evidence", identifier, words, Direction.STRONGER if now.counts else Direction.WEAKER)


def _said(item: Evidence) -> str:
    """What a piece of evidence says."""
    shown = counted(item)
    return f"{kind_in_words(item.kind)}, {item.result}" + (f", {shown}" if shown else "")


def _doubts(before: Assessment, after: Assessment) -> Iterator[Change]:
    """Doubts that were raised, answered, taken on, found right or taken out."""
    old, new = before.case.defeaters, after.case.defeaters
    for identifier, doubt in old.items():
        if identifier not in new:
            state = state_of(before, doubt)
            answered = state is DefeaterStatus.REBUTTED
            words = "was taken out" if answered else f"was taken out while {_STATE[state]}"
            yield _change(
                "doubt", identifier, f"{words}: {doubt.text}", Direction.NEITHER if answered else Direction.WEAKER
            )
    for identifier, doubt in new.items():
        if identifier not in old:
            words = f"is new, against `{doubt.against}`, {state_words(after, doubt)}: {doubt.text}"
            yield _change("doubt", identifier, words)
        else:
            yield from _doubt(before, old[identifier], after, doubt)


_STATE = {
    DefeaterStatus.OPEN: "open",
    DefeaterStatus.REBUTTED: "rebutted",
    DefeaterStatus.SUSTAINED: "sustained",
    DefeaterStatus.ACCEPTED_RESIDUAL: "taken on",
}
_BURDEN = {
    DefeaterStatus.REBUTTED: 0,
    DefeaterStatus.ACCEPTED_RESIDUAL: 1,
    DefeaterStatus.OPEN: 2,
    DefeaterStatus.SUSTAINED: 3,
}


def _doubt(before: Assessment, old: Defeater, after: Assessment, new: Defeater) -> Iterator[Change]:
    """What became of one doubt."""
    was, now = state_of(before, old), state_of(after, new)
    if was is not now:
        by = f" by {new.accepted_by}" if now is DefeaterStatus.ACCEPTED_RESIDUAL and new.accepted_by else ""
        by += f" with `{new.answer}`" if now is DefeaterStatus.REBUTTED and new.answer else ""
        direction = Direction.WEAKER if _BURDEN[now] > _BURDEN[was] else Direction.STRONGER
        yield _change("doubt", new.id, f"was {_STATE[was]}, is {_STATE[now]}{by}", direction)
    if old.against != new.against:
        yield _change("doubt", new.id, f"was against `{old.against}`, is against `{new.against}`", Direction.WEAKER)
    if old.text != new.text:
        yield _change("doubt", new.id, f"said: {old.text}; says: {new.text}")


def _people(old: Case, new: Case) -> Iterator[Change]:
    """Decisions that came or went, and those that are no longer about the argument."""
    before = {(item.by, item.role, item.decision, item.digest): item for item in old.approvals}
    after = {(item.by, item.role, item.decision, item.digest): item for item in new.approvals}
    for key, item in before.items():
        if key not in after:
            dissent = f", with the dissent: {item.dissent}" if item.dissent else ""
            direction = Direction.WEAKER if item.dissent or item.decision == "reject" else Direction.NEITHER
            yield _change("approval", item.by, f"{item.decision} was taken out{dissent}", direction)
    for key, item in after.items():
        if key not in before:
            dissent = f", with the dissent: {item.dissent}" if item.dissent else ""
            yield _change("approval", item.by, f"says {item.decision}{dissent}")
    if old.digest != new.digest and any(item.digest == old.digest for item in new.approvals):
        yield _change(
            "approval", "case", "the argument changed; approvals of it are about an earlier one", Direction.NEITHER
        )
