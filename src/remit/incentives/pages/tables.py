"""The tables of the page: findings, affordances, assumptions."""

from __future__ import annotations

from collections.abc import Sequence

from remit.finding import Finding
from remit.incentives.pages.authority_graph import anchor_of
from remit.incentives.pages.markup import Markup, element, prose
from remit.incentives.report import AffordanceReading, AssumptionRow, Report
from remit.incentives.shares import part_in_words, ranked_shares
from remit.incentives.wording import CLASS_ORDER

__all__ = ["affordance_table", "assumption_table", "findings_table", "share_table", "table"]


def table(heads: Sequence[str], rows: Sequence[Markup], caption: str) -> Markup:
    """A table with column heads, named for screen readers, that scrolls in its own box."""
    head = element("thead", element("tr", *[element("th", name, scope="col") for name in heads]))
    body = element("tbody", *rows)
    return element(
        "div",
        element("table", head, body, aria_label=caption),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def findings_table(findings: Sequence[Finding]) -> Markup:
    """Every finding, worst first."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity.rank, *finding.key))
    rows = [
        element(
            "tr",
            element("td", finding.severity.value, class_=f"s-{finding.severity.value}"),
            element("td", finding.code, class_="id"),
            element("td", f"{finding.where.file}:{finding.where.line}", class_="id"),
            element("td", prose(finding.message), _below(finding.hint)),
        )
        for finding in ordered
    ]
    return table(("", "code", "place", "what, and what to do"), rows, "Findings")


def affordance_table(affordances: Sequence[AffordanceReading]) -> Markup:
    """Every affordance, by class and then the most tempting first."""
    ordered = sorted(
        affordances, key=lambda reading: (CLASS_ORDER.index(reading.classification), reading.rank, reading.id)
    )
    rows = [_affordance_row(reading, anchor_of(affordances, reading.id)) for reading in ordered]
    heads = ("class", "affordance", "opened by", "allowed", "rank", "kappa", "rho", "u", "source")
    return table(heads, rows, "Affordances")


def _affordance_row(reading: AffordanceReading, anchor: str) -> Markup:
    """One affordance with the numbers that decided its class."""
    place = f"{reading.where.file}:{reading.where.line}"
    cells = (
        element("td", reading.classification, class_=f"class c-{reading.classification}"),
        element(
            "td", element("span", reading.id, class_="id"), _below(reading.title), _below(reading.advice, mark="→ ")
        ),
        element("td", reading.opened_by, _below(place)),
        element("td", _allowed(reading.authorised)),
        element("td", str(reading.rank)),
        element("td", f"{reading.kappa:.2g}"),
        element("td", "–" if reading.rho is None else f"{reading.rho:.2g}"),
        element("td", "not known" if reading.u is None else f"{reading.u:.2g}"),
        element("td", reading.source, class_="soft"),
    )
    return element("tr", *cells, id=anchor)


def share_table(report: Report) -> Markup:
    """Every share of the incentive to resist, the largest first; nothing where there is none."""
    rows = [
        element(
            "tr",
            element("td", share.rank),
            element("td", element("span", share.id, class_="id"), _below(share.title)),
            element("td", part_in_words(share)),
        )
        for share in ranked_shares(report)
    ]
    return table(("rank", "act", "part of the whole incentive"), rows, "Shares of the incentive") if rows else Markup()


def assumption_table(rows: Sequence[AssumptionRow]) -> Markup:
    """Every assumption; those that turn a verdict first."""
    ordered = sorted(rows, key=lambda row: (not row.flips, row.id))
    lines = [
        element(
            "tr",
            element("td", row.id, class_="id"),
            element("td", row.value),
            element("td", row.origin),
            element("td", ", ".join(row.swept)),
            element("td", prose("; ".join(row.flips)) if row.flips else "nothing"),
        )
        for row in ordered
    ]
    return table(("assumption", "value", "from", "tried", "what turns"), lines, "Assumptions")


def _below(words: str, mark: str = "") -> Markup:
    """A softer line under a cell's first; nothing when there are no words."""
    return element("div", mark, prose(words), class_="soft") if words else Markup()


def _allowed(authorised: str) -> str:
    """Whether a grant allows the act, in words."""
    if authorised.startswith("ask:"):
        return f"after asking {authorised.removeprefix('ask:')}"
    return "yes" if authorised == "yes" else "no"
