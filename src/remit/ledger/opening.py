"""A ledger by the place it is kept in: a file on this host, or a database of the fleet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from remit.clock import Clock
from remit.errors import LedgerError, LedgerUnavailableError
from remit.ledger.entry import Entry
from remit.ledger.protocol import Store

if TYPE_CHECKING:
    from remit.ledger.redaction import Redaction
    from remit.ledger.signing import PublicKey
    from remit.ledger.verification import Verification

__all__ = ["is_address", "open_ledger", "read_place", "shown_place", "verify_place"]

_SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str | Path) -> bool:
    """Whether a place is the address of a database rather than a file."""
    return str(place).startswith(_SCHEMES)


def open_ledger(
    place: str | Path, *, clock: Clock | None = None, redaction: Redaction | None = None, create: bool = True
) -> Store:
    """Open the ledger at a path, or at ``postgresql://USER@HOST/DATABASE`` (``#NAME`` for one of several there).

    Makes it where there is none and ``create`` allows. Raises ``LedgerUnavailableError`` when it cannot be used, also
    where the extra for PostgreSQL is not installed, and ``TamperedError`` when its tail is not what was recorded.
    """
    if not is_address(place):
        from remit.ledger.store import Ledger

        return Ledger.open(_file(place), clock=clock, redaction=redaction, create=create)
    _demand_driver()
    from remit.ledger.postgres import PostgresLedger

    return PostgresLedger.open(str(place), clock=clock, redaction=redaction, create=create)


def read_place(place: str | Path, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
    """The entries of a ledger, read without writing anything anywhere; raises as ``open_ledger``."""
    if not is_address(place):
        from remit.ledger.store import read_entries

        yield from read_entries(_file(place), start, stop)
        return
    ledger = open_ledger(place, create=False)
    try:
        yield from ledger.entries(start, stop)
    finally:
        ledger.close()


def verify_place(
    place: str | Path, *, anchors: Iterable[str] = (), public_key: PublicKey | str | None = None, thorough: bool = False
) -> Verification:
    """Verify a ledger wherever it is kept, with the same steps; raises as ``verification.verify``."""
    if not is_address(place):
        from remit.ledger.verification import verify

        return verify(_file(place), anchors=anchors, public_key=public_key, thorough=thorough)
    _demand_driver()
    from remit.ledger.postgres_verification import verify_database

    return verify_database(str(place), anchors=anchors, public_key=public_key, thorough=thorough)


def shown_place(place: str | Path) -> str:
    """The place as a person may see it: the address of a database without its password."""
    if not is_address(place):
        return str(place)
    _demand_driver()
    from remit.ledger.postgres_link import place_of

    return place_of(str(place)).shown


def _file(place: str | Path) -> Path:
    """The path of a ledger's file; raises ``LedgerError`` for an address nobody can open."""
    if isinstance(place, str) and "://" in place:
        scheme = place.partition("://")[0]
        raise LedgerError(
            f"no ledger can be kept at `{scheme}://`",
            code="ledger.error.scheme",
            hint="write a path, or postgresql://USER@HOST/DATABASE",
        )
    return Path(place)


def _demand_driver() -> None:
    """Raise ``LedgerUnavailableError`` where PostgreSQL cannot be spoken to."""
    try:
        import remit.ledger.postgres_link  # noqa: F401 (only whether its library is there)
    except ImportError:
        raise LedgerUnavailableError(
            "a ledger in PostgreSQL needs a library that is not installed",
            code="ledger.unavailable.missing-extra",
            hint="install the extra: pip install 'remit[postgres]'",
        ) from None
