"""How every claim of a case stands: one line each, and the doubts nobody has answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from remit.cli.case.options import clock_of, locate_case

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.assurance.weighing.assessment import Assessment
    from remit.cli.output import Output

__all__ = ["case_screen", "show_case"]


def show_case(given: Path | None, as_of: str | None, output: Output) -> None:
    """Print how the claims of a case stand; raises ``CaseError`` when it cannot be read."""
    from remit.assurance.health import assess_case
    from remit.assurance.looking import look
    from remit.assurance.reader import read_case

    clock = clock_of(as_of)
    case = read_case(locate_case(given))
    assessment = assess_case(case, look(case, clock=clock), as_of=clock.now())
    if output.json:
        from remit.assurance.encoding import encode_assessment

        output.document(encode_assessment(assessment))
        return
    output.show(*case_screen(assessment))


def case_screen(assessment: Assessment) -> Iterator[RenderableType]:
    """Claims with health and freshness, evidence by number, doubts that are open or were taken on."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from remit.assurance.case import DefeaterStatus
    from remit.cli.headings import heading
    from remit.incentives.legible import visible

    case = assessment.case
    yield heading(f"CASE {visible(case.id)}", f"version {case.version}, {visible(case.profile) or 'no profile'}")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for title in ("claim", "gate", "health", "freshness", "what it says"):
        table.add_column(title, no_wrap=title != "what it says")
    for claim in case.claims.values():
        node = assessment.nodes[claim.id]
        row = (claim.id, "gate" if claim.gate else "", node.health.value, node.freshness.value, claim.text)
        table.add_row(*(Text(visible(cell)) for cell in row))
    yield Padding(table, (0, 0, 0, 2))
    counting = sum(assessment.nodes[name].counts for name in case.evidence)
    yield Text(f"evidence: {len(case.evidence)} records, {counting} of which count")
    standing = [doubt for doubt in case.defeaters.values() if doubt.status is not DefeaterStatus.REBUTTED]
    if standing:
        yield heading("DOUBTS", "what nobody has answered, or somebody took on")
    for doubt in standing:
        text = f"{doubt.id}  {doubt.status.value}, against {doubt.against}: {doubt.text}"
        yield Padding(Text(visible(text)), (0, 0, 0, 2))
    yield Text("next: `remit gate` says whether it may be released, and what would change that", style="dim")
