"""Where ledgers lie: below the state folder, closed to everybody but their owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from remit.errors import LedgerUnavailableError

__all__ = ["agent_ledger", "key_file", "make_private", "run_ledger", "state_folder"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where remit keeps its state: ``$XDG_STATE_HOME/remit``, or below ``~/.local/state`` (XDG base directories)."""
    given = environ.get("XDG_STATE_HOME", "")
    base = Path(given) if given.startswith("/") else Path(environ.get("HOME") or "/").expanduser() / ".local/state"
    return base / "remit"


def run_ledger(environ: Mapping[str, str], run: str) -> Path:
    """The ledger of a run: ``runs/RUN/ledger.db``; raises ``LedgerUnavailableError`` for what is no name."""
    return state_folder(environ) / "runs" / _named(run) / "ledger.db"


def agent_ledger(environ: Mapping[str, str], agent: str) -> Path:
    """The ledger of an agent outside of a run: ``ledgers/AGENT.db``; raises as ``run_ledger``."""
    return state_folder(environ) / "ledgers" / f"{_named(agent)}.db"


def key_file(environ: Mapping[str, str]) -> Path:
    """The key checkpoints are signed with, below the state folder."""
    return state_folder(environ) / "ledger.key"


def make_private(folder: Path) -> None:
    """Make a folder only its owner can look into; raises ``LedgerUnavailableError`` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise LedgerUnavailableError(
            f"the folder `{folder}` cannot be made: {error.strerror}",
            hint="set XDG_STATE_HOME to a folder that can be written",
        ) from error


def _named(name: str) -> str:
    """Refuse a name that could lead somewhere else."""
    if not _NAME.match(name) or ".." in name:
        raise LedgerUnavailableError(
            f"`{name}` is no name for a ledger",
            code="ledger.unavailable.name",
            hint="letters, digits, `.`, `_` and `-`, at most 80 of them",
        )
    return name
