"""Whether the inner loops are compiled already, so that a caller can say why a first run takes longer."""

from remit.theory.kernels.compiling import on_disk
from remit.theory.kernels.exploration import search_states
from remit.theory.kernels.sweeping import solve_lanes


def kernels_ready() -> bool:
    """Return whether exploring and solving can begin at once; otherwise the first run compiles for some seconds."""
    return on_disk(search_states) and on_disk(solve_lanes)
