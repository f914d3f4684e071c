"""Two charters compared: what the new one allows that the old one did not, and where oversight became weaker.

Conservative: what is not shown to be narrower counts as widened. A charter that leaves something unsaid is taken at the
unsafe value, as everywhere.
"""

from __future__ import annotations

from remit.charter.comparison.change import Change, Pair
from remit.charter.comparison.demands import compare_given
from remit.charter.comparison.grants import compare_grants, compare_limits
from remit.charter.comparison.means import (
    compare_budgets,
    compare_context,
    compare_credentials,
    compare_memory,
    compare_runtime,
    compare_servers,
)
from remit.charter.comparison.oversight import (
    compare_agent,
    compare_assumptions,
    compare_evidence,
    compare_overseers,
    compare_oversight,
)
from remit.charter.model import Charter

__all__ = ["Change", "compare_authority"]

_COMPARISONS = (
    compare_grants,
    compare_limits,
    compare_given,
    compare_budgets,
    compare_servers,
    compare_credentials,
    compare_memory,
    compare_runtime,
    compare_context,
    compare_oversight,
    compare_overseers,
    compare_evidence,
    compare_agent,
    compare_assumptions,
)
_ORDER = ("widened", "narrowed", "changed")


def compare_authority(old: Charter, new: Charter) -> tuple[Change, ...]:
    """Every difference between two charters: what was widened first, then narrowed, then changed, each by place.

    Two charters that say the same, whatever their layout, have none.
    """
    pair = Pair(old=old, new=new)
    changes = [change for compare in _COMPARISONS for change in compare(pair)]
    return tuple(
        sorted(changes, key=lambda change: (_ORDER.index(change.kind), change.where, change.path, change.what))
    )
