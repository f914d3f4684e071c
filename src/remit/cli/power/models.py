"""The files ``remit power`` is given, read or refused: faults of a file end with 3, faults of what was typed with 2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from remit.cli.exits import ExitCode
from remit.errors import InvalidMDPError, ModelError, RemitError

if TYPE_CHECKING:
    from remit.cli.output import Output
    from remit.theory.rational import RationalMDP

__all__ = ["mistyped", "model_in", "parsed_file", "placed", "rewards_given", "unreadable"]

_GYMNASIUM = "gymnasium:"
_REWARDS, _OF_TRANSITIONS = (".srew", ".rews"), (".trew", ".rewt")  # as versions of PRISM call them


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
    """Return the rewards that were typed: words, or those in a file of PRISM's rewards of states, one goal."""
    suffix = "" if words is None else Path(words).suffix
    if suffix in _OF_TRANSITIONS:
        raise typer.BadParameter("rewards of transitions are not read: POWER is about rewards of states (.srew)")
    if words is None or suffix not in _REWARDS:
        return words
    from remit.theory.formats.foreign import read_rewards

    try:
        return read_rewards(words, model)
    except InvalidMDPError as error:
        unreadable(placed(error, Path(words)), output)


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


def mistyped(error: InvalidMDPError) -> typer.BadParameter:
    """Return what does not fit a model as a fault of the command line, names of the model made visible."""
    from remit.incentives.legible import visible

    return typer.BadParameter(visible("; ".join(part for part in (error.message, error.hint) if part)))


def unreadable(error: RemitError, output: Output) -> NoReturn:
    """Say what is wrong with a file and leave with 3."""
    output.refused(error)
    if output.json:
        from remit.incentives.findings_json import fault_document

        output.document(fault_document(error.code, str(error), error.hint, ()))
    raise typer.Exit(int(ExitCode.UNREADABLE))
