"""Run the search through a factored world, giving it room as it asks for it."""

import numpy as np

from remit.theory.arrays import Floats, Integers, SmallIntegers
from remit.theory.kernels.addresses import address_of
from remit.theory.kernels.exploration import (
    FAULT,
    MIXED,
    NO_ROOM,
    NO_SCRATCH,
    PARTS,
    ROWS,
    SPREAD,
    STATES,
    Rules,
    Search,
    expand_rows,
    fill_table,
    search_states,
    spread_events,
)
from remit.theory.mdp import Mixture

TABLES = ("keys", "part_keys")
SCRATCH = ("after_codes", "after_chances")
RESULTS = tuple(name for name in Search._fields if name not in {*SCRATCH, "offered", "counts"})
FIRST = 4096


def enumerate_states(start: int, state_budget: int, rules: Rules) -> tuple[int, int, Search]:
    """Return a status, the code at which it arose, and what was found, cut to size."""
    longest = int(np.diff(rules.outcome_ptr).max(initial=1))
    search = _first(start, len(rules.kept))
    spreading = address_of(spread_events, rules, 0, search)
    while (status := search_states(rules, search, state_budget, longest, spreading)) in {NO_ROOM, NO_SCRATCH}:
        search = _enlarged(search, SCRATCH if status == NO_SCRATCH else RESULTS)
    return status, int(search.counts[FAULT]), _trimmed(search)


def mixture_of(search: Search) -> Mixture:
    """Return the rows that were found as a mixture."""
    return Mixture(
        row_ptr=search.mix_ptr,
        parts=search.mix_parts,
        weights=search.mix_weights,
        part_ptr=search.part_ptr,
        successors=search.targets,
        probabilities=search.chances,
    )


def expanded(mixture: Mixture, states: int) -> tuple[Integers, SmallIntegers, Floats]:
    """Return successor_ptr, successors and probabilities of the rows of a mixture."""
    size = int(np.diff(mixture.part_ptr)[mixture.parts].sum())
    successor_ptr = np.zeros(len(mixture.row_ptr), np.int64)
    successors, probabilities = np.empty(size, np.int32), np.empty(size, np.float64)
    count = expand_rows(
        mixture.row_ptr,
        mixture.parts,
        mixture.weights,
        mixture.part_ptr,
        mixture.successors,
        mixture.probabilities,
        np.empty(states, np.int64),
        np.full(states, -1, np.int64),
        successor_ptr,
        successors,
        probabilities,
    )
    return successor_ptr, successors[:count].copy(), probabilities[:count].copy()


def _first(start: int, operators: int) -> Search:
    """Return a search that knows the start only."""
    whole, small, real = np.int64, np.int32, np.float64
    search = Search(
        keys=np.zeros(FIRST, whole),
        numbers=np.empty(FIRST, small),
        codes=np.empty(FIRST, whole),
        part_keys=np.zeros(FIRST, whole),
        part_numbers=np.empty(FIRST, small),
        part_codes=np.empty(FIRST, whole),
        row_ptr=np.zeros(FIRST, whole),
        operators=np.empty(FIRST, small),
        mix_ptr=np.zeros(2 * FIRST, whole),
        mix_parts=np.empty(FIRST, small),
        mix_weights=np.empty(FIRST, real),
        part_ptr=np.zeros(FIRST, whole),
        targets=np.empty(FIRST, small),
        chances=np.empty(FIRST, real),
        after_codes=np.empty(64, whole),
        after_chances=np.empty(64, real),
        offered=np.empty(operators, whole),
        counts=np.zeros(7, whole),
    )
    search.codes[0], search.counts[STATES] = start, 1
    fill_table(search.keys, search.numbers, search.codes, 1)
    return search


def _enlarged(search: Search, names: tuple[str, ...]) -> Search:
    """Return the search with four times the room in the named arrays and its tables filled anew.

    A part whose spreading was interrupted is forgotten, so that it is met again.
    """
    grown = search._asdict()
    for name in {*TABLES, *names}:
        array = grown[name]
        larger = np.zeros(len(array) if name not in names else 4 * len(array), array.dtype)
        if name not in TABLES:
            larger[: len(array)] = array
        grown[name] = larger
    wider = Search(**grown)
    while wider.counts[PARTS] > 0 and wider.part_ptr[wider.counts[PARTS]] == 0:
        wider.counts[PARTS] -= 1
    fill_table(wider.keys, wider.numbers, wider.codes, int(wider.counts[STATES]))
    fill_table(wider.part_keys, wider.part_numbers, wider.part_codes, int(wider.counts[PARTS]))
    return wider


def _trimmed(search: Search) -> Search:
    """Return the search with its results cut to what is in use."""
    states, parts, rows = (int(search.counts[i]) for i in (STATES, PARTS, ROWS))
    mixed, spread = int(search.counts[MIXED]), int(search.counts[SPREAD])
    return search._replace(
        codes=search.codes[:states].copy(),
        row_ptr=search.row_ptr[: states + 1].copy(),
        operators=search.operators[:rows].copy(),
        mix_ptr=search.mix_ptr[: rows + 1].copy(),
        mix_parts=search.mix_parts[:mixed].copy(),
        mix_weights=search.mix_weights[:mixed].copy(),
        part_ptr=search.part_ptr[: parts + 1].copy(),
        targets=search.targets[:spread].copy(),
        chances=search.chances[:spread].copy(),
    )
