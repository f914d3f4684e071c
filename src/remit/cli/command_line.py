"""Verbs that are given somebody else's command line: everything behind ``--`` belongs to that command."""

from __future__ import annotations

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["PlaysBehaviours", "TakesCommand", "command_of", "given_command"]

_KEPT = "remit.command"
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]  # what every mistake on a command line is


class TakesCommand(TyperCommand):
    """A verb whose arguments end at ``--``; what follows is kept as it is, options of the command included."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Set aside what stands behind ``--`` before anything is read as an option."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_KEPT] = tuple(args[at + 1 :])
            return super().parse_args(ctx, args[:at])
        try:
            return super().parse_args(ctx, args)
        except _USAGE_ERROR as error:
            message = f"{error}; the {_whose(ctx)} command stands behind `--`: {ctx.command_path} -- {_example(ctx)}"
            raise typer.BadParameter(message, ctx=ctx) from None

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Show in the usage line where the command goes."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND..."]


class PlaysBehaviours(TyperGroup):
    """Verbs beside which somebody may type the name of a behaviour, which stands behind an option."""

    def resolve_command(  # type: ignore[override]
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, object, list[str]]:
        """Find the verb; where there is none, the name of a behaviour is told where it belongs."""
        try:
            return super().resolve_command(ctx, args)
        except _USAGE_ERROR:
            from remit.evals.selection import behaviours, short_name

            names = {name for behaviour in behaviours() for name in (behaviour, short_name(behaviour))}
            if args[0] not in names:
                raise
            message = f"`{args[0]}` is a behaviour: {ctx.command_path} -b {args[0]} -o ORGANISM plays it"
            raise typer.BadParameter(message, ctx=ctx) from None


def command_of(context: typer.Context) -> tuple[str, ...]:
    """The command behind ``--``; raises ``typer.BadParameter`` when there is none."""
    command = given_command(context)
    if not command:
        raise typer.BadParameter(f"which command? write it behind `--`: {context.command_path} -- {_example(context)}")
    return command


def given_command(context: typer.Context) -> tuple[str, ...]:
    """The command behind ``--``, empty where there is none."""
    command: tuple[str, ...] = context.meta.get(_KEPT, ())
    return command


def _whose(context: typer.Context) -> str:
    """Whose command a verb is given."""
    return "server's" if context.info_name == "proxy" else "agent's"


def _example(context: typer.Context) -> str:
    """A command as somebody would type it for this verb."""
    return "mcp-server-git" if context.info_name == "proxy" else "python agent.py"
