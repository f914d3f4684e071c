"""Theory: decision processes, their values, and what can be measured on them.

Mathematics only. Every quantity that leaves this pillar is an ``Estimate`` (a value with the interval it lies in), a
fraction, or an array whose error bound is stated where it is computed. Public names are found when first used::

    from remit import theory

    mdp = theory.graph({"start": ["work", "off"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "off": ["off"]})
    theory.power(mdp, discount=0.9)                                          # start 0.7342 = 881/1200 ...
    theory.optimality_probability(mdp, at="start", choosing="work")          # 0.65 = 13/20

Models come from ``graph``, ``read_file`` and the ``from_...`` readers and go to the ``to_...`` writers; pictures are
``heat_map`` and ``graph_picture``. The other modules hold what is asked less often, each with its source.
"""

from importlib import import_module
from typing import Any

# Read-only by convention, as in ``remit``: which names are public and where each one lives.
_PUBLIC = {
    "Answer": "remit.theory.answers",
    "Answers": "remit.theory.answers",
    "Correlated": "remit.theory.together",
    "Estimate": "remit.theory.estimate",
    "Interruption": "remit.theory.interruptibility",
    "Linear": "remit.theory.together",
    "Listed": "remit.theory.together",
    "Lottery": "remit.theory.lengths",
    "MDP": "remit.theory.mdp",
    "RationalMDP": "remit.theory.rational",
    "at_random": "remit.theory.orbits.retarget",
    "attainable_utility_penalty": "remit.theory.side_effects",
    "best_of": "remit.theory.orbits.retarget",
    "boltzmann": "remit.theory.orbits.retarget",
    "certificate": "remit.theory.orbits.certificates",
    "certificate_faults": "remit.theory.orbits.certificates",
    "deference_margin": "remit.theory.games",
    "diagram": "remit.theory.influence.diagrams",
    "empowerment": "remit.theory.channels",
    "exact_power": "remit.theory.exact.power",
    "exact_probability": "remit.theory.exact.power",
    "from_arrays": "remit.theory.formats.libraries",
    "from_drn": "remit.theory.formats.checkers",
    "from_graphviz": "remit.theory.formats.foreign",
    "from_gymnasium": "remit.theory.formats.libraries",
    "from_map": "remit.theory.formats.foreign",
    "from_networkx": "remit.theory.formats.libraries",
    "from_toy_text": "remit.theory.formats.foreign",
    "from_transitions": "remit.theory.formats.checkers",
    "graph": "remit.theory.notebook",
    "graph_picture": "remit.theory.pictures.drawings",
    "heat_map": "remit.theory.pictures.charts",
    "incentives": "remit.theory.influence.diagrams",
    "interrupted": "remit.theory.interruptibility",
    "joint_power": "remit.theory.multiagent",
    "lesson": "remit.theory.interruptibility",
    "maximise": "remit.theory.orbits.retarget",
    "minimise": "remit.theory.orbits.retarget",
    "nondominated": "remit.theory.exact.power",
    "optimality_probability": "remit.theory.notebook",
    "orbit_vote": "remit.theory.orbits.retarget",
    "phase_picture": "remit.theory.pictures.charts",
    "phases": "remit.theory.exact.phases",
    "power": "remit.theory.notebook",
    "quantilise": "remit.theory.orbits.retarget",
    "reachability": "remit.theory.side_effects",
    "read_features": "remit.theory.formats.goals",
    "read_file": "remit.theory.formats.foreign",
    "read_goals": "remit.theory.formats.goals",
    "read_model": "remit.theory.rational",
    "recurrent_distributions": "remit.theory.exact.power",
    "relative_reachability": "remit.theory.side_effects",
    "rewards_of": "remit.theory.rewards",
    "satisfice": "remit.theory.orbits.retarget",
    "timestep_dominates": "remit.theory.lengths",
    "to_drn": "remit.theory.formats.exchange",
    "to_graphviz": "remit.theory.formats.foreign",
    "to_json": "remit.theory.rational",
    "to_prism": "remit.theory.formats.exchange",
    "uniform": "remit.theory.rewards",
    "visit_functions": "remit.theory.exact.visits",
    "witness": "remit.theory.orbits.orbits",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first used."""
    if name not in _PUBLIC:
        message = f"module `remit.theory` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(_PUBLIC)
