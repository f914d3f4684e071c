"""The options of verbs that start an agent: what must be enforced, what builds the cage, where it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from remit.cli.completing import among

__all__ = ["BACKENDS", "REQUIRE", "Backend", "Folder", "Require"]

REQUIRE = ("full", "best-effort")
BACKENDS = ("bubblewrap", "namespaces", "plain")


def _known_requirement(value: str) -> str:
    """Refuse a word that says nothing about missing pieces."""
    if value not in REQUIRE:
        raise typer.BadParameter(f"`{value}` is neither of {', '.join(REQUIRE)}")
    return value


def _known_backend(value: str | None) -> str | None:
    """Refuse a backend that does not exist."""
    if value is not None and value not in BACKENDS:
        raise typer.BadParameter(f"`{value}` is none of {', '.join(BACKENDS)}")
    return value


Require: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="WHAT",
        envvar="REMIT_REQUIRE",
        callback=_known_requirement,
        autocompletion=among(*REQUIRE),
        help="What this host must enforce: full (refuse otherwise), or best-effort (run, say what is missing).",
    ),
]
Backend: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="REMIT_BACKEND",
        callback=_known_backend,
        autocompletion=among(*BACKENDS),
        help=f"What builds the cage: {', '.join(BACKENDS)}; the strongest that works here, unless named.",
        show_default=False,
    ),
]
Folder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="REMIT_FOLDER",
        exists=True,
        file_okay=False,
        help="Where it runs and where relative paths start; the charter's own folder, unless named.",
        show_default=False,
    ),
]
