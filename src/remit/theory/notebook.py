"""The theory at one's fingertips: a model from a few lines, POWER and probabilities with the best method there is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from remit.errors import InvalidMDPError
from remit.theory.answers import Answer, Answers, answer, request, with_settings
from remit.theory.rational import RationalMDP, model_of, number_at
from remit.theory.rewards import Reward
from remit.theory.sampling.schemes import Scheme

Number: TypeAlias = Fraction | float | str
Row: TypeAlias = Mapping[str, Number]


def graph(edges: Mapping[str, str | Sequence[str] | Mapping[str, str | Row]]) -> RationalMDP:
    """Return the model in which each state names or lists where it leads, or its actions and where each leads.

    ``{"start": ["work", "off"], ...}`` names actions after their targets; ``{"start": {"jump": {"a": "1/3", "b":
    "2/3"}}}`` gives probabilities. Raises ``InvalidMDPError`` as ``read_model`` does.
    """
    table: dict[str, dict[str, dict[str, Fraction]]] = {}
    for state, offered in edges.items():
        targets = [offered] if isinstance(offered, str) else offered
        actions = targets if isinstance(targets, Mapping) else {target: target for target in targets}
        table[state] = {
            action: {target: number_at(_plain(chance), f"{state}.{action}") for target, chance in _row(row).items()}
            for action, row in actions.items()
        }
    return model_of(list(table), table)


def power(
    mdp: RationalMDP,
    *,
    states: str | Sequence[str] = (),
    discount: Number = "0.9",
    rewards: object | Reward | None = None,
    exact: bool = False,
    samples: int | None = None,
    half_width: float | None = None,
    seed: int = 0,
    scheme: Scheme = "plain",
    orbits: bool | None = None,
    probability: bool = False,
    average: bool = False,
) -> Answers:
    """Return POWER of some states (all when none is named), exactly where that is quick, else with intervals.

    ``rewards`` is words or a mapping as in ``rewards_of``, or one distribution for every state. POWER has the unit of
    the rewards, per step: U[0, 1] gives numbers in [0, 1] at every discount. With ``probability`` also how probably
    each action is optimal, in [0, 1]; at discount 1 in the sense of Blackwell, with ``average`` of the best average.
    Other arguments are those of ``answers.Request``, errors those of ``answer``; wishes that exclude each other raise
    ``ModelError``. Source: Turner et al. 2021, definitions 4.1 and 5.2.
    """
    named = [states] if isinstance(states, str) else states
    wanted = request(mdp, states=named, discount=number_at(_plain(discount), "discount"), rewards=_words(rewards))
    if isinstance(rewards, Reward):
        wanted = replace(wanted, rewards=(rewards,) * len(mdp.states))
    settings = with_settings(
        wanted,
        probability=probability,
        average=average,
        exact=exact,
        samples=samples,
        half_width=half_width,
        seed=seed,
        scheme=scheme,
        orbits=orbits,
    )
    return answer(mdp, settings)


def optimality_probability(
    mdp: RationalMDP,
    *,
    at: str,
    choosing: str,
    discount: Number = "0.9",
    rewards: object | Reward | None = None,
    exact: bool = False,
    samples: int | None = None,
    seed: int = 0,
    average: bool = False,
) -> Answer:
    """Return how probably some optimal policy takes an action at a state, over rewards; as ``power`` does."""
    mdp.choice_of(mdp.number(at), choosing)
    found = power(
        mdp,
        states=[at],
        discount=discount,
        rewards=rewards,
        exact=exact,
        samples=samples,
        seed=seed,
        probability=True,
        average=average,
    )
    return found.probability[at][choosing]


def _row(row: str | Row) -> Row:
    """Return where an action leads, for sure when a state is named."""
    return {row: 1} if isinstance(row, str) else row


def _plain(value: Number) -> object:
    """Return a number as ``number_at`` reads it: a float by the digits it shows."""
    if isinstance(value, bool):
        raise InvalidMDPError(f"`{value}` is not a number")
    if isinstance(value, int):
        return value
    return repr(value) if isinstance(value, float) else str(value)


def _words(rewards: object) -> object:
    """Return rewards that still have to be read; a distribution is there already."""
    return "uniform" if isinstance(rewards, Reward) else rewards
