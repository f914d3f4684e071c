"""``remit power certify`` and ``verify``: certificates that more options are preferred by most rewards."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.power.models import as_typed, model_in, parsed_file
from remit.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from remit.cli.output import Output
    from remit.theory.rational import RationalMDP

__all__ = ["certify", "verify"]

_VOTES = 2_000  # members of an orbit that are drawn for the share beside the bound


def certify(
    model: RationalMDP,
    states: Sequence[str],
    smaller: str | None,
    larger: Sequence[str] | None,
    *,
    average: bool,
    discount: Fraction,
    seed: int,
    output: Output,
) -> None:
    """Search a certificate and write it to standard output, with the share of one orbit that was sampled."""
    from remit.theory.orbits.certificates import certificate
    from remit.theory.orbits.orbits import sampled_vote

    if len(states) != 1 or smaller is None:
        raise typer.BadParameter("`certify` needs one --state and --smaller")
    with as_typed():
        number, *more = model.numbers(states[0])
        for name in (smaller, *(larger or ())):
            model.choice_of(number, name)
    if more:
        raise typer.BadParameter(f"`certify` needs one --state, and `{1 + len(more)}` have that label")
    with progress(output) as report:
        report("permutations", 0, 0)
        written = certificate(model, number, smaller, larger=larger, average=average)
        report("policies", 0, 0)
        high = written["larger"]
        share = sampled_vote(
            model, number, discount, larger=high, smaller=smaller, samples=_VOTES, seed=seed, report=report
        )
    written["observed"] = {"discount": str(discount), "share_of_an_orbit": share.as_json()}
    if not output.quiet:
        output.document(written)


def verify(files: Sequence[str], output: Output) -> ExitCode:
    """Check a certificate, and that it speaks of a model where one is given."""
    from remit.theory.orbits.certificates import certificate_faults, model_faults

    document = parsed_file(Path(files[0]), "the certificate", output)
    faults = certificate_faults(document)
    if not faults and len(files) == 2:
        faults = model_faults(document, model_in(files[1], output))
    if output.json:
        known = {key: document.get(key) for key in ("claim", "n", "bound")} if isinstance(document, dict) else {}
        output.document({"holds": not faults, "faults": faults, **known})
    from remit.cli.power.screen import verdict_screen  # what draws tables takes its time to load

    output.show(*verdict_screen(document, faults))
    return ExitCode.NO if faults else ExitCode.YES
