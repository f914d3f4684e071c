"""A safety case as one page of HTML: no script, no network, no font from elsewhere; dark, light and paper.

Verdict and doubts come first, then the tree, then every node with its raw record. The page works without a mouse and
without sight: every node of the drawing is a link, every sign has its word, every section a heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from remit.assurance.release.verdict import Release
from remit.assurance.views.drawing import draw_tree
from remit.assurance.views.icons import clock_icon, health_icon
from remit.assurance.views.page_nodes import node_sections
from remit.assurance.views.page_tables import table_sections
from remit.assurance.views.page_verdict import verdict_sections
from remit.assurance.views.signs import HEALTH_WORDS, VERDICT_WORDS, Anchors, moment
from remit.assurance.weighing.assessment import Assessment, Freshness, Health, Observed
from remit.incentives.pages.frame import framed
from remit.incentives.pages.markup import Markup, element, joined

__all__ = ["render"]

_NOTHING: Mapping[str, Observed] = MappingProxyType({})


def render(assessment: Assessment, release: Release, *, observed: Mapping[str, Observed] = _NOTHING) -> str:
    """The whole page; the same arguments give the same bytes. ``observed`` are the records it embeds, by evidence."""
    return framed(
        f"{assessment.case.id}: {release.verdict}",
        *_body(assessment, release, observed),
        made_by="remit case render",
        styles=("remit.incentives", "remit.assurance.views"),
        skip=("verdict", "Skip to the verdict"),
    )


def _body(assessment: Assessment, release: Release, observed: Mapping[str, Observed]) -> Iterator[Markup]:
    """The header, the sections, and what the page rests on."""
    case = assessment.case
    anchors = Anchors({name: number for number, name in enumerate(assessment.nodes, start=1)})
    parts = [
        *verdict_sections(assessment, release, anchors),
        ("tree", "Tree", _tree(assessment, anchors)),
        *table_sections(assessment, observed, anchors),
        *node_sections(assessment, observed, anchors),
    ]
    links = [element("a", title, href=f"#{identifier}") for identifier, title, _content in parts]
    yield element(
        "header",
        element("p", "remit case · ", element("span", case.file, class_="id"), class_="soft"),
        element("h1", f"Safety case {case.id}, version {case.version}"),
        _subject(assessment),
        element("nav", *links, aria_label="Sections"),
    )
    yield element(
        "main",
        *[
            element("section", content, id=identifier, aria_labelledby=f"{identifier}-title")
            for identifier, _title, content in parts
        ],
    )
    yield element(
        "footer",
        f"Assessed as of {moment(assessment.as_of)}. Health and freshness are two axes and are never blended; there is "
        f"no score. {VERDICT_WORDS[release.verdict].capitalize()}. Argument ",
        element("span", case.digest or "without a digest", class_="id"),
    )


def _subject(assessment: Assessment) -> Markup:
    """What is to be released, by whom, and until when the case has to be looked at again."""
    case = assessment.case
    facts = [(name, value) for name, value in case.subject.items()]
    facts += [("charter file", case.charter), ("envelope", case.envelope), ("profile", case.profile)]
    facts += [("owner", case.owner), ("reviewers", ", ".join(case.reviewers))]
    facts += [
        ("review by", case.review_by.isoformat() if case.review_by else "no date"),
        ("as of", moment(assessment.as_of)),
    ]
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in facts if value]
    return element("dl", *rows, class_="subject")


def _tree(assessment: Assessment, anchors: Anchors) -> Markup:
    """The drawing with its key."""
    shapes = [element("li", health_icon(health), f"{health}: {HEALTH_WORDS[health]}") for health in Health]
    clocks = [
        element("li", clock_icon(freshness), words)
        for freshness, words in (
            (Freshness.FRESH, "fresh: not older than its kind allows"),
            (Freshness.STALE, "stale: it was true, and has to be shown again"),
            (Freshness.NEVER, "never: nothing that counts was ever shown"),
        )
    ]
    return joined(
        [
            element("h2", "The tree", id="tree-title"),
            element(
                "p",
                "What stands on the right carries what stands on its left. Claims are rectangles, arguments slanted, "
                "evidence round, doubts have their corners cut off, incidents are pointed. Each leads to its details.",
                class_="soft",
            ),
            element(
                "figure",
                element("div", draw_tree(assessment, anchors), class_="scroll", tabindex=0, role="region",
                        aria_label="The tree of the case, which can be scrolled"),
                element("figcaption", element("ul", *shapes, *clocks, class_="key")),
            ),
        ]
    )  # fmt: skip
