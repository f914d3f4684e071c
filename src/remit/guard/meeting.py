"""Whether the arguments of a call meet a grant's constraints, both spelled the same way."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from remit.charter.answer import Answer, Undecidable
from remit.charter.matching import matches
from remit.charter.model import Constraint
from remit.charter.normal import as_address
from remit.guard.looking import Resolver
from remit.guard.normalising import Reading, resolved, shell_words

__all__ = ["Scene", "meets", "spelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What matching needs besides the value: who is known, where relative paths start, where paths lead."""

    known: frozenset[str] | None = None
    cwd: str = ""
    resolver: Resolver | None = None


def meets(constraint: Constraint, reading: Reading, value: object, scene: Scene, *, case_blind: bool = False) -> Answer:
    """Whether a value, as ``normalise`` shows it to conditions, meets a constraint on an argument read this way."""
    fitted = spelled(constraint, reading, scene)
    if isinstance(fitted, Undecidable):
        return fitted
    if case_blind:
        fitted = _rewritten(fitted, str.casefold)
    if reading.kind == "shell" and fitted.prefix is not None:
        start = shlex.split(fitted.prefix)
        words = shlex.split(value) if isinstance(value, str) else []
        if words[: len(start)] != start:
            return False
        fitted = replace(fitted, prefix=None)
    return matches(fitted, value, known=scene.known)


def spelled(constraint: Constraint, reading: Reading, scene: Scene) -> Constraint | Undecidable:
    """The constraint with the texts it compares with in the spelling of the reading."""
    match reading.kind:
        case "address":
            return _rewritten(constraint, _plain_address)
        case "shell":
            return _rewritten(constraint, _plain_command)
        case "path":
            roots = [resolved(root, cwd=scene.cwd, resolver=scene.resolver) for root in constraint.under]
            plain = tuple(root for root in roots if isinstance(root, str))
            if roots and not plain:
                return next(root for root in roots if isinstance(root, Undecidable))
            return replace(_rewritten(constraint, lambda text: _plain_path(text, scene)), under=plain)
        case _:
            return constraint


def _rewritten(constraint: Constraint, spell: Callable[[str], str]) -> Constraint:
    """A constraint with every text it compares with spelled anew."""
    return replace(
        constraint,
        equals=spell(constraint.equals) if isinstance(constraint.equals, str) else constraint.equals,
        one_of=tuple(spell(item) if isinstance(item, str) else item for item in constraint.one_of),
        prefix=spell(constraint.prefix) if constraint.prefix is not None else None,
    )


def _plain_address(text: str) -> str:
    """An address or URL in its one spelling, as it is where it has none."""
    found = as_address(text)
    return text if isinstance(found, Undecidable) else found


def _plain_command(text: str) -> str:
    """A command in its one spelling, as it is where it has none."""
    words = shell_words(text)
    return text if isinstance(words, Undecidable) else shlex.join(words)


def _plain_path(text: str, scene: Scene) -> str:
    """A path in its one spelling, as it is where it has none."""
    found = resolved(text, cwd=scene.cwd, resolver=scene.resolver)
    return text if isinstance(found, Undecidable) else found
