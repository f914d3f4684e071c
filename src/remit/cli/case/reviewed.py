"""That a review took place: a sealed record under a person's name, and the date of the next one in the case."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from remit.assurance.review.review import ReviewPack
    from remit.cli.exits import ExitCode

__all__ = ["write_review"]

_MOST_REASONS = 40


def write_review(path: Path, packed: ReviewPack, *, by: str, found: str, following: str, claim: str) -> ExitCode:
    """Write the record of a review, take it into the case, set the next date; raises ``typer.BadParameter``.

    The record holds what was on hold when it was looked at: that somebody looked does not make it good, so it is
    inconclusive where anything but the date of the review itself held.
    """
    import json

    from remit.assurance.editing import edit_case_file, set_fields
    from remit.assurance.intake import intake_of
    from remit.assurance.records import read_record
    from remit.cli.case.add import take_in, tell
    from remit.cli.output import Output

    due = _next(following, packed)
    if not by.strip() or not found.strip():
        raise typer.BadParameter("a review has somebody who looked and something they found: --by NAME --found TEXT")
    if claim not in packed.case.claims:
        raise typer.BadParameter(f"the case has no claim `{claim}`: --claim, one of {', '.join(packed.case.claims)}")
    record = _record(path, packed, by, found, due)
    name = f"E-review-{packed.as_of.date().isoformat()}"
    data = (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()
    read = read_record(data, name=name)
    intake = intake_of(packed.case, read, name=name, supports=(claim,), group=f"review by {by}"[:200])
    edit_case_file(path, lambda text: set_fields(text, "case", "", {"review_by": due.isoformat()}))
    take_in(path, Path(f"{name.removeprefix('E-')}.json"), data, read, intake)
    output = Output()
    output.notice(f"the next review is due on {due.isoformat()}")
    return tell(path, intake, output)


def _next(following: str, packed: ReviewPack) -> date:
    """The date of the next review: a day to come."""
    try:
        due = date.fromisoformat(following)
    except ValueError:
        raise typer.BadParameter("say when the next review is due: --next 2027-02-20") from None
    if due <= packed.as_of.date():
        raise typer.BadParameter(f"the next review cannot have been due on {due.isoformat()}")
    return due


def _record(path: Path, packed: ReviewPack, by: str, found: str, due: date) -> dict[str, Any]:
    """The sealed record, with the whole pack the person looked at beside what they say."""
    from remit import __version__
    from remit.assurance.records import compose
    from remit.assurance.review.review import REVIEWER
    from remit.assurance.review.text import encode_review
    from remit.charter.reader import read_charter
    from remit.clock import FixedClock

    held = [f"{reason.claim}: {reason.why}" for reason in packed.reasons if not reason.why.startswith("a review was")]
    return compose(
        kind="review",
        subject={"charter": read_charter(path.parent / packed.case.charter).digest},
        told={},
        tool=REVIEWER,
        version=__version__,
        clock=FixedClock(packed.as_of),
        setting="",
        result="inconclusive" if held else "pass",
        because=[" ".join(found.split()), *held[:_MOST_REASONS]],
        said={
            "reviewer": " ".join(by.split()),
            "basis": "a person's word, about the pack below",
            "next": due.isoformat(),
            "pack": encode_review(packed),
        },
    )
