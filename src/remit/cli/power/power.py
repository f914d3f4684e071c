"""``remit power``: POWER and optimality probability of a decision process, and certificates about its options."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet, Seed
from remit.cli.output import Output
from remit.cli.power.certificates import certify, verify
from remit.cli.power.models import as_typed, drawn_from, mistyped, model_in, placed, rewards_given, unreadable
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
    refuse_options_of_other_forms,
)
from remit.cli.progress import progress
from remit.errors import InvalidMDPError

if TYPE_CHECKING:
    from remit.theory.answers import Answers, Request
    from remit.theory.rational import RationalMDP

__all__ = ["power"]

_VERBS = ("sweep", "phases", "certify", "verify", "influence")


def _influence(files: list[str], output: Output) -> ExitCode:
    """Say which incentives a diagram admits."""
    from remit.cli.power.influence import influence  # what draws tables takes its time to load

    return influence(files, output)


_WITHOUT_MODEL = {"verify": verify, "influence": _influence}


def power(
    context: typer.Context,
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
      remit power model.json --probability --rewards "listed(goals.csv)"
      remit power sweep model.json --state start --discounts 0:1:0.05 --svg curves.svg
      remit power certify model.json --state start --smaller off > certificate.json
      remit power verify certificate.json model.json
      remit power influence diagram.json

    \b
    Exit code: 0 done (verify: it holds), 1 the certificate does not hold, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    verb, files = (what[0], what[1:]) if what[0] in _VERBS else ("", what)
    if not 1 <= len(files) <= (2 if verb == "verify" else 1):
        raise typer.BadParameter("one model is wanted, or `verify` with a certificate and perhaps a model")
    refuse_options_of_other_forms(context, f"{verb} --average" if verb == "certify" and average else verb)
    if verb in _WITHOUT_MODEL:
        raise typer.Exit(int(_WITHOUT_MODEL[verb](files, output)))
    _refuse_contradictions(exact=exact, samples=samples, half_width=half_width, scheme=scheme, orbits=orbits)
    model = model_in(files[0], output)
    if verb == "certify":
        at = Fraction(1 if average else discount)
        certify(model, state or [], smaller, larger, average=average, discount=at, seed=seed, output=output)
        return
    if not verb and average and not (probability and Fraction(discount) == 1):
        raise typer.BadParameter("what is optimal on average is asked at `--discount 1`, with `--probability`")
    from remit.theory import answers

    wanted = _request(model, Path(files[0]), state or [], Fraction(discount), rewards, output)
    with as_typed():
        asked = answers.with_settings(
            wanted,
            probability=probability,
            average=average and not verb,
            exact=exact,
            samples=samples,
            half_width=half_width,
            seed=seed,
            scheme=scheme,
            orbits=orbits,
        )
    named = rewards or model.rewards
    if verb:
        _over_discounts(verb, model, asked, named, discounts, svg, output)
    else:
        _show(model, asked, named, svg, output)


def _over_discounts(
    verb: str, model: RationalMDP, asked: Request, named: object, discounts: str, svg: Path | None, output: Output
) -> None:
    """Show curves (``sweep``) or the discounts at which orders change (``phases``)."""
    from remit.cli.power.sweep import show_phases, show_sweep

    if verb == "sweep":
        show_sweep(model, asked, named, discounts, svg, output)
    else:
        show_phases(model, asked, svg, output)


def _refuse_contradictions(
    *, exact: bool, samples: int | None, half_width: float | None, scheme: str, orbits: bool | None
) -> None:
    """Refuse options that exclude each other, or that would be ignored."""
    if exact and (samples is not None or half_width is not None or scheme != "plain" or orbits is not None):
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


def _show(model: RationalMDP, asked: Request, named: object, svg: Path | None, output: Output) -> None:
    """Answer what is asked, draw the answers where a file was named, and print them."""
    from remit.theory.answers import answer

    with progress(output) as report:
        answered = answer(model, asked, output.notice, report)
    if svg is not None:
        _draw(model, answered, svg)
    if output.json:
        output.document({**answered.as_json(), **drawn_from(asked, named)})
    from remit.cli.power.screen import power_screen

    output.show(*power_screen(answered, named))


def _request(
    model: RationalMDP, path: Path, states: list[str], discount: Fraction, words: str | None, output: Output
) -> Request:
    """Return what is asked; what was typed wrongly is a usage error, rewards that cannot be read the file's fault."""
    from remit.theory.answers import request

    rewards = rewards_given(words, model, output)
    try:
        return request(model, states=states, discount=discount, rewards=rewards)
    except InvalidMDPError as error:
        if words is not None or any(name not in model.states for name in states):
            raise mistyped(error) from None
        unreadable(placed(error, path), output)
