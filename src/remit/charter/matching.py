"""Whether an argument meets a constraint, and whether one constraint lets through all that another does.

Pure and total. Values are normalised before they are compared (``normal``); a list meets a constraint when every entry
does. ``Undecidable`` comes back where the answer depends on something this module cannot see; a grant then does not
grant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from remit.charter.abilities import only_reads
from remit.charter.answer import Answer, Undecidable
from remit.charter.condition import full_match
from remit.charter.model import Constraint, Grant
from remit.charter.normal import as_host, as_number, as_path, as_text

__all__ = ["covers", "covers_grant", "effects_of", "matches"]

_MOST_ENTRIES = 2000
_MORE_THAN_TEXTS = frozenset(("shell", "files", "email", "http", "browser"))


def matches(constraint: Constraint, value: object, *, known: Collection[str] | None = None) -> Answer:
    """Whether a value meets every part of a constraint.

    ``known`` are the people and addresses already dealt with; without it a constraint with ``known`` is undecidable.
    One part that fails decides the answer; otherwise one that cannot be told makes it ``Undecidable``.
    """
    if isinstance(value, list | tuple):
        if len(value) > _MOST_ENTRIES:
            return Undecidable(reason=f"a list of more than {_MOST_ENTRIES} entries")
        if not value:
            return Undecidable(reason="an empty list names nobody and nothing")
        entries = [_entry(replace(constraint, length=None), entry, known) for entry in value]
        return _all([_length(constraint, len(value)), *entries])
    return _entry(constraint, value, known)


def covers(wider: Constraint, narrower: Constraint, *, kind: str | None = None) -> bool:
    """Whether every value that meets ``narrower`` is shown to meet ``wider``; false means "not shown".

    ``kind`` is that of the tool: in tools that take commands, paths and addresses a part of a text means whole words,
    folders and hosts, so that one ``prefix`` or expression is never shown to imply another.
    """
    if replace(wider, where=narrower.where) == narrower:
        return True
    if kind in _MORE_THAN_TEXTS and (wider.prefix is not None or wider.matches is not None):
        return False
    if wider.known and not narrower.known:
        return False
    if wider.length is not None and (narrower.length is None or narrower.length > wider.length):
        return False
    rest = replace(wider, known=False, length=None)
    values = _values(narrower)
    if values:
        possible = [
            value for value in values if matches(replace(narrower, known=False, length=None), value) is not False
        ]
        return all(matches(rest, value) is True for value in possible)
    return (
        not _values(rest)
        and _covers_texts(rest, narrower)
        and _covers_bounds(rest, narrower)
    )  # fmt: skip


def covers_grant(old: Grant, new: Grant, *, demands: bool = True) -> bool:
    """Whether every call ``new`` lets through is shown to be let through by ``old``, with the same people asked.

    Compares authority: tool, arguments, asking, budget, condition, pin, needed facts; without ``demands`` neither
    asking nor budget. What a call does to the world (``effects``, ``kind``, ``success``) is not authority and is
    compared elsewhere. A grant that names arguments admits no others, one that names none admits any.
    """
    same_tool = old.tool in ("*", new.tool)
    arguments = all(
        name in new.args and covers(constraint, new.args[name], kind=new.kind) for name, constraint in old.args.items()
    )
    arguments = arguments and (not old.args or new.args.keys() <= old.args.keys())
    asked = (not demands or set(old.ask) <= set(new.ask)) and set(old.needs) <= set(new.needs)
    budget = not demands or old.budget is None or old.budget == new.budget
    condition = old.when is None or old.when == new.when
    pinned = old.pinned is None or old.pinned == new.pinned
    return same_tool and arguments and asked and budget and condition and pinned


def effects_of(grant: Grant) -> tuple[str, ...]:
    """What a call under a grant does: what the grant declares; a payment tool that declares nothing spends money."""
    if not grant.effects and grant.kind == "payments" and not only_reads(grant.tool):
        return ("money.spend",)
    return tuple(effect for effect in grant.effects if not effect.startswith("not "))


def _entry(constraint: Constraint, value: object, known: Collection[str] | None) -> Answer:
    """Whether one value meets every part."""
    return _all(_parts(constraint, value, known))


def _parts(constraint: Constraint, value: object, known: Collection[str] | None) -> Iterator[Answer]:
    """The answer of each part that is set."""
    if constraint.equals is not None:
        yield _same(constraint.equals, value)
    if constraint.one_of:
        yield _any([_same(allowed, value) for allowed in constraint.one_of])
    if constraint.minimum is not None or constraint.maximum is not None:
        yield _between(constraint, value)
    if constraint.length is not None:
        yield _length(constraint, len(as_text(value))) if isinstance(value, str) else _not_text(value)
    if constraint.domain or constraint.under or constraint.prefix or constraint.matches or constraint.known:
        if isinstance(value, str):
            yield from _text_parts(constraint, value, known)
        else:
            yield _not_text(value)


def _text_parts(constraint: Constraint, value: str, known: Collection[str] | None) -> Iterator[Answer]:
    """The answers of the parts that speak of texts."""
    if constraint.domain:
        host = as_host(value)
        yield host if isinstance(host, Undecidable) else any(_in_domain(host, domain) for domain in constraint.domain)
    if constraint.under:
        yield _any([_under(root, value) for root in constraint.under])
    if constraint.prefix is not None:
        yield as_text(value).startswith(as_text(constraint.prefix))
    if constraint.matches is not None:
        yield full_match(constraint.matches, as_text(value))
    if constraint.known:
        if known is None:
            yield Undecidable(reason="nobody said who is known")
        else:
            yield as_text(value).casefold() in {as_text(name).casefold() for name in known}


def _same(allowed: str | float | bool, value: object) -> Answer:  # noqa: FBT001 - a plain value of any kind
    """Whether a value is the allowed one; a number may come as its text."""
    if isinstance(allowed, bool) or isinstance(value, bool):
        return value is allowed
    if isinstance(allowed, str):
        return as_text(value) == as_text(allowed) if isinstance(value, str) else False
    number = as_number(value)
    if isinstance(number, Undecidable):
        return number
    return number.amount == allowed if not number.unit else Undecidable(reason=f"`{value!r:.60}` has a unit")


def _between(constraint: Constraint, value: object) -> Answer:
    """Whether a number or amount lies in the bounds; amounts in another unit are not converted."""
    number = as_number(value)
    if isinstance(number, Undecidable):
        return number
    if number.unit not in ("", constraint.unit):
        return Undecidable(reason=f"`{value!r:.60}` is not in {constraint.unit or 'plain numbers'}")
    low, high = constraint.minimum, constraint.maximum
    return (low is None or number.amount >= low) and (high is None or number.amount <= high)


def _under(root: str, value: str) -> Answer:
    """Whether a path lies in a folder (or is it)."""
    folder, path = as_path(root), as_path(value)
    if isinstance(folder, Undecidable):
        return folder
    if isinstance(path, Undecidable):
        return path
    if folder.startswith("/") != path.startswith("/"):
        return Undecidable(reason=f"`{value:.60}` and `{root:.60}` are not both relative or both absolute")
    if folder == ".":
        return path != ".." and not path.startswith("../")
    if folder == ".." or folder.startswith("../"):
        return Undecidable(reason=f"`{root:.60}` lies above the working directory")
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _in_domain(host: str, domain: str) -> bool:
    """Whether a host is a domain, or below one written ``*.example.org``."""
    name = as_host(domain.removeprefix("*."))
    if isinstance(name, Undecidable):
        return False
    return host.endswith("." + name) if domain.startswith("*.") else host == name


def _length(constraint: Constraint, length: int) -> Answer:
    """Whether a length is allowed."""
    return constraint.length is None or length <= constraint.length


def _not_text(value: object) -> Answer:
    """The answer to a question about texts for a value that is none."""
    return Undecidable(reason=f"`{value!r:.60}` is not a text")


def _all(answers: Collection[Answer] | Iterator[Answer]) -> Answer:
    """True when all are true; one false decides; otherwise the first undecidable."""
    unknown: Undecidable | None = None
    for answer in answers:
        if isinstance(answer, Undecidable):
            unknown = answer if unknown is None else unknown
        elif not answer:
            return False
    return True if unknown is None else unknown


def _any(answers: Collection[Answer]) -> Answer:
    """True when one is true; otherwise the first undecidable, then false."""
    if any(answer is True for answer in answers):
        return True
    return next((answer for answer in answers if isinstance(answer, Undecidable)), False)


def _values(constraint: Constraint) -> tuple[str | float | bool, ...]:
    """The few values a constraint allows, empty when it does not list them."""
    return (constraint.equals,) if constraint.equals is not None else constraint.one_of


def _covers_texts(wider: Constraint, narrower: Constraint) -> bool:
    """Whether the parts about texts are shown to be implied."""
    if wider.domain and not (narrower.domain and all(_covers_domain(wider.domain, name) for name in narrower.domain)):
        return False
    if wider.under and not (
        narrower.under and all(_any([_under(root, path) for root in wider.under]) is True for path in narrower.under)
    ):
        return False
    if wider.prefix is not None and not (
        narrower.prefix and as_text(narrower.prefix).startswith(as_text(wider.prefix))
    ):
        return False
    return wider.matches is None or wider.matches == narrower.matches


def _covers_domain(domains: Collection[str], name: str) -> bool:
    """Whether a domain, or everything below it, lies in one of the domains."""
    if name in domains:
        return True
    bare = as_host(name.removeprefix("*."))
    if isinstance(bare, Undecidable):
        return False
    return any(
        _in_domain(bare, domain) or (name.startswith("*.") and domain.startswith("*.") and as_host(domain[2:]) == bare)
        for domain in domains
        if domain.startswith("*.") or not name.startswith("*.")
    )


def _covers_bounds(wider: Constraint, narrower: Constraint) -> bool:
    """Whether the bounds are shown to be implied."""
    if wider.minimum is None and wider.maximum is None:
        return True
    if wider.unit != narrower.unit:
        return False
    low = wider.minimum is None or (narrower.minimum is not None and narrower.minimum >= wider.minimum)
    high = wider.maximum is None or (narrower.maximum is not None and narrower.maximum <= wider.maximum)
    return low and high
