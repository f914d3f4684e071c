"""The top of the page: the verdict and why, what would change it, and everything that speaks against the case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from remit.assurance.case import Defeater, DefeaterStatus, IncidentLink
from remit.assurance.release.verdict import Release, Verdict
from remit.assurance.views.icons import health_icon, shape
from remit.assurance.views.signs import VERDICT_WORDS, Anchors
from remit.assurance.views.wording import flip_lead, flip_words, sign_of, standing_words, state_of, state_words
from remit.assurance.weighing.assessment import Assessment, Health
from remit.incentives.pages.markup import Markup, element, joined, prose

__all__ = ["Section", "heading", "reference", "references", "verdict_sections"]

Section = tuple[str, str, Markup]
"""The id of a section, its short title for the navigation, its content."""

_LOOK = {Verdict.PROMOTE: Health.SUPPORTED, Verdict.BLOCK: Health.REFUTED, Verdict.HOLD: Health.PARTIAL}
_ORDER = (DefeaterStatus.SUSTAINED, DefeaterStatus.OPEN, DefeaterStatus.ACCEPTED_RESIDUAL, DefeaterStatus.REBUTTED)


def heading(identifier: str, title: str) -> Markup:
    """The heading that names a section for screen readers too."""
    return element("h2", title, id=f"{identifier}-title")


def reference(identifier: str, anchors: Anchors) -> Markup:
    """An id as a link to where it is explained, or as it is where the case does not have it."""
    target = anchors.of(identifier)
    shown = element("code", identifier)
    return element("a", shown, href=f"#{target}") if target else shown


def references(identifiers: Iterable[str], anchors: Anchors) -> Markup:
    """Several of them."""
    return joined([reference(identifier, anchors) for identifier in identifiers], ", ")


def verdict_sections(assessment: Assessment, release: Release, anchors: Anchors) -> list[Section]:
    """Verdict, what would change it, doubts."""
    return [
        ("verdict", "Verdict", _verdict(release, anchors)),
        ("flip", "What would change it", _flip(release, anchors)),
        ("doubts", "Doubts", _doubts(assessment, anchors)),
    ]


def _verdict(release: Release, anchors: Anchors) -> Markup:
    """The answer in one word and one sentence, and the reasons."""
    sign = element(
        "svg", shape(_LOOK[release.verdict]), viewBox="0 0 18 18", width=44, height=44, aria_hidden="true",
        focusable="false", class_="sign",
    )  # fmt: skip
    answer = element(
        "h2", sign, element("span", str(release.verdict), class_="answer"),
        element("span", f" {VERDICT_WORDS[release.verdict]}", class_="sentence"), id="verdict-title",
    )  # fmt: skip
    reasons = [
        element("li", reference(reason.claim, anchors), ": ", prose(reason.why), _looked_at(reason.evidence, anchors))
        for reason in release.reasons
    ]
    because = element("ul", *reasons, class_="plain") if reasons else Markup()
    return element("div", answer, because, class_=f"verdict v-{release.verdict.lower()}")


def _looked_at(evidence: tuple[str, ...], anchors: Anchors) -> Markup:
    """The evidence a reason speaks of."""
    return joined([" (", references(evidence, anchors), ")"]) if evidence else Markup()


def _flip(release: Release, anchors: Anchors) -> Markup:
    """What would change the verdict, all of it together."""
    if not release.flip:
        words = (
            "Nothing is missing. Evidence that grows older than it may be, a new doubt, or another build or charter "
            "takes this verdict back."
            if release.verdict is Verdict.PROMOTE
            else "No change of single items is known that would change this verdict."
        )
        return joined([heading("flip", "What would change this verdict"), element("p", words)])
    items = [element("li", reference(flip.item, anchors), ": ", prose(flip_words(flip))) for flip in release.flip]
    return joined(
        [
            heading("flip", "What would change this verdict"),
            element("p", flip_lead(release)),
            element("ol", *items, class_="plain"),
        ]
    )


def _doubts(assessment: Assessment, anchors: Anchors) -> Markup:
    """What speaks against the case: incidents nothing has closed, doubts by their state, closed incidents."""
    case = assessment.case
    rows = [
        _doubt(assessment, defeater, anchors)
        for status in _ORDER
        for defeater in case.defeaters.values()
        if state_of(assessment, defeater) is status
    ]
    parts = [heading("doubts", "What speaks against it")]
    if not rows:
        parts.append(element("p", "Nobody has written down a doubt. That is no evidence that there is none."))
    open_ones = [_incident(assessment, link, anchors) for link in case.incidents.values() if _opens(assessment, link)]
    others = [_incident(assessment, link, anchors) for link in case.incidents.values() if not _opens(assessment, link)]
    cards = [*open_ones, *rows, *others]
    return joined([*parts, element("ul", *cards, class_="cards")] if cards else parts)


def _opens(assessment: Assessment, link: IncidentLink) -> bool:
    """Whether an incident keeps claims open."""
    node = assessment.nodes.get(link.id)
    return node is None or node.health is not Health.SUPPORTED


def _doubt(assessment: Assessment, defeater: Defeater, anchors: Anchors) -> Markup:
    """One doubt with its state, who has to answer it, and how it was answered."""
    node = assessment.nodes.get(defeater.id)
    again = state_of(assessment, defeater) is not defeater.status  # then the reason is news
    facts: list[str] = [f"raised by {defeater.raised_by}" if defeater.raised_by else ""]
    facts.append(f"to be answered by {defeater.owner}" if defeater.owner else "")
    facts.append(f"taken on by {defeater.accepted_by}" if defeater.accepted_by else "")
    facts.append(_until(defeater.expires))
    answer = joined([". Answer: ", reference(defeater.answer, anchors)]) if defeater.answer else Markup()
    because = [element("p", prose(why), class_="soft") for why in (node.because if node and again else ())]
    sign = health_icon(sign_of(assessment, node) if node else Health.CONTESTED)
    return element(
        "li",
        element(
            "p", sign, element("b", state_words(assessment, defeater).capitalize()), " · ",
            reference(defeater.id, anchors), f" {defeater.type} ", reference(defeater.against, anchors),
        ),
        element("p", defeater.text, class_="said"),
        element("p", "; ".join(fact for fact in facts if fact), answer, class_="soft"),
        *because,
        class_=f"card d-{state_of(assessment, defeater).replace('_', '-')}",
    )  # fmt: skip


def _until(expires: date | None) -> str:
    """Until when an accepted doubt is accepted."""
    return f"until {expires.isoformat()}" if expires is not None else ""


def _incident(assessment: Assessment, link: IncidentLink, anchors: Anchors) -> Markup:
    """One incident and the claims it undercuts."""
    node = assessment.nodes.get(link.id)
    effect = "reopens" if link.reopens else "bears on"
    closed = joined(["; closed by ", reference(link.closed_by, anchors)]) if link.closed_by else Markup("; not closed")
    sign = health_icon(node.health if node else Health.CONTESTED)
    said = standing_words(assessment, node) if node else "not assessed"
    return element(
        "li",
        element(
            "p", sign, element("b", f"Incident, {said}"), " · ", reference(link.id, anchors), f" {effect} ",
            references(link.undercuts, anchors), closed,
        ),
        element("p", link.record, class_="soft"),
        class_=f"card {'d-open' if _opens(assessment, link) else 'd-rebutted'}",
    )  # fmt: skip
