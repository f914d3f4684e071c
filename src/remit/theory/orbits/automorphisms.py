"""Whether a permutation of states leaves a model and its rewards as they are: checked exactly, without any search.

Where it does, optimal values at a state are distributed as those at its image, so POWER is the same at both and every
sample of rewards tells as much about one as about the other (Turner et al. 2021, section 4, applied to a whole model).
"""

from collections.abc import Sequence
from fractions import Fraction

from remit.theory.rational import RationalMDP
from remit.theory.rewards import Reward

Row = frozenset[tuple[int, Fraction]]


def permutation_faults(mdp: RationalMDP, rewards: Sequence[Reward], permutation: Sequence[int]) -> list[str]:
    """Return why a permutation of states is no symmetry of a model and its rewards; nothing where it is one.

    A symmetry moves every choice of a state onto a choice of its image, with the same probabilities, and gives each
    state the distribution of rewards of its image. Exact; shares no code with the search in ``symmetries``.
    """
    size = len(mdp.states)
    if sorted(permutation) != list(range(size)):
        return ["not a permutation of the states"]
    for state, image in enumerate(permutation):
        if rewards[state] != rewards[image]:
            return [f"state `{mdp.states[state]}` has other rewards than `{mdp.states[image]}`"]
        own = {frozenset((permutation[t], p) for t, p in choice.lottery) for choice in mdp.choices[state]}
        if own != {frozenset(choice.lottery) for choice in mdp.choices[image]}:
            return [f"the choices of `{mdp.states[state]}` are not carried onto those of `{mdp.states[image]}`"]
    return []
