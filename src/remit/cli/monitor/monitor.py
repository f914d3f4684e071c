"""``remit monitor``: instrumental behaviour in a run as it happens, in one that was, and in foreign transcripts."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from remit.cli.monitor.score import score_command
from remit.cli.monitor.watch import watch

__all__ = ["monitor"]

_HELP = frozenset({"--help", "-h"})


class WatchesUnlessNamed(TyperGroup):
    """A group whose usual verb needs no name: ``remit monitor remit.yaml --follow`` is ``remit monitor watch ...``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the usual verb in front where none is named."""
        named = bool(args) and (args[0] in self.commands or args[0] in _HELP)
        return super().parse_args(ctx, args if named else ["watch", *args])


monitor = typer.Typer(
    cls=WatchesUnlessNamed,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@monitor.callback()
def monitor_command() -> None:
    """Watch for acts that serve almost any goal: staying on, gathering resources, getting round oversight.

    The monitor reads what calls do and in which order, from their arguments; it never reads what the agent says. The
    control objects of the run (its supervisor, its ledger, its charter) are known, and what the charter allows is
    silent.

    \b
    Examples:
      remit monitor --follow                        the run that lives, until it ends
      remit monitor remit.yaml --replay mailer-3f2a9c
      remit monitor --replay ledger.db --json
    """  # noqa: D301 (\b keeps lines apart in the help text)


monitor.command(short_help="A run as it happens, or one that was; the word itself may be left out.")(watch)
monitor.command("score", short_help="How instrumental each transcript of a file is, and why.")(score_command)
