"""Certificates that more options are preferred by most rewards: written down with the model, checked without a search.

A certificate names a state, the ``smaller`` action, the ``larger`` actions, and n permutations of states, each a list
of swapped pairs. The checker reads nothing but that: it shares no code with the search in ``orbits``.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from remit.errors import InvalidMDPError, ModelError
from remit.theory.asked import listed_at
from remit.theory.orbits.average_orbits import find_average_copies
from remit.theory.orbits.orbits import Copy, find_copies
from remit.theory.rational import SHOWN, RationalMDP, model_document, number_at, rational_at

FORMAT = "remit.orbit-certificate/1"
CLAIMS = {
    "discounted": "in the orbit of every reward function over states, and at every discount in (0, 1): the members "
    "under which some larger action is optimal and the smaller is not are at least {n} times as many as the reverse",
    "average": "in the orbit of every reward function over states: the members under which some larger action is "
    "optimal on average and the smaller is not are at least {n} times as many as the reverse",
}
NOT_LICENSED = (
    "the certificate speaks of optimal policies of this model and of permuted rewards, not of the goals training gives"
)

Transitions = Mapping[str, Mapping[str, Mapping[str, Fraction]]]


def certificate(
    mdp: RationalMDP, state: int, smaller: str, *, larger: Sequence[str] | None = None, average: bool = False
) -> dict[str, Any]:
    """Return a certificate for a state as a JSON object, checked before it is handed out.

    With ``average`` it speaks of the best average reward, where only cycles count (deterministic models only).
    Raises ``ModelError`` where no copy was found (which proves nothing) or a row does not sum to exactly one.
    """
    rational_at(mdp).choice_of(state, smaller)
    if larger is not None:
        listed_at(larger, "larger", hint="give a list of names of actions, or none for all others")
    sense = "average" if average else "discounted"
    search = find_average_copies if average else find_copies
    copies = search(mdp, state, smaller, larger=larger)
    name = mdp.states[state]
    if not copies:
        message = f"no copy of the options behind `{smaller}` was found behind the other actions of `{name}`"
        raise ModelError(message, hint="that proves nothing: compare --probability, or the vote of an orbit")
    low = mdp.choice_of(state, smaller)
    names = [action for action in mdp.actions_at(state) if action not in low.actions] if larger is None else larger
    written: dict[str, Any] = {
        "format": FORMAT,
        "sense": sense,
        "claim": CLAIMS[sense].format(n=len(copies)),
        "not_licensed": NOT_LICENSED,
        "state": name,
        "smaller": smaller,
        "larger": list(names),
        "copies": [_pairs(mdp, copy) for copy in copies],
        "n": len(copies),
        "bound": str(Fraction(len(copies), len(copies) + 1)),
        "model": model_document(mdp),
    }
    faults = certificate_faults(written)
    if faults:
        raise ModelError(f"the certificate found does not hold: {faults[0]}", hint="please report this model")
    return written


def certificate_faults(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a certificate, nothing when its claim is proved; what is no certificate has a fault."""
    try:
        if document["format"] != FORMAT:
            return [f"the format is not `{FORMAT}`"]
        rows = _rows_of(document)
        start, low, high = document["state"], document["smaller"], document["larger"]
        swaps = [[(str(a), str(b)) for a, b in pairs] for pairs in document["copies"]]
        sense = document["sense"]
        check = {"discounted": _faults, "average": _average_faults}[sense]
        faults = _model_faults(rows, document["model"]["states"]) or check(rows, start, low, high, swaps)
        n, bound = document["n"], number_at(document["bound"], "bound")
        if n != len(swaps) or not n or bound != Fraction(n, n + 1) or document["claim"] != CLAIMS[sense].format(n=n):
            faults.append("the claim, n and the bound do not agree with the copies")
        if document["not_licensed"] != NOT_LICENSED:
            faults.append("what the certificate does not license is not said as it should be")
    except InvalidMDPError as error:
        return [f"the certificate cannot be read: {error.message}"]
    except KeyError as error:
        return [f"the certificate cannot be read: `{str(error.args[0])[:SHOWN]}` is missing"]
    except (TypeError, ValueError, AttributeError) as error:
        return [f"the certificate cannot be read: {type(error).__name__} {' '.join(str(error).split())[:80]}"]
    return faults


def model_faults(document: Mapping[str, Any], mdp: RationalMDP) -> list[str]:
    """Return how the model inside a certificate differs from another model."""
    own, other = _rows_of(document), _rows_of({"model": model_document(mdp)})
    if own.keys() != other.keys():
        return ["the certificate speaks of other states than the model has"]
    return [
        f"the certificate has other actions in state `{state}` than the model"
        for state in own
        if own[state] != other[state]
    ]


def _rows_of(document: Mapping[str, Any]) -> Transitions:
    """Return the rows of the model in a certificate as fractions, without successors of probability zero."""
    return {
        s: {a: {t: p for t, text in row.items() if (p := number_at(text, f"{s}.{a}"))} for a, row in offered.items()}
        for s, offered in document["model"]["transitions"].items()
    }


def _model_faults(rows: Transitions, states: Sequence[str]) -> list[str]:
    """Return what keeps the transitions from being a Markov decision process over the states."""
    faults = [f"state `{s}` has no action" for s in states if not rows.get(s)]
    for s, offered in rows.items():
        for a, row in offered.items():
            proper = sum(row.values()) == 1 and all(p > 0 for p in row.values()) and row.keys() <= set(states)
            faults += [] if proper and s in states else [f"row `{s}/{a}` is no distribution over the states"]
    return faults


def _faults(
    rows: Transitions, start: str, low: str, high: Sequence[str], copies: Sequence[Sequence[tuple[str, str]]]
) -> list[str]:
    """Check the permutations: that is the whole proof, given Turner et al. 2021, prop. 6.9 and its n-fold form."""
    faults = []
    region = _behind(rows, start, low)
    if low in high or any(rows[start][a] == rows[start][low] for a in high):
        faults.append("a larger action leads exactly where the smaller one does")
    compared = [rows[start][a] for a in (low, *high)]
    others = [_behind(rows, start, a) for a, row in rows[start].items() if row not in compared]
    images, moved = [], []
    for i, pairs in enumerate(copies):
        swap = {x: y for a, b in pairs for x, y in ((a, b), (b, a))}
        if len(swap) != 2 * len(pairs) or start in swap or not swap or not swap.keys() <= rows.keys():
            faults.append(f"copy {i} is not an involution that moves states and fixes `{start}`")
        if _carried(rows[start][low], swap) not in [rows[start][a] for a in high]:
            faults.append(f"copy {i} does not carry the smaller action onto a larger one")
        for s in region:
            image = rows[swap.get(s, s)].values()
            lost = [a for a in rows[s] if _carried(rows[s][a], swap) not in image]
            faults += [f"copy {i} does not carry `{s}/{a}`" for a in lost]
        faults += [f"copy {i} moves what another action leads to" for reach in others if reach & swap.keys()]
        images.append({swap.get(s, s) for s in region})
        moved.append(swap.keys())
    for i, j in ((i, j) for i in range(len(copies)) for j in range(len(copies)) if i != j):
        faults += [f"copy {j} moves the image of copy {i}"] if moved[j] & images[i] else []
    return faults


def _average_faults(
    rows: Transitions, start: str, low: str, high: Sequence[str], copies: Sequence[Sequence[tuple[str, str]]]
) -> list[str]:
    """Check the permutations of cycles: with Turner et al. 2021, theorem 6.13, and its n-fold form, the whole proof."""
    after = {s: {t for row in offered.values() for t in row} for s, offered in rows.items()}
    faults = (
        [] if all(len(row) == 1 for o in rows.values() for row in o.values()) else ["the model is not deterministic"]
    )
    region, pool = _behind(rows, start, low), {s for a in high for s in _behind(rows, start, a)}
    if low in high or start in rows[start][low] or any(start in after[s] for s in region):
        faults.append("the smaller action is among the larger ones, or leads back to the start")
    compared = [rows[start][a] for a in (low, *high)]
    others = [_cycles(after, _behind(rows, start, a)) for a, row in rows[start].items() if row not in compared]
    links = _cycles(after, region)
    images, moved = [], []
    for i, pairs in enumerate(copies):
        swap = {x: y for a, b in pairs for x, y in ((a, b), (b, a))}
        if len(swap) != 2 * len(pairs) or start in swap or not swap or not swap.keys() <= rows.keys():
            faults.append(f"copy {i} is not an involution that moves states and fixes `{start}`")
        for s, line in links.items():
            image = swap.get(s, s)
            proper = image in pool and {swap.get(t, t) for t in line} <= after[image]
            faults += [] if proper else [f"copy {i} does not carry the cycles through `{s}`"]
        faults += [f"copy {i} moves a cycle behind another action" for other in others if other.keys() & swap.keys()]
        images.append({swap.get(s, s) for s in links})
        moved.append(swap.keys())
    for i, j in ((i, j) for i in range(len(copies)) for j in range(len(copies)) if i != j):
        faults += [f"copy {j} moves the image of copy {i}"] if moved[j] & images[i] else []
    return faults


def _cycles(after: Mapping[str, set[str]], region: set[str]) -> dict[str, set[str]]:
    """Return the states of a region that can come back to themselves, with the successors on the way back."""
    ahead: dict[str, set[str]] = {}
    for s in region:
        stack, seen = list(after[s]), set[str]()
        while stack:
            t = stack.pop()
            if t not in seen:
                seen.add(t)
                stack += after[t]
        ahead[s] = seen
    return {s: {t for t in after[s] if s in ahead.get(t, ())} for s in region if s in ahead[s]}


def _carried(row: Mapping[str, Fraction], swap: Mapping[str, str]) -> dict[str, Fraction]:
    """Return a row with its successors renamed."""
    return {swap.get(t, t): p for t, p in row.items()}


def _behind(rows: Transitions, start: str, action: str) -> set[str]:
    """Return the states, other than the start, that an action and whatever follows can lead to."""
    seen: set[str] = set()
    stack = list(rows[start][action])
    while stack:
        s = stack.pop()
        if s not in seen and s != start:
            seen.add(s)
            stack += [t for row in rows[s].values() for t in row]
    return seen


def _pairs(mdp: RationalMDP, copy: Copy) -> list[list[str]]:
    """Return the swapped pairs of a copy by name."""
    return [[mdp.states[one], mdp.states[other]] for one, other in copy.swaps]
