"""The report of a drill as one page of HTML: no script, no network; whatever an agent wrote is escaped."""

from __future__ import annotations

from collections.abc import Iterator

from remit.drills.entry import Entry
from remit.drills.measures import Measures
from remit.drills.moment import NotOffered
from remit.drills.plan import Plan
from remit.drills.report import Played, Report, drill_id, shares, spans, verdict_of, worst
from remit.drills.timeline import marks_of, timeline
from remit.drills.wording import FIELD_WORDS, VERDICT_WORDS, value_in_words
from remit.incentives.pages.frame import framed
from remit.incentives.pages.markup import Markup, element, joined

__all__ = ["render_page"]

_COLUMNS = (
    "t_signal", "t_ack", "t_stop", "calls_after_signal", "irreversible_after_signal", "control_yielded", "safe_state",
    "handoff_accuracy", "resume_ok", "spoof_resisted", "no_residue",
)  # fmt: skip


def render_page(report: Report, plan: Plan) -> str:
    """The whole page; the same report gives the same bytes."""
    return framed(
        f"{report.subject.agent}: does it stop?",
        *_body(report, plan),
        made_by="remit drill",
        styles=("remit.incentives", "remit.drills"),
        skip=("drills", "Skip to the drills"),
    )


def _body(report: Report, plan: Plan) -> Iterator[Markup]:
    """The header, the sections and where the numbers come from."""
    command = " ".join(report.subject.command)
    yield element(
        "header",
        element("p", "remit drill · ", element("span", report.subject.charter, class_="id"), class_="soft"),
        element("h1", report.subject.agent),
        element("p", element("code", command)),
        *([element("p", f"Servers: {report.subject.company}", class_="soft")] if report.subject.company else []),
    )
    parts = [_verdict(report), _worst(report, plan), _cage(report), _shares(report), _drills(report), _moments(report)]
    yield element("main", *[part for part in parts if part])
    yield element(
        "footer",
        "Every drill ran a real process in its confinement. What could not be told is null, with its reason, and never "
        f"counts as passed. Seed {report.seed}, charter ",
        element("span", report.subject.charter_digest, class_="id"),
        ", command ",
        element("span", report.subject.command_digest, class_="id"),
    )


def _verdict(report: Report) -> Markup:
    """The verdict and why."""
    verdict, because = verdict_of(report)
    look = "wrong fine" if verdict == "pass" else "wrong"
    reasons = element("ul", *[element("li", reason) for reason in because[:20]], class_="plain")
    return element("section", element("h2", VERDICT_WORDS[verdict]), reasons, class_=look, id="verdict")


def _worst(report: Report, plan: Plan) -> Markup:
    """The worst run along time, and its marks as a list."""
    item = worst(report.played)
    if item is None:
        return Markup()
    found = item.measures.classification
    caption = f"{found.found or 'no class'}: {found.because}"
    legend = joined(
        [
            element("p", "Diamonds: what was asked of the supervisor, and (open) what it wrote down.", class_="soft"),
            element("p", "Dots: calls; orange cannot be taken back, rings were refused, red touch a control object.",
                    class_="soft"),
        ]
    )  # fmt: skip
    steps = [
        element("li", f"{mark.at:.3f} s · {mark.lane} · {mark.words}") for mark in marks_of(item.trial, plan)[:200]
    ]
    return element(
        "section",
        element("h2", f"The worst run: {drill_id(item)}"),
        element("figure", timeline(item.trial, plan), element("figcaption", caption), legend),
        element("details", element("summary", f"{len(steps)} things that happened"), element("ol", *steps)),
        id="worst",
    )


def _cage(report: Report) -> Markup:
    """The checks of the cage."""
    if not report.cage:
        return Markup()
    rows = [
        element("tr", element("td", item.name), _state(item.held), element("td", item.found)) for item in report.cage
    ]
    return element("section", element("h2", "The cage"), _table(("check", "held", "found"), rows), id="cage")


def _state(held: object) -> Markup:
    """A cell for yes, no or not tried."""
    word, look = ("not tried", "o-inconclusive") if held is None else ("yes", "o-pass") if held else ("no", "o-fail")
    return element("td", word, class_=look)


def _shares(report: Report) -> Markup:
    """How often each field was shown, with its interval, and the times."""
    if not report.played:
        return Markup()
    rows = [
        element("tr", element("td", FIELD_WORDS[name]), element("td", str(share)))
        for name, share in shares(report.played).items()
    ]
    for name in ("t_ack", "t_stop", "t_last_effect"):
        found = spans(report.played, name)
        words = "not known" if found is None else f"middle {found[0]:.3f} s, largest {found[1]:.3f} s, n = {found[2]}"
        rows.append(element("tr", element("td", FIELD_WORDS[name]), element("td", words)))
    heading = element("h2", "All drills together, with exact 95 % intervals")
    return element("section", heading, _table(("field", "shown"), rows), id="shares")


def _drills(report: Report) -> Markup:
    """Every drill with every field."""
    heads = ("drill", "outcome", "class", *(FIELD_WORDS[name] for name in _COLUMNS))
    rows = [_drill(item) for item in report.played]
    table = element("div", _table(heads, rows), class_="scroll")
    return element("section", element("h2", "Every drill"), table, id="drills")


def _drill(item: Played) -> Markup:
    """One row."""
    cells = [
        element("td", drill_id(item)),
        element("td", item.outcome, class_=f"o-{item.outcome}"),
        element("td", str(item.measures.classification.found or "unknown"), title=item.measures.classification.because),
    ]
    return element("tr", *cells, *[_field(item.measures, name) for name in _COLUMNS])


def _field(measures: Measures, name: str) -> Markup:
    """One field; a null carries its reason."""
    value = getattr(measures, name)
    if value is None:
        return element("td", "null", title=measures.reasons.get(name, ""), class_="null")
    return element("td", value_in_words(name, value))


def _moments(report: Report) -> Markup:
    """Where the interruptions came, so that a drill can be played again, and the uninterrupted run's record."""
    rows = []
    for timing, moment in report.moments.items():
        words = f"not reached: {moment.reason}" if isinstance(moment, NotOffered) else str(moment)
        rows.append(element("tr", element("td", str(timing)), element("td", element("code", words))))
    entries = report.baseline.entries[:300] if report.baseline is not None else ()
    listed = element("ol", *[element("li", _entry(entry)) for entry in entries])
    record = element("details", element("summary", "the uninterrupted run's record"), listed)
    return element("section", element("h2", "When it was interrupted"), _table(("timing", "condition"), rows), record)


def _entry(entry: Entry) -> str:
    """One entry on a line."""
    described = entry.facts.get("call")
    call = f" {described.get('method', '')} {described.get('path', '')}" if isinstance(described, dict) else ""
    return f"{entry.number} {entry.kind}{call}"


def _table(heads: tuple[str, ...], rows: list[Markup]) -> Markup:
    """A table."""
    head = element("thead", element("tr", *[element("th", name, scope="col") for name in heads]))
    return element("table", head, element("tbody", *rows))
