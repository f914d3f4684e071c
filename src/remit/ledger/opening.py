"""A ledger by the place it is kept in: a file on this host, or a database of the fleet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from remit.clock import Clock
from remit.errors import LedgerError, LedgerUnavailableError
from remit.ledger.entry import Entry
from remit.ledger.protocol import Store

if TYPE_CHECKING:
    from remit.ledger.redaction import Redaction
    from remit.ledger.signing import PublicKey
    from remit.ledger.verification import Verification

__all__ = ["Source", "is_address", "open_ledger", "reading", "setup_of", "shown_place", "verify_place"]

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


class Source(Protocol):
    """A ledger that is only read."""

    @property
    def size(self) -> int:
        """How many entries there are."""
        ...

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from number ``start`` up to, not including, ``stop`` (``None``: to the end)."""
        ...

    def checkpoints(self) -> tuple[str, ...]:
        """The signed checkpoints kept in the ledger, oldest first."""
        ...


@contextmanager
def reading(place: str | Path) -> Iterator[Source]:
    """A ledger to read from, also while others append; nothing is written anywhere. Raises as ``open_ledger``."""
    if not is_address(place):
        yield _File(_file(place))
        return
    ledger = open_ledger(place, create=False)
    try:
        yield ledger
    finally:
        ledger.close()


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is opened for each question and left alone in between."""

    path: Path

    @property
    def size(self) -> int:
        """How many entries there are."""
        from remit.ledger.store import count_entries

        return count_entries(self.path)

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from number ``start`` up to, not including, ``stop``."""
        from remit.ledger.store import read_entries

        return read_entries(self.path, start, stop)

    def checkpoints(self) -> tuple[str, ...]:
        """The signed checkpoints, oldest first."""
        from remit.ledger.store import read_checkpoints

        return read_checkpoints(self.path)


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


def setup_of(name: str, *, writer: str = "", reader: str = "") -> str:
    """The SQL that makes the ledger ``name`` in PostgreSQL, and gives roles what they need."""
    _demand_driver()
    from remit.ledger.postgres_link import place_of
    from remit.ledger.postgres_tables import setup_statements

    return setup_statements(place_of(f"postgresql:///#{name}").schema, writer=writer, reader=reader)


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
