"""The theory at one's fingertips: a model from a few lines, POWER and probabilities with the best method there is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from remit.theory.answers import Answer, Answers, answer, request, with_settings
from remit.theory.asked import listed_at, mapping_at, text_at
from remit.theory.rational import RationalMDP, discount_at, model_of, plain_at, rational_at
from remit.theory.rewards import Reward, rewards_at
from remit.theory.sampling.schemes import Scheme

Number: TypeAlias = Fraction | float | str
Row: TypeAlias = Mapping[str, Number]
HINT = 'write {"start": ["work", "off"], "work": {"try": {"done": "1/2", "work": "1/2"}}}'
"""How a graph is written, for whoever wrote something else."""


def graph(edges: Mapping[str, str | Sequence[str] | Mapping[str, str | Row]]) -> RationalMDP:
    """Return the model in which each state names or lists where it leads, or its actions and where each leads.

    ``{"start": ["work", "off"], ...}`` names actions after their targets; ``{"start": {"jump": {"a": "1/3", "b":
    "2/3"}}}`` gives probabilities. Raises ``InvalidMDPError`` as ``read_model`` does.
    """
    table: dict[str, dict[str, dict[str, Fraction]]] = {}
    for state, offered in mapping_at(edges, "edges", hint=HINT).items():
        targets = [offered] if isinstance(offered, str) else offered
        actions = targets if isinstance(targets, Mapping) else _named(targets, state)
        table[state] = {
            action: {target: plain_at(chance, f"{state}.{action}") for target, chance in _row(row).items()}
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

    ``rewards`` is words or a mapping as in ``goals_of``, what that gives, or one distribution for every state; or
    goals drawn as wholes (``together``: correlated, linear in features, listed), which are sampled. POWER
    has the unit of the rewards, per step: U[0, 1] gives numbers in [0, 1] at every discount. With ``probability`` also
    how probably each action is optimal, in [0, 1]; at discount 1 in the sense of Blackwell, with ``average`` of the
    best average. Other arguments are those of ``answers.Request``, errors those of ``answer``; wishes that exclude each
    other raise ``ModelError``. Source: Turner et al. 2021, definitions 4.1 and 5.2.
    """
    named = [states] if isinstance(states, str) else states
    there = _distributions(mdp, rewards)
    words = "uniform" if there is not None else rewards
    wanted = request(mdp, states=named, discount=discount_at(discount), rewards=words)
    wanted = wanted if there is None else replace(wanted, rewards=there)
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
    rational_at(mdp).choice_of(mdp.number(at), choosing)
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


def _named(targets: object, state: str) -> dict[str, str]:
    """Return actions named after where they lead."""
    return {text_at(target, str(state)): target for target in listed_at(targets, str(state), hint=HINT)}


def _row(row: str | Row) -> Row:
    """Return where an action leads, for sure when a state is named."""
    return {row: 1} if isinstance(row, str) else mapping_at(row, "where an action leads", hint=HINT)


def _distributions(mdp: RationalMDP, rewards: object) -> tuple[Reward, ...] | None:
    """Return distributions that are there already, one for every state or one each; None for what has to be read."""
    if isinstance(rewards, Reward):
        return (rewards,) * len(rational_at(mdp).states)
    listed = isinstance(rewards, Sequence) and any(isinstance(one, Reward) for one in rewards)
    return rewards_at(rational_at(mdp), rewards) if listed else None
