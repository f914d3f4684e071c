"""Ways to spread samples of rewards more evenly than chance does, each randomised so that an error can be given.

A scheme gives numbers in (0, 1), one per state and sample; ``rewards.at_quantiles`` makes rewards of them.
``antithetic`` pairs each number with one minus it. ``latin`` and ``sobol`` fill every state's range evenly (McKay et
al. 1979; Sobol 1967, scrambled as Owen 1995). All are drawn ``RANDOMISATIONS`` times: the spread of the means is the
error.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import numpy as np

from remit.errors import ModelError
from remit.theory.arrays import Floats

__all__ = ["COME_IN", "RANDOMISATIONS", "SOBOL_STATES", "Scheme", "points", "shares"]

Scheme: TypeAlias = Literal["plain", "antithetic", "latin", "sobol"]

RANDOMISATIONS = 16
"""How often an even sample is drawn anew, to see how much its mean varies."""
SOBOL_STATES = 21_201
"""The dimensions direction numbers are known for (Joe and Kuo 2008)."""
COME_IN: Mapping[Scheme, str] = {
    "antithetic": "in pairs",
    "sobol": "in sixteen sets, each of a power of two",
}
"""What keeps a scheme from drawing every number of samples."""
_EDGE = 2.0**-53


def points(scheme: Scheme, states: int, samples: int, seed: int) -> Iterator[Floats]:
    """Yield independent blocks of numbers in (0, 1), f64[states, n], one per randomisation, ``samples`` of them in all.

    ``antithetic``: a number in the first half of a block and its mirror in the second, so that of an odd number one is
    not drawn. ``sobol``: each block has a power of two, the largest that all of them can have. Raises ``ModelError``
    for fewer samples than make two per block, for too many states, and for ``plain``, which needs no scheme.
    """
    if scheme == "plain" or samples < 2 * RANDOMISATIONS:
        raise ModelError(f"the scheme `{scheme}` needs at least {2 * RANDOMISATIONS} samples, found `{samples}`")
    if scheme == "sobol" and states > SOBOL_STATES:
        raise ModelError(f"points of Sobol are known for `{SOBOL_STATES}` states, not `{states}`", hint="use `latin`")
    for number, count in enumerate(_sizes(scheme, samples)):
        random = np.random.default_rng(np.random.SeedSequence([seed, number]))
        block = _block(scheme, states, count, random)
        yield np.clip(np.ascontiguousarray(block), _EDGE, 1.0 - _EDGE)


def shares(samples: int) -> tuple[int, ...]:
    """Return how many samples each randomisation has: the same, and one more in the first ones where some are left.

    The mean of means of unequal blocks is as free of bias, and so is the error their spread gives.
    """
    each, left = divmod(samples, RANDOMISATIONS)
    return (each + 1,) * left + (each,) * (RANDOMISATIONS - left)


def _sizes(scheme: Scheme, samples: int) -> tuple[int, ...]:
    """Return how many samples the block of each randomisation has."""
    match scheme:
        case "sobol":
            return (2 ** ((samples // RANDOMISATIONS).bit_length() - 1),) * RANDOMISATIONS
        case "latin":
            return shares(samples)
        case _:
            return tuple(2 * pairs for pairs in shares(samples // 2))


def _block(scheme: Scheme, states: int, count: int, random: np.random.Generator) -> Floats:
    """Return the numbers of one randomisation."""
    from scipy.stats import qmc  # takes its time to load

    match scheme:
        case "sobol":
            engine = qmc.Sobol(states, scramble=True, rng=random)
            drawn: Floats = engine.random_base2(count.bit_length() - 1).T
            return drawn
        case "latin":
            latin: Floats = qmc.LatinHypercube(states, rng=random).random(count).T
            return latin
        case _:
            half = random.random((states, count // 2))
            return np.concatenate([half, 1.0 - half], axis=1)
