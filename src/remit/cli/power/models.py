"""The files ``remit power`` is given, read or refused: faults of a file end with 3, faults of what was typed with 2."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from remit.cli.exits import ExitCode
from remit.errors import InvalidMDPError, ModelError, RemitError
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remit.cli.output import Output
    from remit.theory.answers import Request
    from remit.theory.rational import RationalMDP

__all__ = ["as_typed", "drawn_from", "mistyped", "model_in", "parsed_file", "placed", "rewards_given", "unreadable"]

_GYMNASIUM = "gymnasium:"
_REWARDS, _OF_TRANSITIONS = (".srew", ".rews"), (".trew", ".rewt")  # as versions of PRISM call them
_TABLES = (".csv", ".json")


def model_in(name: str, output: Output) -> RationalMDP:
    """Read a model; a file that is none ends the run as unreadable, with the place of the fault."""
    from remit.theory.formats.foreign import files_beside, read_file

    try:
        if name.startswith(_GYMNASIUM):
            from remit.theory.formats.libraries import from_gymnasium

            return from_gymnasium(name.removeprefix(_GYMNASIUM))
        model = read_file(name)
    except InvalidMDPError as error:
        unreadable(placed(error, Path(name)), output)
    beside = ", ".join(other.name for other in files_beside(Path(name)))
    if beside:
        output.notice(f"read with it: {beside}")
    return model


def rewards_given(words: str | None, model: RationalMDP, output: Output) -> object:
    """Return the rewards that were typed: words, one goal in PRISM's rewards of states, or goals in a table."""
    suffix = "" if words is None else Path(words).suffix
    if suffix in _OF_TRANSITIONS:
        raise typer.BadParameter("rewards of transitions are not read: POWER is about rewards of states (.srew)")
    if suffix.lower() in _TABLES:
        raise typer.BadParameter(visible(f"`{words}` is a table: write listed({words}) or linear({words})"))
    if words is None:
        return None
    from remit.theory.formats.foreign import read_rewards
    from remit.theory.formats.goals import goals_named

    try:
        return read_rewards(words, model) if suffix in _REWARDS else goals_named(words, model) or words
    except InvalidMDPError as error:
        if error.where is None and suffix not in _REWARDS:
            raise mistyped(error) from None
        unreadable(placed(error, Path(words)), output)


def drawn_from(asked: Request, named: object) -> dict[str, object]:
    """Return what JSON adds where goals are drawn as wholes: from what. Other answers keep the form they always had."""
    return {} if asked.together is None else {"rewards": named}


def parsed_file(path: Path, what: str, output: Output) -> Any:
    """Read a file of JSON as strictly as a model: what is written twice could be read by one and checked by another."""
    from remit.theory.formats.foreign import text_of
    from remit.theory.rational import parsed

    try:
        return parsed(text_of(path), what)
    except InvalidMDPError as error:
        unreadable(placed(error, path), output)


def placed(error: ModelError, path: Path) -> ModelError:
    """Return a fault with the file it is in."""
    return error if error.where is not None else type(error)(error.message, hint=error.hint, where=path)


@contextmanager
def as_typed() -> Iterator[None]:
    """Make what is refused inside a fault of the command line."""
    try:
        yield
    except ModelError as error:
        raise mistyped(error) from None


def mistyped(error: ModelError) -> typer.BadParameter:
    """Return what does not fit a model as a fault of the command line, names of the model made visible."""
    return typer.BadParameter(visible("; ".join(part for part in (error.message, error.hint) if part)))


def unreadable(error: RemitError, output: Output) -> NoReturn:
    """Say what is wrong with a file and leave with 3."""
    output.refused(error)
    if output.json:
        from remit.incentives.findings_json import fault_document

        output.document(fault_document(error.code, str(error), error.hint, ()))
    raise typer.Exit(int(ExitCode.UNREADABLE))
