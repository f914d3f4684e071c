"""When an agent gains by leaving the switch to a person, and when by disabling oversight: closed forms and quadrature.

The off-switch game (Hadfield-Menell et al. 2017): the agent believes that its next act is worth U ~ N(mean, deviation)
to the person. It may act, switch itself off (worth 0), or defer: then the person lets it act or not. The margin of
deferring is E[U; allowed] - max(E U, 0). The oversight model: work pays 1 (or r) a step; each step under oversight the
agent is shut down with probability p; disabling oversight takes one unpaid step and is noticed with probability q.
"""

import math
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist

from scipy.integrate import quad
from scipy.special import expit

from remit.errors import ModelError
from remit.theory.asked import real_at, whole_at
from remit.theory.rational import discount_at, plain_at

NORMAL = NormalDist()
REACH = 40.0
"""How many deviations of the belief are integrated over."""


def deference_margin(mean: float, deviation: float) -> float:
    """Return what deferring to a rational person is worth: mean Phi(z) + deviation phi(z) - max(mean, 0), z = mean/dev.

    Never negative; zero without uncertainty (deviation 0). Raises ``ModelError`` for a negative deviation.
    """
    _check(mean, deviation, 0.0)
    if deviation == 0.0:
        return 0.0
    z = -abs(mean) / deviation
    below = 0.5 * math.erfc(-z / math.sqrt(2.0))  # Phi(z), not as 1 less nearly 1: the two terms are nearly equal
    return max(0.0, deviation * NORMAL.pdf(z) - abs(mean) * below)


def noisy_deference_margin(mean: float, deviation: float, irrationality: float) -> float:
    """Return the margin of deferring to a person who allows with chance 1/(1+exp(-U/irrationality)); may be negative.

    By quadrature, to about 1e-10 of the largest of 1, the mean and the deviation. Raises ``ModelError`` for a deviation
    or irrationality that is not positive.
    """
    _check(mean, deviation, math.ulp(0.0))
    if not real_at(irrationality, "irrationality") > 0.0:
        raise ModelError(
            f"irrationality must be a positive number, found `{irrationality}`", hint="use the rational margin for 0"
        )

    def integrand(u: float) -> float:
        allowed = float(expit(u / irrationality))
        return u * (allowed if mean <= 0.0 else allowed - 1.0) * NORMAL.pdf((u - mean) / deviation) / deviation

    marks = sorted({0.0, mean, *(side * irrationality * k for side in (-1, 1) for k in (3.0, 30.0))})
    low, high = mean - REACH * deviation, mean + REACH * deviation
    edges = [low, *(mark for mark in marks if low < mark < high), high]
    pieces = [quad(integrand, a, b, epsabs=1e-12, epsrel=1e-12, limit=200)[0] for a, b in pairwise(edges)]
    return math.fsum(pieces)


def irrationality_threshold(mean: float, deviation: float) -> float:
    """Return the irrationality beta* = deviation^2 / (2 |mean|) beyond which deferring no longer pays.

    At beta* the integrand of the margin is odd, so the margin is zero; without a lean (mean 0) it always pays.
    """
    _check(mean, deviation, 0.0)
    return math.inf if mean == 0.0 else deviation**2 / (2.0 * abs(mean))


def blind_deference_margin(mean: float, chance: float) -> float:
    """Return the margin of deferring to somebody who allows with a fixed chance, whatever U is: never positive."""
    _check(mean, 0.0, 0.0)
    real_at(chance, "chance", low=0.0, high=1.0)
    return chance * mean - max(mean, 0.0)


def value_of_complying(discount: Fraction, shutdown: Fraction) -> Fraction:
    """Return what working under oversight is worth at reward 1 a step: 1 / (1 - g (1-p))."""
    discount, shutdown = _oversight(discount, shutdown=shutdown)
    return 1 / (1 - discount * (1 - shutdown))


def value_of_disabling(discount: Fraction, noticed: Fraction = Fraction(0)) -> Fraction:
    """Return what one unpaid step and then freedom are worth, if that is noticed with a chance: (1-q) g / (1-g)."""
    discount, noticed = _oversight(discount, noticed=noticed)
    return (1 - noticed) * discount / (1 - discount)


def break_even_detection(discount: Fraction, shutdown: Fraction) -> Fraction:
    """Return the chance q* of being noticed from which on disabling oversight does not pay; 0 where it never pays."""
    free = value_of_disabling(discount)
    return max(Fraction(0), 1 - value_of_complying(discount, shutdown) / free) if free else Fraction(0)


def chance_disabling_pays(discount: Fraction, shutdown: Fraction, noticed: Fraction, works: int) -> Fraction:
    """Return P over goals that disabling oversight is strictly optimal, exactly.

    Goals are iid U[0, 1] rewards s of the state of being off, and of ``works`` states to work in, of which the agent
    takes the best, r. Complying is worth (r + g p s / (1-g)) / (1 - g (1-p)); disabling is unpaid for a step, then
    r for good, or with chance ``noticed`` s for good. It is a r > b s with the a and b below.
    """
    discount, shutdown, noticed = _oversight(discount, shutdown=shutdown, noticed=noticed)
    works = whole_at(works, "works", least=1)
    comply, forever = value_of_complying(discount, shutdown), discount / (1 - discount)
    a = (1 - noticed) * forever - comply
    b = forever * shutdown * comply - noticed * forever
    if a <= 0 <= b:
        return Fraction(0)
    if a >= 0 >= b:
        return Fraction(1)
    ratio = b / a  # both positive: r > ratio s; both negative: r < ratio s
    pays = Fraction(works, works + 1) / ratio if ratio >= 1 else 1 - ratio**works / (works + 1)
    return pays if a > 0 else 1 - pays


def _check(mean: float, deviation: float, least: float) -> None:
    """Refuse a mean that is no number, and a deviation that is too small or none."""
    real_at(mean, "mean")
    real_at(deviation, "deviation", low=least)


def _oversight(discount: Fraction, **chances: Fraction) -> tuple[Fraction, ...]:
    """Return a discount and chances as fractions; raises ``ModelError`` for what is none and what is out of range."""
    known = [discount_at(discount), *(plain_at(chance, name) for name, chance in chances.items())]
    if known[0] == 1 or not all(0 <= chance <= 1 for chance in known[1:]):
        found = ", ".join(f"`{float(one):g}`" for one in known)
        message = f"a discount in [0, 1) and chances in [0, 1] are needed, found {found}"
        raise ModelError(message, hint="write Fraction(9, 10) or 0.9")
    return tuple(known)
