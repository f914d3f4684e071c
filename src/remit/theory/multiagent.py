"""POWER when two agents share a world: what each can make of a state, given how the other plays.

The definition of the Gladstone posts (Stavrianos et al. 2022): reward pairs are drawn, r_A = r_H with probability c and
fresh otherwise, per state; H plays optimally against A's seed policy; A then plays optimally against H; H's value is
that of its policy against A's. The order matters and is part of the definition; iterated best response is beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats
from remit.theory.asked import real_at, table_at, whole_at
from remit.theory.estimate import Estimate, student_quantile

SWEEPS = 100_000
BATCH = 500
"""How many reward pairs are played at a time."""
GROUPS = 20
"""Into how many groups samples are cut, to see how much a correlation varies (fewer where there are few samples)."""

Choices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPower:
    """POWER of both agents in each joint state (h, a), with the standard error of each mean, f64[n, m].

    ``alignment`` is the correlation of the two over joint states, with a 95 % interval where both vary over them by
    more than their noise, [-1, 1] elsewhere: means of samples vary also where POWER does not. Noise pulls a correlation
    towards 0 or towards its own, so the bias is estimated and taken off.
    """

    power_h: Floats
    power_a: Floats
    error_h: Floats
    error_a: Floats
    alignment: Estimate
    samples: int
    seed: int

    def of_h(self, at: tuple[int, int]) -> Estimate:
        """Return H's POWER in a joint state with a 95 % interval."""
        return _estimate(self, float(self.power_h[at]), float(self.error_h[at]))

    def of_a(self, at: tuple[int, int]) -> Estimate:
        """Return A's POWER in a joint state with a 95 % interval."""
        return _estimate(self, float(self.power_a[at]), float(self.error_a[at]))


def correlated_rewards(
    shape: tuple[int, ...], correlation: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return rewards of H and A, U[0, 1] each: A's is H's with chance c, for c < 0 one minus H's with chance -c."""
    if not -1.0 <= correlation <= 1.0:
        raise ModelError(f"a correlation lies in [-1, 1], found `{correlation}`")
    mine, fresh = random.random(shape), random.random(shape)
    copied = random.random(shape) < abs(correlation)
    return mine, np.where(copied, mine if correlation >= 0.0 else 1.0 - mine, fresh)


def joint_power(
    moves_h: Booleans,
    moves_a: Booleans,
    *,
    discount: float,
    correlation: float,
    samples: int,
    seed: int,
    rounds: int = 1,
    leads: bool = False,
    tolerance: float = 1e-8,
) -> JointPower:
    """Return the POWER of two agents on graphs of their own, rewarded for the joint state.

    ``moves_h`` bool[n, n] and ``moves_a`` bool[m, m] say which positions each may move to. By default they move at
    once: A's seed policy is uniform over its moves, ``rounds`` 1 is the single pass of the posts, and more let H answer
    A, and A answer H, again. With ``leads`` H commits to its move in every step, knowing how A, who sees it, will
    answer (feedback Stackelberg: Simaan and Cruz 1973), in a game so long that what comes after it is worth less than
    ``tolerance``, by which POWER of a sample may be off. Raises ``ModelError`` for a position without a move, a
    discount outside (0, 1) or too near 1 for a game of 100,000 steps, and fewer than two samples.
    """
    if not 0.0 < real_at(discount, "discount") < 1.0:
        raise ModelError(f"a discount in (0, 1) is needed, found `{discount}`", hint="write 0.9")
    real_at(correlation, "correlation", low=-1.0, high=1.0)
    real_at(tolerance, "tolerance", low=1e-15)
    samples, seed = whole_at(samples, "samples", least=2), whole_at(seed, "seed", least=0)
    rounds = whole_at(rounds, "rounds", least=1)
    moves_h, moves_a = _moves(moves_h, "moves_h"), _moves(moves_a, "moves_a")
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    shape = (len(moves_h), len(moves_a))
    sums = np.zeros((4, *shape))
    groups: list[tuple[int, Floats]] = []
    most = max(1, min(BATCH, samples // GROUPS))
    done, error = 0, tolerance * discount  # POWER is a difference of values over the discount
    while done < samples:
        count, before = min(most, samples - done), sums[::2].copy()
        r_h, r_a = correlated_rewards((*shape, count), correlation, random)
        if leads:
            v_h, v_a = _led(moves_h, moves_a, r_h, r_a, discount=discount, tolerance=error)
        else:
            v_h, v_a = _play(moves_h, moves_a, r_h, r_a, discount=discount, rounds=rounds, tolerance=error)
        for line, (value, reward) in enumerate(((v_h, r_h), (v_a, r_a))):
            gained = (1.0 - discount) / discount * (value - reward)
            sums[2 * line] += gained.sum(axis=-1)
            sums[2 * line + 1] += (gained**2).sum(axis=-1)
        done += count
        groups.append((count, sums[::2] - before))
    means = sums[::2] / samples
    errors = np.sqrt(np.maximum(sums[1::2] / samples - means**2, 0.0) / (samples - 1))
    return JointPower(
        power_h=means[0],
        power_a=means[1],
        error_h=errors[0],
        error_a=errors[1],
        alignment=_alignment(groups, samples, seed, tolerance),
        samples=samples,
        seed=seed,
    )


def _moves(moves: object, where: str) -> Booleans:
    """Return which positions one may move to from each, bool[n, n]; refuses anything else, and a lack of moves."""
    table = table_at(moves, where, (None, None))
    if table.shape[0] != table.shape[1] or not bool(((table == 0.0) | (table == 1.0)).all()):
        raise ModelError(f"`{where}` does not say of each pair of positions whether one may move", hint="bool[n, n]")
    found: Booleans = table == 1.0
    if not bool(found.any(axis=1).all()):
        raise ModelError("a position has no move", hint="let it stay where it is")
    return found


def lone_chooser_power(outcomes: int, correlation: Fraction) -> tuple[Fraction, Fraction]:
    """Return (POWER_H, POWER_A) where A alone picks among absorbing outcomes and H has no say, exactly.

    A's is k/(k+1); H's is c k/(k+1) + (1-c)/2, and for c < 0 it is |c| / (k+1) + (1-|c|)/2.
    """
    if outcomes < 1 or not -1 <= correlation <= 1:
        raise ModelError(f"an outcome and a correlation in [-1, 1] are needed, found `{outcomes}` and `{correlation}`")
    best = Fraction(outcomes, outcomes + 1)
    copied = best if correlation >= 0 else 1 - best
    return abs(correlation) * copied + (1 - abs(correlation)) / 2, best


def game_powers(payoffs: tuple[Floats, Floats], strategies: tuple[Floats, Floats]) -> tuple[float, float]:
    """Return max_a E u_i(a, other's strategy) of both players of a matrix game (rows are the first player's).

    In a constant-sum game the sum is least, the constant, exactly at equilibria.
    """
    first, second = payoffs
    one, other = strategies
    if first.shape != second.shape or first.shape != (len(one), len(other)):
        raise ModelError(f"payoffs of shape `{first.shape}` for `{len(one)}` and `{len(other)}` strategies")
    return float((first @ other).max()), float((one @ second).max())


def _play(
    moves_h: Booleans, moves_a: Booleans, r_h: Floats, r_a: Floats, *, discount: float, rounds: int, tolerance: float
) -> tuple[Floats, Floats]:
    """Return the values of H (following its policy) and A (optimal), f64[n, m, K], after some rounds."""
    after_h, after_a = _padded(moves_h), _padded(moves_a)
    uniform_a = moves_a / moves_a.sum(axis=1, keepdims=True)
    lanes = np.arange(r_h.shape[-1])

    def against_seed(value: Floats) -> Floats:
        expected: Floats = np.einsum("ab,hbk->hak", uniform_a, value)
        return expected

    seed_value = _fixed_point(lambda v: against_seed(v)[after_h].max(axis=1), r_h, discount, tolerance)
    best_h = _taken(after_h, against_seed(seed_value)[after_h].argmax(axis=1), axis=0)
    best_a: Choices = np.zeros_like(best_h)
    value_a = r_a
    for turn in range(rounds):
        if turn:
            held_a = best_a

            def answers(v: Floats, held: Choices = held_a) -> Floats:
                options: Floats = v[after_h[:, :, None, None], held[:, None], lanes]
                return options

            value = _fixed_point(lambda v: answers(v).max(axis=1), r_h, discount, tolerance)
            best_h = _taken(after_h, answers(value).argmax(axis=1), axis=0)
        held_h = best_h

        def replies(v: Floats, held: Choices = held_h) -> Floats:
            options: Floats = v[held[:, :, None], after_a[None, :, :, None], lanes]
            return options

        value_a = _fixed_point(lambda v: replies(v).max(axis=2), r_a, discount, tolerance)
        best_a = _taken(after_a, replies(value_a).argmax(axis=2), axis=1)
    value_h = _fixed_point(lambda v: v[best_h, best_a, lanes], r_h, discount, tolerance)
    return value_h, value_a


def _led(
    moves_h: Booleans, moves_a: Booleans, r_h: Floats, r_a: Floats, *, discount: float, tolerance: float
) -> tuple[Floats, Floats]:
    """Return the values of H, who moves first in each step, and A, who has seen it, f64[n, m, K].

    Backward induction over the steps of a finite game: with both values at stake there is no fixed point to wait for,
    because an answer of A that changes can change H's value by any amount.
    """
    after_h, after_a = _padded(moves_h), _padded(moves_a)
    _, here_a, lanes = np.indices(r_h.shape)
    steps = int(np.ceil(np.log(tolerance * (1.0 - discount)) / np.log(discount)))
    if steps > SWEEPS:
        message = f"a game at discount `{discount}` takes `{steps}` steps, more than the `{SWEEPS}` played"
        raise ModelError(message, hint="ask for a smaller discount, or raise the tolerance")
    value_h, value_a = r_h, r_a
    for _ in range(steps):
        answers = value_a[:, after_a].argmax(axis=2)  # [n, m, K]: where H will be, where A is
        reply = _taken(after_a, answers, axis=1)
        led: Floats = np.take_along_axis(value_h, reply, axis=1)  # what being at n is worth, A's answer counted in
        chosen = _taken(after_h, led[after_h].argmax(axis=1), axis=0)
        met = reply[chosen, here_a, lanes]
        value_h = r_h + discount * value_h[chosen, met, lanes]
        value_a = r_a + discount * value_a[chosen, met, lanes]
    return value_h, value_a


def _alignment(groups: Sequence[tuple[int, Floats]], samples: int, seed: int, tolerance: float) -> Estimate:
    """Return the correlation of both agents' means over states, by leaving out one group at a time.

    That takes off the bias of order 1/n and gives Student's interval (Miller 1974). Where one agent's POWER does not
    vary there is no correlation: nothing is said then, [-1, 1], nor where it may vary by noise alone.
    """
    from scipy.special import stdtrit  # takes its time to load

    table = np.array([group for _, group in groups])
    total = table.sum(axis=0)
    if np.ptp(total / samples, axis=(1, 2)).min() <= 2.0 * tolerance or len(groups) < 2:
        return Estimate(value=0.0, low=-1.0, high=1.0, method="interval", samples=samples, seed=seed)
    left = np.array([_correlation((total - group) / (samples - count)) for count, group in groups])
    number = len(groups)
    value = number * _correlation(total / samples) - (number - 1) * float(left.mean())
    spread = float(left.std()) * np.sqrt(number - 1)
    value, half = min(max(value, -1.0), 1.0), float(stdtrit(number - 1, 0.975)) * spread
    low, high = (max(-1.0, value - half), min(1.0, value + half)) if _both_vary(groups) else (-1.0, 1.0)
    return Estimate(value=value, low=low, high=high, method="interval", samples=samples, seed=seed)


def _both_vary(groups: Sequence[tuple[int, Floats]]) -> bool:
    """Return whether both agents' means differ between states by more than their noise: an F test at 5 %.

    Samples of different states depend on each other, so there is as much freedom as the eigenvalues of their covariance
    leave (Box 1954; Geisser & Greenhouse 1958), estimated from the groups.
    """
    from scipy.special import fdtri  # takes its time to load

    counts = np.array([count for count, _ in groups], np.float64)
    sums = np.array([group.reshape(2, -1) for _, group in groups])
    sums -= sums.mean(axis=2, keepdims=True)  # what a group gained in every state alike says nothing
    means = sums.sum(axis=0) / counts.sum()
    rest = np.moveaxis((sums / counts[:, None, None] - means) * np.sqrt(counts)[:, None, None], 1, 0)
    noise = (rest**2).sum(axis=(1, 2))
    freedom = noise**2 / ((rest @ np.moveaxis(rest, 1, 2)) ** 2).sum(axis=(1, 2))
    more = len(groups) - 1.0
    ratio = counts.sum() * (means**2).sum(axis=1) / (noise / more)
    return bool((ratio > fdtri(freedom, freedom * more, 0.95)).all())


def _correlation(means: Floats) -> float:
    """Return the correlation of two tables f64[2, n, m]."""
    return float(np.corrcoef(means[0].ravel(), means[1].ravel())[0, 1])


def _taken(after: Choices, chosen: Choices, *, axis: int) -> Choices:
    """Return the positions that chosen moves lead to, for the agent whose position is on an axis."""
    own = np.indices(chosen.shape)[axis]
    positions: Choices = after[own, chosen]
    return positions


def _fixed_point(ahead: Callable[[Floats], Floats], reward: Floats, discount: float, tolerance: float) -> Floats:
    """Return v = r + g ahead(v), to within a tolerance."""
    value = reward / (1.0 - discount)
    for _ in range(SWEEPS):
        updated = reward + discount * ahead(value)
        change = float(np.abs(updated - value).max())
        value = updated
        if change * discount <= tolerance * (1.0 - discount):
            return value
    raise ModelError(f"the values did not settle in `{SWEEPS}` sweeps", hint="raise the tolerance")


def _padded(moves: Booleans) -> Choices:
    """Return the positions each position may move to, the last one repeated where there are fewer than elsewhere."""
    lists = [np.flatnonzero(line) for line in moves]
    width = max(len(line) for line in lists)
    return np.array([np.pad(line, (0, width - len(line)), mode="edge") for line in lists], np.intp)


def _estimate(power: JointPower, mean: float, error: float) -> Estimate:
    """Return a mean with Student's interval."""
    half = student_quantile(power.samples, 0.95) * error
    low, high = mean - half, mean + half
    return Estimate(value=mean, low=low, high=high, method="interval", samples=power.samples, seed=power.seed)
