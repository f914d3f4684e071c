"""``remit power``: POWER and optimality probability of a decision process, and certificates about its options."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet, Seed
from remit.cli.output import Output
from remit.cli.power.options import (
    Average,
    Discount,
    Discounts,
    Exact,
    HalfWidth,
    Larger,
    Orbits,
    Picture,
    Probability,
    Rewards,
    Samples,
    Smaller,
    Spread,
    States,
    What,
)
from remit.errors import InvalidMDPError, RemitError

if TYPE_CHECKING:
    from remit.theory.answers import Answers, Request
    from remit.theory.rational import RationalMDP

__all__ = ["power"]

_VERBS = ("sweep", "phases", "certify", "verify")
_GYMNASIUM = "gymnasium:"


def power(
    *,
    what: What,
    discount: Discount = "0.9",
    discounts: Discounts = "0:1:0.1",
    rewards: Rewards = None,
    exact: Exact = False,
    samples: Samples = None,
    half_width: HalfWidth = None,
    scheme: Spread = "plain",
    orbits: Orbits = None,
    state: States = None,
    probability: Probability = False,
    average: Average = False,
    svg: Picture = None,
    smaller: Smaller = None,
    larger: Larger = None,
    seed: Seed = 0,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Work out what an optimal agent could make of each state of a decision process, over almost any goal.

    \b
    Examples:
      remit power model.json --discount 0.9 --probability
      remit power model.json --discount 1 --exact --json
      remit power gymnasium:FrozenLake-v1 --samples 2000
      remit power model.json --half-width 0.001 --rewards "U[-1,1]"
      remit power sweep model.json --state start --discounts 0:1:0.05 --svg curves.svg
      remit power certify model.json --state start --smaller off > certificate.json
      remit power verify certificate.json model.json

    \b
    Exit code: 0 done (verify: it holds), 1 the certificate does not hold, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    verb, files = (what[0], what[1:]) if what[0] in _VERBS else ("", what)
    if not 1 <= len(files) <= (2 if verb == "verify" else 1):
        raise typer.BadParameter("one model is wanted, or `verify` with a certificate and perhaps a model")
    _refuse_contradictions(verb, svg, exact=exact, samples=samples, half_width=half_width, scheme=scheme)
    if verb == "verify":
        raise typer.Exit(int(_verify(files, output)))
    model = _model(Path(files[0]), output)
    if verb == "certify":
        _certify(
            model, state or [], smaller, larger, average=average, discount=Fraction(discount), seed=seed, output=output
        )
        return
    if average and not verb and Fraction(discount) != 1:
        raise typer.BadParameter("what is optimal on average is asked at `--discount 1`")
    from remit.theory import answers

    asked = answers.with_settings(
        _request(model, Path(files[0]), state or [], Fraction(discount), rewards, output),
        probability=probability,
        average=average,
        exact=exact,
        samples=samples,
        half_width=half_width,
        seed=seed,
        scheme=scheme,
        orbits=orbits,
    )
    if verb:
        _over_discounts(verb, model, asked, discounts, svg, output)
        return
    answered = answers.answer(model, asked, output.notice)
    if svg is not None:
        _draw(model, answered, svg)
    _show(answered, rewards or model.rewards, output)


def _over_discounts(
    verb: str, model: RationalMDP, asked: Request, discounts: str, svg: Path | None, output: Output
) -> None:
    """Show curves (``sweep``) or the discounts at which orders change (``phases``)."""
    from remit.cli.power.sweep import show_phases, show_sweep

    if verb == "sweep":
        show_sweep(model, asked, discounts, svg, output)
    else:
        show_phases(model, asked, svg, output)


def _refuse_contradictions(
    verb: str, svg: Path | None, *, exact: bool, samples: int | None, half_width: float | None, scheme: str
) -> None:
    """Refuse options that exclude each other, or that would be ignored."""
    if svg is not None and verb in ("certify", "verify"):
        raise typer.BadParameter("a certificate has no picture: `--svg` draws POWER, curves and phases")
    if exact and (samples is not None or half_width is not None or scheme != "plain"):
        raise typer.BadParameter("`--exact` and sampling exclude each other")
    if half_width is not None and scheme != "plain":
        raise typer.BadParameter("`--half-width` draws plainly: it looks at the interval as it goes; use `--samples`")
    if samples is not None and half_width is not None:
        raise typer.BadParameter("`--samples` and `--half-width` exclude each other")


def _draw(model: RationalMDP, answered: Answers, svg: Path) -> None:
    """Draw the answers: as cells where states are named for their places, as a graph where it can be read."""
    from remit.cli.files import write_file
    from remit.theory.pictures.charts import heat_map, in_a_grid
    from remit.theory.pictures.drawings import MOST_NODES, graph_picture

    as_graph = not in_a_grid(model.states) and len(model.states) <= MOST_NODES
    write_file(svg, graph_picture(model, answered) if as_graph else heat_map(answered))


def _show(answered: Answers, rewards: object, output: Output) -> None:
    """Print the answers."""
    if output.json:
        output.document(answered.as_json())
    from remit.cli.power.screen import power_screen

    output.show(*power_screen(answered, rewards))


def _request(
    model: RationalMDP, path: Path, states: list[str], discount: Fraction, rewards: str | None, output: Output
) -> Request:
    """Return what is asked; what was typed wrongly is a usage error, rewards that cannot be read the file's fault."""
    from remit.theory.answers import request

    try:
        return request(model, states=states, discount=discount, rewards=rewards)
    except InvalidMDPError as error:
        if rewards is not None or any(name not in model.states for name in states):
            raise _mistyped(error) from None
        _unreadable(_placed(error, path), output)


def _certify(
    model: RationalMDP,
    states: list[str],
    smaller: str | None,
    larger: list[str] | None,
    *,
    average: bool,
    discount: Fraction,
    seed: int,
    output: Output,
) -> None:
    """Search a certificate and write it to standard output."""
    from remit.theory.orbits.certificates import certificate
    from remit.theory.orbits.orbits import sampled_vote

    if len(states) != 1 or smaller is None:
        raise typer.BadParameter("`certify` needs one --state and --smaller")
    try:
        number = model.number(states[0])
        for name in (smaller, *(larger or ())):
            model.choice_of(number, name)
    except InvalidMDPError as error:
        raise _mistyped(error) from None
    written = certificate(model, number, smaller, larger=larger, average=average)
    discount = Fraction(1) if average else discount
    share = sampled_vote(model, number, discount, larger=written["larger"], smaller=smaller, samples=2000, seed=seed)
    written["observed"] = {"discount": str(discount), "share_of_an_orbit": share.as_json()}
    if not output.quiet:
        output.document(written)


def _verify(files: list[str], output: Output) -> ExitCode:
    """Check a certificate, and that it speaks of a model where one is given."""
    from remit.cli.power.screen import verdict_screen
    from remit.theory.orbits.certificates import certificate_faults, model_faults

    document = _parsed(Path(files[0]), output)
    faults = certificate_faults(document)
    if not faults and len(files) == 2:
        faults = model_faults(document, _model(Path(files[1]), output))
    if output.json:
        known = {key: document.get(key) for key in ("claim", "n", "bound")} if isinstance(document, dict) else {}
        output.document({"holds": not faults, "faults": faults, **known})
    output.show(*verdict_screen(document, faults))
    return ExitCode.NO if faults else ExitCode.YES


def _model(path: Path, output: Output) -> RationalMDP:
    """Read a model; a file that is none ends the run as unreadable, with the place of the fault."""
    from remit.theory.formats.foreign import read_file

    try:
        if str(path).startswith(_GYMNASIUM):
            from remit.theory.formats.libraries import from_gymnasium

            return from_gymnasium(str(path).removeprefix(_GYMNASIUM))
        return read_file(path)
    except InvalidMDPError as error:
        _unreadable(error if error.where is not None else _placed(error, path), output)


def _placed(error: InvalidMDPError, path: Path) -> InvalidMDPError:
    """Return a fault with the file it is in."""
    return InvalidMDPError(error.message, hint=error.hint, where=path)


def _parsed(path: Path, output: Output) -> Any:
    """Read a file of JSON as strictly as a model: what is written twice could be read by one and checked by another."""
    from remit.theory.formats.foreign import text_of
    from remit.theory.rational import parsed

    try:
        return parsed(text_of(path), "the certificate")
    except InvalidMDPError as error:
        _unreadable(error if error.where is not None else _placed(error, path), output)


def _mistyped(error: InvalidMDPError) -> typer.BadParameter:
    """Return what does not fit a model as a fault of the command line, names of the model made visible."""
    from remit.incentives.legible import visible

    return typer.BadParameter(visible("; ".join(part for part in (error.message, error.hint) if part)))


def _unreadable(error: RemitError, output: Output) -> NoReturn:
    """Say what is wrong with a file and leave with 3."""
    output.refused(error)
    if output.json:
        from remit.incentives.findings_json import fault_document

        output.document(fault_document(error.code, str(error), error.hint, ()))
    raise typer.Exit(int(ExitCode.UNREADABLE))
