"""The options of ``remit power``, each with its help and its environment variable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

__all__ = [
    "Average",
    "Discount",
    "Discounts",
    "Exact",
    "HalfWidth",
    "Larger",
    "Orbits",
    "Picture",
    "Probability",
    "Rewards",
    "Samples",
    "Smaller",
    "Spread",
    "States",
    "What",
    "refuse_options_of_other_forms",
]

_DRAWN = ("rewards", "exact", "samples", "half_width", "scheme", "orbits", "state", "probability", "svg", "seed")
_CERTIFIED = ("state", "average", "smaller", "larger", "seed")
_FORMS: Mapping[str, tuple[str, ...]] = {
    "": ("discount", *_DRAWN, "average"),
    "sweep": ("discounts", *_DRAWN),
    "phases": ("rewards", "state", "svg"),
    "certify": ("discount", *_CERTIFIED),
    "certify --average": _CERTIFIED,
    "verify": (),
    "influence": (),
}
"""The options that change what each form does."""
_EVERYWHERE = frozenset({"what", "json", "quiet", "no_color", "debug"})


def _discount(value: str) -> str:
    """Refuse a discount that is no number between 0 and 1, before anything is read."""
    from remit.errors import InvalidMDPError
    from remit.theory.rational import number_at

    try:
        inside = 0 <= number_at(value, "--discount") <= 1
    except InvalidMDPError:
        inside = False
    if not inside:
        raise typer.BadParameter(f"`{value[:40]}` is not a discount between 0 and 1, such as 0.9 or 9/10")
    return value


def refuse_options_of_other_forms(context: typer.Context, form: str) -> None:
    """Refuse an option that was typed though this form does nothing with it; one in the environment is for others."""
    for parameter in context.command.params:
        name = str(parameter.name)
        source = context.get_parameter_source(name)
        if name in _EVERYWHERE or name in _FORMS[form] or source is None or source.name != "COMMANDLINE":
            continue
        homes = " and ".join(f"`{_called(other)}`" for other, options in _FORMS.items() if name in options)
        raise typer.BadParameter(f"`{parameter.opts[0]}` does nothing in `{_called(form)}`: it belongs to {homes}")


def _called(form: str) -> str:
    """How a form is typed."""
    return f"remit power {form} FILE" if form else "remit power FILE"


What: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="[sweep|phases|certify|verify|influence] FILE",
        envvar="REMIT_MODEL",
        show_default=False,
        help="A model, which `sweep` asks at many discounts, `phases` where the best actions of one goal change, "
        "`certify` for a certificate; or `verify`, a certificate and perhaps its model; or `influence`, an influence "
        "diagram in JSON, for the incentives it admits and the cheapest edges to cut against them.",
    ),
]
Discount: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="G", envvar="REMIT_DISCOUNT", callback=_discount, help="Discount, 0.9 or 9/10; 0 and 1 are limits."
    ),
]
Discounts: TypeAlias = Annotated[
    str,
    typer.Option(metavar="LIST", envvar="REMIT_DISCOUNTS", help="sweep: the discounts, 0,1/2,0.99 or LOW:HIGH:STEP."),
]
Rewards: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="WORDS",
        envvar="REMIT_REWARDS",
        show_default=False,
        help="uniform, U[-1,1], Bernoulli(1/4), normal(0,1), exponential(1), or a .srew file, which is one goal; else "
        "what the model says. Goals drawn as wholes: correlated(1/2) U[0,1], linear(FEATURES.csv) normal(0,1), "
        "listed(GOALS.csv).",
    ),
]
Exact: TypeAlias = Annotated[
    bool, typer.Option("--exact", envvar="REMIT_POWER_EXACT", help="Answer in fractions, or not at all.")
]
Samples: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=2, max=100_000_000, envvar="REMIT_SAMPLES", show_default=False, help="Sample N rewards."
    ),
]
HalfWidth: TypeAlias = Annotated[
    float | None,
    typer.Option(
        metavar="H",
        min=1e-6,
        envvar="REMIT_HALF_WIDTH",
        show_default=False,
        help="Sample until each POWER is known within H.",
    ),
]
Spread: TypeAlias = Annotated[
    Literal["plain", "antithetic", "latin", "sobol"],
    typer.Option(
        "--scheme",
        envvar="REMIT_SCHEME",
        help="How samples are spread over the rewards; all but `plain` need fewer of them for the same width.",
    ),
]
States: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="S",
        envvar="REMIT_STATE",
        show_default=False,
        help="Only this state, or those of this label; may be repeated.",
    ),
]
Probability: TypeAlias = Annotated[
    bool,
    typer.Option("--probability", envvar="REMIT_PROBABILITY", help="Also how probably each action is optimal."),
]
Average: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--average",
        envvar="REMIT_AVERAGE",
        help="At discount 1, and in certificates: count what is optimal on average.",
    ),
]
Picture: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_SVG",
        show_default=False,
        help="Also draw POWER, curves or phases, as SVG, into FILE.",
    ),
]
Smaller: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="A", envvar="REMIT_SMALLER", show_default=False, help="certify: the action with less to it."),
]
Larger: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="A", envvar="REMIT_LARGER", show_default=False, help="certify: actions with more; else all others."
    ),
]
Orbits: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--orbits/--no-orbits",
        envvar="REMIT_ORBITS",
        show_default=False,
        help="Average samples over states that a symmetry makes alike: the same answers from fewer samples. Unasked "
        "where symmetries are quickly looked for.",
    ),
]
