"""Whether the inner loops are compiled already, so that a caller can say why a first run takes longer."""

from remit.theory.kernels.batching import solve_batch
from remit.theory.kernels.compiling import on_disk
from remit.theory.kernels.exploration import search_states
from remit.theory.kernels.sweeping import solve_lanes

COMPILING = "compiling kernels (first run only)"
"""What is said where they are not."""


def kernels_ready() -> bool:
    """Return whether exploring and solving can begin at once; otherwise the first run compiles for some seconds."""
    return on_disk(search_states) and on_disk(solve_lanes)


def sampling_ready() -> bool:
    """Return whether drawing and solving many rewards can begin at once; otherwise the first run compiles."""
    return on_disk(solve_batch)
