"""The report as one page of HTML: no script, no network, no font from elsewhere; dark, light and paper.

The page's security policy allows nothing but its own style sheet, by digest. Text from a charter goes through `markup`,
which escapes it.
"""

from __future__ import annotations

from remit.incentives.pages.frame import framed
from remit.incentives.pages.markup import Markup, element, joined
from remit.incentives.pages.sections import sections
from remit.incentives.pages.tables import findings_table
from remit.incentives.reading_rules import failed_invariants, findings_of
from remit.incentives.report import Report

__all__ = ["render_page"]


def render_page(report: Report) -> str:
    """The whole page; the same report gives the same bytes."""
    return framed(
        f"{report.agent}: what its authority makes worth doing",
        *_body(report),
        made_by="remit check",
        styles=("remit.incentives",),
        skip=("wrong", "Skip to the findings"),
    )


def _body(report: Report) -> list[Markup]:
    """The header, the sections, and where the numbers come from."""
    parts = _withheld(report) if failed_invariants(report) else sections(report)
    links = [element("a", title, href=f"#{identifier}") for identifier, title, _content in parts]
    header = element(
        "header",
        element("p", "remit check · ", element("span", report.charter_path, class_="id"), class_="soft"),
        element("h1", report.agent),
        element("p", report.purpose),
        element("nav", *links, aria_label="Sections"),
    )
    main = element("main", *[element("section", content, id=identifier) for identifier, _title, content in parts])
    digest = element("span", report.charter_digest, class_="id")
    footer = element(
        "footer",
        "Readings are incentives under stated assumptions: pressure on an optimiser, as in a load analysis. They are "
        "no probability that an agent misbehaves. ",
        f"{report.goals} goals from each prior, seed {report.seed}, charter ",
        digest,
    )
    return [header, main, footer]


def _withheld(report: Report) -> list[tuple[str, str, Markup]]:
    """The page of a report whose model failed its own tests: what failed, and no numbers."""
    names = element("ul", *[element("li", name) for name in failed_invariants(report)])
    content = joined(
        [
            element("h2", "No readings"),
            element("p", "The model of this charter failed its own tests, so nothing it says is printed:"),
            names,
        ]
    )
    return [
        ("wrong", "No readings", element("div", content, class_="wrong")),
        ("findings", "Findings", joined([element("h2", "Findings"), findings_table(findings_of(report))])),
    ]
