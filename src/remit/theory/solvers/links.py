"""Where the kernels are that one model needs: looked up, and compiled where they were not, once in each process."""

from collections.abc import Callable

from remit.theory.kernels.addresses import NOWHERE, address_of
from remit.theory.kernels.batching import Program
from remit.theory.kernels.blocks import GIVEN, Addresses, Block, Desk, Results, Table, draw, pass_once
from remit.theory.kernels.certifying import residual_of
from remit.theory.kernels.jumping import jump
from remit.theory.kernels.pairs import close_pair
from remit.theory.kernels.settling import Aim, settle_loop


class Links:
    """The addresses of the kernels that solve blocks of one model, by what is asked of them."""

    def __init__(self, sizes: frozenset[int] = frozenset()) -> None:
        """Remember the sizes of its loops; know no address."""
        self.sizes = sizes
        self.known: dict[tuple[int, bool, bool], Addresses] = {}

    def __reduce__(self) -> tuple[Callable[..., "Links"], tuple[frozenset[int]]]:
        """Carry no address to another process."""
        return Links, (self.sizes,)

    def find(self, program: Program, table: Table, desk: Desk, aim: Aim, results: Results) -> Addresses:
        """Return the addresses of what a call needs to pass once, draw, settle loops and pairs, jump, and prove."""
        draws, proves = table.seed != GIVEN, len(results.residual) > 0
        asked = (desk.tops.dtype.itemsize, draws, proves)
        if asked not in self.known:
            groups, chunks, sizes = program.groups, program.chunks, self.sizes
            block = Block(table, desk, 0, 0, Addresses(*[NOWHERE] * len(Addresses._fields)))
            self.known[asked] = Addresses(
                once=address_of(pass_once, groups, 0, 0, block, results),
                draw=address_of(draw, 0, 0, 0, desk) if draws else NOWHERE,
                settle=address_of(settle_loop, groups, chunks, 0, 0, 0, block, aim) if sizes else NOWHERE,
                pair=address_of(close_pair, groups, 0, desk, 0.0) if 2 in sizes else NOWHERE,
                jump=address_of(jump, groups, 0, 0, 0.0, desk) if len(desk.steps) > 0 else NOWHERE,
                residual=address_of(residual_of, program.original, block) if proves else NOWHERE,
            )
        return self.known[asked]
