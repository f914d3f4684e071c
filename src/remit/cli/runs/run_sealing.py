"""Signing the record of a run that has ended; its daemon cannot, since that needs more than the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remit.supervisor.registry import RunFolder

__all__ = ["seal"]


def seal(folder: RunFolder, environ: Mapping[str, str]) -> bool:
    """Keep a signed checkpoint of a run's ledger in it; whether that was done.

    Calls nobody said the end of are settled as unknown before, where no process of the run is left to say it. What
    cannot be signed (no ledger, no room, a key others could read) stays unsigned, and `remit log verify` says so.
    """
    from remit.errors import LedgerError
    from remit.ledger.anchoring import sign_checkpoint
    from remit.ledger.places import key_file
    from remit.ledger.signing import SigningKey
    from remit.ledger.store import Ledger

    if not folder.record.exists():
        return False
    try:
        with Ledger.open(folder.record, create=False) as ledger:
            ledger.reconcile()
            sign_checkpoint(ledger, SigningKey.open(key_file(environ)))
    except LedgerError:
        return False
    return True
