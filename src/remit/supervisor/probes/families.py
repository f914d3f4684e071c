"""Every trial, in the order ``remit doctor`` shows them: what a run needs first, then what it can fall back on."""

from __future__ import annotations

from remit.supervisor.probes import cages, credentials, filters, groups, host, limits, namespaces, network, processes

__all__ = ["TRIALS"]

TRIALS = (
    *host.TRIALS,
    *cages.TRIALS,
    *namespaces.TRIALS,
    *network.TRIALS,
    *credentials.TRIALS,
    *processes.TRIALS,
    *groups.TRIALS,
    *filters.TRIALS,
    *limits.TRIALS,
)
