"""Theory: decision processes, their values, and what can be measured on them.

Mathematics only. Every quantity that leaves this pillar is an ``Estimate`` (a value with the interval it lies in), a
fraction, or an array whose error bound is stated where it is computed. Public names are found when first used::

    from remit import theory

    mdp = theory.graph({"start": ["work", "off"], "work": ["a", "b"], "a": ["a"], "b": ["b"], "off": ["off"]})
    theory.power(mdp, discount=0.9)                                          # start 0.7342 = 881/1200 ...
    theory.optimality_probability(mdp, at="start", choosing="work")          # 0.65 = 13/20
"""

from importlib import import_module
from typing import Any

# Read-only by convention, as in ``remit``: which names are public and where each one lives.
_PUBLIC = {
    "Answer": "remit.theory.answers",
    "Answers": "remit.theory.answers",
    "Estimate": "remit.theory.estimate",
    "MDP": "remit.theory.mdp",
    "RationalMDP": "remit.theory.rational",
    "certificate": "remit.theory.certificates",
    "certificate_faults": "remit.theory.certificates",
    "exact_power": "remit.theory.exact",
    "exact_probability": "remit.theory.exact",
    "from_arrays": "remit.theory.libraries",
    "from_graphviz": "remit.theory.foreign",
    "from_gymnasium": "remit.theory.libraries",
    "from_map": "remit.theory.foreign",
    "from_networkx": "remit.theory.libraries",
    "from_toy_text": "remit.theory.foreign",
    "graph": "remit.theory.notebook",
    "nondominated": "remit.theory.exact",
    "optimality_probability": "remit.theory.notebook",
    "power": "remit.theory.notebook",
    "read_model": "remit.theory.rational",
    "recurrent_distributions": "remit.theory.exact",
    "rewards_of": "remit.theory.rewards",
    "uniform": "remit.theory.rewards",
    "visit_functions": "remit.theory.visits",
    "witness": "remit.theory.orbits",
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
