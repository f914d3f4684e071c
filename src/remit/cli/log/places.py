"""Which ledger a verb speaks of: a run, an agent, a file or a database; and what is said when one cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli.exits import ExitCode

if TYPE_CHECKING:
    from remit.cli.output import Output
    from remit.errors import RemitError
    from remit.ledger.signing import PublicKey, SigningKey

__all__ = ["KeyOption", "LedgerArgument", "LedgerPlace", "answering", "known_ledgers", "own_key", "public_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPlace:
    """A ledger with its name; ``kind`` is ``run``, ``agent``, ``file`` or ``database``."""

    name: str
    kind: str
    place: str | Path

    @property
    def typed(self) -> str:
        """What a person types for it, in a hint; the address of a database stays with whoever typed it."""
        return "LEDGER" if self.kind == "database" else str(self.place) if self.kind == "file" else self.name

    @property
    def head(self) -> tuple[str, str]:
        """The name, and where that is; nothing where the name says so."""
        return self.name, "" if self.kind == "database" else self.shown

    @property
    def of_its_own(self) -> bool:
        """Whether it is no record of a drill's runs, nor of a server that was part of another run."""
        from remit.supervisor.registry import RunFolder

        path = Path(self.place)
        return self.kind != "run" or RunFolder(run=self.name, path=path.parent).of_its_own

    @property
    def shown(self) -> str:
        """The place as a person may see it, with ``~`` for the home folder and without a password."""
        from remit.ledger.opening import shown_place

        shown, home = shown_place(self.place), os.environ.get("HOME", "").rstrip("/")
        return f"~{shown[len(home) :]}" if home and shown.startswith(f"{home}/") else shown


def known_ledgers() -> list[LedgerPlace]:
    """Every ledger below the state folder, the one that was written last first."""
    from remit.ledger.places import state_folder

    folder = state_folder(os.environ)
    runs = [LedgerPlace(name=path.parent.name, kind="run", place=path) for path in folder.glob("runs/*/ledger.db")]
    agents = [LedgerPlace(name=path.stem, kind="agent", place=path) for path in folder.glob("ledgers/*.db")]
    return sorted([*runs, *agents], key=lambda found: (-written(Path(found.place)), found.name))


def written(path: Path) -> float:
    """When a ledger was written to last, in seconds since 1970; 0 for one that just went.

    Whoever reads a ledger touches an empty write-ahead log: only one with something in it counts.
    """
    times = [0.0]
    for file, least in ((path, 0), (path.with_name(f"{path.name}-wal"), 1)):
        try:
            status = file.stat()
        except OSError:
            continue
        times += [status.st_mtime] * (status.st_size >= least)
    return max(times)


def _completed(incomplete: str) -> list[str]:
    """The names of ledgers that start as typed, the one that was written last first."""
    return [found.name for found in known_ledgers() if found.name.startswith(incomplete)]


LedgerArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="LEDGER",
        envvar="REMIT_LEDGER",
        autocompletion=_completed,
        help="A run, or as much of its name as only it starts with; an agent; a file; postgresql://HOST/DATABASE.",
        show_default=False,
    ),
]
KeyOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="FILE",
        envvar="REMIT_LEDGER_KEY",
        help="The public key checkpoints must be signed with, as a file or as `remit log key` prints it;"
        " without it the one of this account.",
        show_default=False,
    ),
]


@contextmanager
def answering(output: Output, *, json: bool) -> Iterator[None]:
    """Turn what is wrong with a ledger into an answer: 1 for one that was changed, 3 for one that cannot be read."""
    from remit.errors import LedgerUnavailableError, TamperedError

    try:
        yield
    except TamperedError as error:
        _say(error, output, json=json)
        raise typer.Exit(ExitCode.NO) from None
    except LedgerUnavailableError as error:
        _say(error, output, json=json)
        raise typer.Exit(ExitCode.UNREADABLE) from None


def _say(error: RemitError, output: Output, *, json: bool) -> None:
    """Say what is wrong, as data where data was asked for."""
    output.refused(error)
    if json:
        where = "" if error.where is None else str(error.where)
        said = {"code": error.code, "message": error.message, "where": where, "hint": error.hint}
        output.data_line({"schema": "remit.error/1", "version": 1, **said})


def public_key(given: str | None) -> PublicKey | None:
    """The key that was given, else this account's own, else none; raises ``LedgerUnavailableError`` for no key."""
    from remit.ledger.places import key_file
    from remit.ledger.signing import PublicKey, SigningKey

    if given is None:
        own = key_file(os.environ)
        return SigningKey.open(own, create=False).public if own.exists() else None
    path = Path(given)
    try:
        text = path.read_text(encoding="ascii") if path.is_file() else given
    except (OSError, UnicodeDecodeError):
        text = ""
    return PublicKey.parse(text)


def own_key() -> SigningKey:
    """The key this account signs with, made where there is none; raises ``LedgerUnavailableError``."""
    from remit.ledger.places import key_file, make_private
    from remit.ledger.signing import SigningKey

    place = key_file(os.environ)
    make_private(place.parent)
    return SigningKey.open(place)
