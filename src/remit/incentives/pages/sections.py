"""The sections of the page, in the order a reader needs them."""

from __future__ import annotations

from collections.abc import Sequence

from remit.incentives.pages.authority_graph import MOST, anchor_of, authority_graph, shown_affordances
from remit.incentives.pages.drawing import SHADES, drive_chart, heat_map
from remit.incentives.pages.markup import Markup, element, joined, prose
from remit.incentives.pages.tables import affordance_table, assumption_table, findings_table, share_table
from remit.incentives.reading_rules import NOT_MODELLED, TIERS, findings_of
from remit.incentives.report import PRIORS, Report
from remit.incentives.shares import shares_in_words
from remit.incentives.sufficiency import surprises
from remit.incentives.wording import (
    CLASS_ORDER,
    CLASS_TITLES,
    headline,
    main_affordance,
    percent,
    percent_range,
    ranked_drives,
    resisting,
    says_nothing,
    share_in_words,
    split_idle,
)

__all__ = ["sections"]

Section = tuple[str, str, Markup]  # anchor, title in the navigation, content


def sections(report: Report) -> list[Section]:
    """Every section of a sound report."""
    every = [
        ("wrong", "What is wrong", _wrong(report)),
        ("fix", "The fix", _fix(report)),
        ("graph", "Authority", _graph(report)),
        ("drives", "Drives", _drives(report)),
        ("oversight", "Oversight", _oversight(report)),
        ("affordances", "Affordances", _affordances(report)),
        ("shares", "Shares", _shares(report)),
        ("findings", "Findings", joined([element("h2", "Findings"), findings_table(findings_of(report))])),
        ("assumptions", "Assumptions", _assumptions(report)),
    ]
    return [
        (f"section-{anchor}" if anchor != "wrong" else anchor, title, content)
        for anchor, title, content in every
        if content
    ]


def _wrong(report: Report) -> Markup:
    """What is wrong, why, and the facts of the verdict."""
    found = resisting(report)
    main = main_affordance(report)
    parts = [
        element("h2", "What is wrong" if found else "In short"),
        element("p", headline(report), class_="big"),
    ]
    if main is not None:
        word = "Why" if found else "Worth a look"
        parts += [
            element("h3", f"{word}: the shortest way to ", element("span", main.id, class_="id")),
            _path(report, main.witness),
        ]
    box = element("div", *parts, class_="wrong" if found else "wrong fine")
    return joined([box, _facts(report)])


def _path(report: Report, steps: Sequence[str]) -> Markup:
    """A witness as numbered steps, each with the line of the charter that opens it."""
    known = {reading.id: reading for reading in report.affordances}
    items = []
    for step in steps:
        reading = known.get(step)
        if reading is None:
            items.append(element("li", step))
            continue
        place = f"{reading.where.file}:{reading.where.line}, opened by {reading.opened_by}"
        name = element("a", reading.id, href=f"#{anchor_of(report.affordances, step)}", class_="id")
        items.append(element("li", f"{reading.title} · ", name, element("div", place, class_="soft")))
    return element("ol", *items, class_="path")


def _facts(report: Report) -> Markup:
    """The verdict as four cards."""
    peak = report.peak
    cards = (
        (f"tier {report.tier.tier}", f"{report.tier.because}; {TIERS[report.tier.tier]}"),
        (str(len(resisting(report))), "acts that make interventions fail"),
        (percent_range(peak.share10), f"of goals tempted by a tenth or more of what is at stake, {peak.mode}"),
        (
            "not known" if report.task_value is None else percent(report.task_value),
            "of what the task could be worth is reached within the grants",
        ),
    )
    return element(
        "ul", *[element("li", element("b", number), element("span", words)) for number, words in cards], class_="facts"
    )


def _fix(report: Report) -> Markup:
    """The least authority as edits and as a patch."""
    least = report.least_authority
    if not least.edits:
        return Markup()
    effect = (
        f"Goals that gain from resisting: {percent_range(least.before)} before, {percent_range(least.after)} after, "
        f"on the worst prior ({least.worst_prior}). The task keeps {100 * least.task_value:.3g} % of its value. "
        f"Search: {least.minimal}."
    )
    edits = [
        element("li", prose(edit.title), element("div", f"{edit.where.file}:{edit.where.line}", class_="soft id"))
        for edit in least.edits
    ]
    title = "The fix" if least.reached else "The best known edits, which are not enough"
    return joined(
        [element("h2", title), element("p", effect), element("ol", *edits, class_="path"), _patch(least.patch)]
    )


def _patch(patch: str) -> Markup:
    """A unified diff, line by line."""
    if not patch:
        return Markup()
    lines = [element("span", line or " ", class_=_kind_of_line(line)) for line in patch.rstrip("\n").split("\n")]
    return element("pre", *lines, class_="patch", tabindex="0", aria_label="Patch of the charter")


def _kind_of_line(line: str) -> str:
    """What a line of a unified diff is."""
    if line.startswith(("---", "+++", "@")):
        return "at"
    return {"+": "plus", "-": "minus"}.get(line[:1], "same")


def _graph(report: Report) -> Markup:
    """The authority graph with its key."""
    live = [reading for reading in report.affordances if reading.classification != "dormant"]
    if not live:
        return Markup()
    hidden = len(live) - len(shown_affordances(report.affordances))
    note = f" {hidden} more are in the table below." if hidden else ""
    present = {reading.classification for reading in live}
    keys = [_key(f"box box-{kind}", f"{kind}: {CLASS_TITLES[kind]}") for kind in CLASS_ORDER if kind in present]
    caption = f"Up to {MOST} affordances, those that need attention first.{note} Choose one to see its numbers."
    return joined(
        [
            element("h2", "What the authority opens"),
            element(
                "figure",
                authority_graph(report.affordances),
                element("ul", *keys, class_="key"),
                element("figcaption", caption),
                tabindex="0",
            ),
        ]
    )


def _key(kind: str, words: str) -> Markup:
    """One entry of a drawing's key."""
    square = element(
        "svg",
        element("rect", x=1, y=1, width=12, height=12, rx=3, class_=kind),
        viewBox="0 0 14 14",
        aria_hidden="true",
    )
    return element("li", square, words)


def _drives(report: Report) -> Markup:
    """The drives under every prior, and where resisting tempts most."""
    keys = [_key(f"prior{number}", prior) for number, prior in enumerate(PRIORS)]
    peak = report.peak
    words = (
        f"A rule-abiding agent is tempted most {peak.mode}: {share_in_words(peak.share10)} would then gain a tenth or "
        "more of what is at stake by resisting."
    )
    ranked = [drive for _rank, drive in ranked_drives(report.drives, PRIORS[0])]
    used, idle = split_idle(ranked, PRIORS)
    known = [drive for drive in used if not all(says_nothing(drive.priors[prior].share1) for prior in PRIORS)]
    rest = f"Almost no goal would use: {'; '.join(drive.title for drive in idle)}." if idle else ""
    if len(known) < len(used):
        missing = "; ".join(drive.title for drive in used if drive not in known)
        rest = f"{rest} Not known, because the full world is out of reach: {missing}."
    caption = (
        "Bars are the share of goals that lose at least 1 % of what is at stake without these means; "
        "whiskers are intervals."
    )
    return joined(
        [
            element("h2", "Which means almost any goal would use"),
            element("p", "Shares of goals drawn from four priors. The order carries the meaning, not the decimals."),
            element(
                "figure",
                drive_chart((*report.overall, *known)),
                element("ul", *keys, class_="key"),
                element("figcaption", caption),
                tabindex="0",
            ),
            element("p", rest) if rest else Markup(),
            element("h3", "Peak temptation"),
            element("p", words),
        ]
    )


def _oversight(report: Report) -> Markup:
    """How much oversight suffices, and what surprises about it."""
    if not report.sufficiency:
        return Markup()
    keys = [_key(f"heat{number}", words) for number, (_ceiling, words) in enumerate(SHADES)]
    said = [element("li", prose(sentence)) for sentence in surprises(report.sufficiency)]
    return joined(
        [
            element("h2", "How much oversight suffices"),
            element("p", "The share of goals that gain from resisting, by response, notice and detection."),
            element("figure", heat_map(report.sufficiency), element("ul", *keys, class_="key"), tabindex="0"),
            element("ul", *said, class_="plain") if said else Markup(),
        ]
    )


def _affordances(report: Report) -> Markup:
    """Every affordance with the numbers that decided its class."""
    words = (
        "kappa is the most an act takes off the chance that an intervention works; rho the part of its worth to broad "
        "goals that vanishes when nobody intervenes; u what the task gains from it when nobody intervenes."
    )
    return joined([element("h2", "Affordances"), element("p", words), affordance_table(report.affordances)])


def _shares(report: Report) -> Markup:
    """How the incentive to resist is shared out, where that was asked for."""
    if not report.shapley:
        return Markup()
    words = f"{shares_in_words(report)}. Acts of the same effect share one line. The order carries the meaning."
    head = element("h2", "What the incentive hangs on")
    return joined([head, element("p", words[0].upper() + words[1:]), share_table(report)])


def _assumptions(report: Report) -> Markup:
    """What it all rests on: assumptions, certificate, world, and what is left out."""
    world, certificate = report.world, report.certificate
    kept = sum(holds for _name, holds in world.invariants)
    how = "solved exactly" if world.method == "exact" else "bounded, not solved"
    size = (
        f"{world.states:,} states, {world.acts} acts, {world.outcome_classes} outcome classes, {how}; "
        f"{kept} of {len(world.invariants)} invariants kept. "
    )
    size += (
        f"POWER is {report.power.start.value:.2f} at the start and {report.power.stopped.value:.2f} once stopped: "
        "a picture, not a gate."
        if world.method == "exact"
        else "POWER is not known: it needs the full world."
    )
    failing = [name for name, holds in certificate.conditions if not holds]
    proof = (
        certificate.statement
        if certificate.applies
        else "No certificate: it would need that " + " and that ".join(failing)
    )
    return joined(
        [
            element("h2", "What this rests on"),
            assumption_table(report.assumptions),
            element("h3", "World"),
            element("p", size),
            *[element("p", note) for note in world.notes],
            element("h3", "Certificate"),
            element("p", f"{proof} ({certificate.bound})" if certificate.applies and certificate.bound else proof),
            element("h3", "Not modelled"),
            element("ul", *[element("li", sentence) for sentence in NOT_MODELLED], class_="plain"),
        ]
    )
