"""Whether the arguments of a call meet a grant's constraints, both spelled the same way.

``meets`` is the plain statement of it. ``check_of`` compiles a constraint into a function that answers the plain cases
at once and leaves the others to ``meets``; a test holds the two against each other.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from remit.charter.answer import Answer, Undecidable
from remit.charter.condition import full_match
from remit.charter.matching import matches
from remit.charter.model import Constraint
from remit.charter.normal import as_address, as_host, as_text
from remit.guard.rules.looking import Resolver
from remit.guard.rules.normalising import Spelling, resolved, shell_words

__all__ = ["Check", "Scene", "asks_nothing", "check_of", "meets", "spelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What matching needs besides the value: who is known, where relative paths start, where paths lead."""

    known: frozenset[str] | None = None
    cwd: str = ""
    resolver: Resolver | None = None


Check = Callable[[object, Scene], Answer]


def meets(
    constraint: Constraint, spelling: Spelling, value: object, scene: Scene, *, case_blind: bool = False
) -> Answer:
    """Whether a value, as ``normalise`` shows it to conditions, meets a constraint on an argument read this way."""
    if asks_nothing(constraint):
        return True
    fitted = spelled(constraint, spelling, scene)
    if isinstance(fitted, Undecidable):
        return fitted
    if case_blind:
        fitted = _rewritten(fitted, str.casefold)
    if spelling.kind != "text" and (fitted.prefix is not None or fitted.matches is not None):
        return _partly(fitted, spelling, value, scene)
    return matches(fitted, value, known=scene.known)


def _partly(constraint: Constraint, spelling: Spelling, value: object, scene: Scene) -> Answer:
    """Whether a value that is more than a text meets a constraint on a part of its text.

    A command starts with whole words. A URL starts with a whole host. A path is looked at from the root and, where it
    lies in the run's folder, from there.
    """
    if isinstance(value, list | tuple):
        answers = [_partly(constraint, spelling, entry, scene) for entry in value]
        return next((answer for answer in answers if answer is not True), bool(answers))
    if not isinstance(value, str):
        return Undecidable(reason=f"`{value!r:.60}` is not a text")
    prefix = constraint.prefix or ""
    if spelling.kind == "shell" and prefix:
        start = _words(prefix)
        if not start or (_words(value) or [])[: len(start)] != start:
            return False
        constraint = replace(constraint, prefix=None)
    if spelling.kind == "address" and "://" in prefix and as_host(prefix) != as_host(value):
        return False
    here = scene.cwd.rstrip("/") + "/"
    if spelling.kind == "path" and constraint.matches is not None and scene.cwd and value.startswith(here):
        pattern, constraint = constraint.matches, replace(constraint, matches=None)
        inside = full_match(pattern, value.removeprefix(here))
        inside = inside if inside is True else full_match(pattern, value)
        if inside is not True:
            return inside
    return matches(constraint, value, known=scene.known)


def check_of(constraint: Constraint, spelling: Spelling) -> Check:
    """A function that answers as ``meets`` does, sooner for the constraints charters mostly have."""

    def slowly(value: object, scene: Scene) -> Answer:
        return meets(constraint, spelling, value, scene)

    listed = constraint.one_of if constraint.equals is None else (constraint.equals,)
    if asks_nothing(constraint):
        return _anything
    if constraint == Constraint(where=constraint.where, equals=constraint.equals, one_of=constraint.one_of):
        if spelling.kind == "text" and not (constraint.equals is not None and constraint.one_of):
            return _one_of(frozenset(as_text(item) for item in listed if isinstance(item, str)), slowly)
    elif spelling.kind == "number" and constraint == Constraint(
        where=constraint.where, minimum=constraint.minimum, maximum=constraint.maximum, unit=constraint.unit
    ):
        return _between(constraint.minimum, constraint.maximum, slowly)
    elif spelling.kind == "text" and constraint == Constraint(where=constraint.where, prefix=constraint.prefix):
        return _starting(as_text(constraint.prefix or ""), slowly)
    return slowly


def asks_nothing(constraint: Constraint) -> bool:
    """Whether a constraint only names its argument (``subject: {}``): any value meets it, even one without spelling."""
    return constraint == Constraint(where=constraint.where)


def _anything(_value: object, _scene: Scene) -> Answer:
    """Any value."""
    return True


def _one_of(texts: frozenset[str], slowly: Check) -> Check:
    """One of a few texts, at once."""

    def check(value: object, scene: Scene) -> Answer:
        return True if isinstance(value, str) and value in texts else slowly(value, scene)

    return check


def _between(low: float | None, high: float | None, slowly: Check) -> Check:
    """A number in bounds, at once."""
    least = float("-inf") if low is None else low
    most = float("inf") if high is None else high

    def check(value: object, scene: Scene) -> Answer:
        if type(value) is int or type(value) is float:
            return least <= value <= most
        return slowly(value, scene)

    return check


def _starting(prefix: str, slowly: Check) -> Check:
    """A text that starts so, at once."""

    def check(value: object, scene: Scene) -> Answer:
        return value.startswith(prefix) if isinstance(value, str) else slowly(value, scene)

    return check


def spelled(constraint: Constraint, spelling: Spelling, scene: Scene) -> Constraint | Undecidable:
    """The constraint with the texts it compares with in the spelling of the spelling."""
    match spelling.kind:
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
    if constraint.equals is None and not constraint.one_of and constraint.prefix is None:
        return constraint
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
    if isinstance(found, Undecidable):
        return text
    return f"{found.rstrip('/')}/" if text.endswith("/") else found


def _words(command: str) -> list[str] | None:
    """The words of a command that was spelled by ``shlex.join``, ``None`` where a quote is left open."""
    try:
        return shlex.split(command)
    except ValueError:
        return None
