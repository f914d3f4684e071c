"""Constraints on a tool's arguments, drawn from its JSON schema where that is evident.

Only what the schema says or what confines is written: a closed list of values, a range, a path kept under ``./work``,
a recipient already known. What would have to be invented (the right domain, the right price) becomes a comment
instead.
"""

from collections.abc import Mapping

from remit.charter.importers.drafting import DraftArgument
from remit.charter.importers.escaping import is_plain_name, one_line
from remit.charter.importers.inference import words_of

__all__ = ["WORK", "arguments_of", "takes_paths"]

WORK = "./work"  # the one folder a first charter opens

_MOST_ARGUMENTS = 40
_MOST_VALUES = 40
_LONGEST_VALUE = 120
_DEEPEST = 4
_LARGEST = 1e15  # of a number a charter holds exactly

_PATHS = frozenset("path paths file files filename filepath directory dir folder cwd root workdir".split())
_BASES = frozenset("repo repository root cwd workdir workspace".split())  # what other paths of a call start from
_INSIDE = r"\.|\.?[^/.:~$-][^/]*(/\.?[^/.][^/]*)*"  # a path that starts nowhere else and never leads upwards
_ENDS = frozenset("source destination src dst target".split())  # paths when the tool is about files
_URLS = frozenset("url urls uri href link endpoint webhook".split())
_PEOPLE = frozenset("to cc bcc recipient recipients email emails".split())
_PLACES = frozenset("host hostname domain server address".split())
_AMOUNTS = frozenset("amount price total cost quantity limit_amount".split())
_CODE = frozenset("command cmd code script query sql expression statement".split())


def arguments_of(
    schema: Mapping[str, object], *, kind: str | None
) -> tuple[tuple[DraftArgument, ...], tuple[str, ...]]:
    """The constraints a JSON schema of a tool's arguments suggests, and remarks on what it leaves open.

    ``schema`` is the server's word and may be anything; at most 40 arguments are looked at, the rest are counted.
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return (), ()
    based = any(_BASES.intersection(words_of(name)) for name in properties if isinstance(name, str))
    kept: list[DraftArgument] = []
    remarks: list[str] = []
    free: list[str] = []
    for name, member in list(properties.items())[:_MOST_ARGUMENTS]:
        if not isinstance(name, str) or not is_plain_name(name):
            remarks.append(
                f"an argument's name does not fit into a charter, so it is free: `{one_line(str(name), limit=60)}`"
            )
            continue
        described = _resolved(member, schema)
        constraint, note = _constraint(name, described, kind=kind, based=based)
        if constraint:
            kept.append(DraftArgument(name=name, constraint=constraint, note=note))
        elif note:
            remarks.append(note)
        elif described.get("type") != "boolean":
            free.append(name)
    if free:
        remarks.append("free arguments (any value): " + ", ".join(free))
    if len(properties) > _MOST_ARGUMENTS:
        remarks.append(f"{len(properties) - _MOST_ARGUMENTS} more arguments were not looked at: they are free")
    return tuple(kept), tuple(remarks)


def takes_paths(schema: Mapping[str, object]) -> bool:
    """Whether an argument's name says that it is a path."""
    properties = schema.get("properties")
    return isinstance(properties, Mapping) and any(_PATHS.intersection(words_of(str(name))) for name in properties)


def _resolved(member: object, schema: Mapping[str, object]) -> Mapping[str, object]:
    """A property with local references followed and ``null`` alternatives dropped; ``{}`` when it cannot be read."""
    for _ in range(_DEEPEST):
        if not isinstance(member, Mapping):
            return {}
        reference = member.get("$ref")
        alternatives = member.get("anyOf") or member.get("oneOf") or member.get("allOf")
        if isinstance(reference, str):
            member = _definition(reference, schema)
        elif isinstance(alternatives, list):
            real = [item for item in alternatives if not (isinstance(item, Mapping) and item.get("type") == "null")]
            if len(real) != 1:
                return {}
            member = real[0]
        else:
            break
    return member if isinstance(member, Mapping) else {}


def _definition(reference: str, schema: Mapping[str, object]) -> object:
    """What a local JSON pointer (``#/$defs/Mode``) points at, or ``None``."""
    place: object = schema
    for step in reference.removeprefix("#/").split("/")[:_DEEPEST]:
        place = place.get(step) if isinstance(place, Mapping) else None
    return place


def _constraint(
    name: str, member: Mapping[str, object], *, kind: str | None, based: bool
) -> tuple[dict[str, object], str]:
    """The constraint for one argument (empty: none) and a note beside it, or the remark that stands in its place.

    ``based`` says that another argument may be where the call's paths start.
    """
    closed = _closed(member)
    if closed:
        return {"in": closed}, "the schema allows only these"
    if "enum" in member:
        return {}, f"`{name}` has a closed list of values too long or too odd to write here: it is free"
    words = words_of(name)
    is_text = member.get("type", "string") in ("string", "array")
    if is_text and (said := _by_name(name, words, kind=kind, based=based)):
        return said
    if member.get("type") in ("integer", "number"):
        if kind == "payments" and _AMOUNTS.intersection(words):
            return {}, f"`{name}` can be any amount: add {name}: {{max: ...}} with a currency"
        return _range(member)
    return {}, ""


def _by_name(
    name: str, words: tuple[str, ...], *, kind: str | None, based: bool
) -> tuple[dict[str, object], str] | None:
    """What the name of a text argument suggests, or ``None``."""
    held = set(words)
    if held & _URLS:
        return {}, f"`{name}` can be any address, and an address can carry data out: add {name}: {{domain: [...]}}"
    if held & _PATHS and based and not held & _BASES:
        return {"matches": _INSIDE}, "paths from the call's own folder or repository: none from the root, none upwards"
    if held & _PATHS or (kind == "files" and held & _ENDS):
        return {"under": WORK}, "a path: kept inside one folder; change it to the folder the task needs"
    if held & _PEOPLE and kind in ("email", "chat"):
        return {"known": True}, "only people already dealt with; or {domain: [...]}"
    if held & _PLACES:
        return {}, f"`{name}` can be any host: add {name}: {{in: [...]}} with the hosts the task needs"
    if held & _CODE and kind in ("shell", "database", "browser", "packages", None):
        return {}, f"`{name}` can be anything: add {name}: {{prefix: ...}} or {{in: [...]}} if the task allows it"
    if held & _AMOUNTS and kind == "payments":
        return {}, f"`{name}` can be any amount: add {name}: {{max: ...}} with a currency"
    return None


def _closed(member: Mapping[str, object]) -> list[object]:
    """The values of an ``enum`` or a ``const``, when all are short scalars and not too many."""
    values = [member["const"]] if "const" in member else member.get("enum")
    if not isinstance(values, list) or not 0 < len(values) <= _MOST_VALUES:
        return []
    values = [value for value in values if value is not None]
    return values if all(_is_short(value) for value in values) else []


def _is_short(value: object) -> bool:
    """Whether a value can stand in a list on one line."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE and value.isprintable()
    return isinstance(value, (bool, int, float)) and abs(value) < _LARGEST


def _range(member: Mapping[str, object]) -> tuple[dict[str, object], str]:
    """The bounds a schema gives a number, from 0 up; exclusive bounds of integers are moved by one."""
    bounds: dict[str, int | float] = {}
    whole = member.get("type") == "integer"
    for key, source, open_source, step in (
        ("min", "minimum", "exclusiveMinimum", 1),
        ("max", "maximum", "exclusiveMaximum", -1),
    ):
        value = member.get(source)
        edge = member.get(open_source)
        if value is None and whole and isinstance(edge, int) and not isinstance(edge, bool):
            value = edge + step
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LARGEST:
            bounds[key] = value
    if len(bounds) == 2 and bounds["min"] > bounds["max"]:
        return {}, ""
    return dict(bounds), "the schema's own range" if bounds else ""
