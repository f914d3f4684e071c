"""What is known of a tool's arguments: their names, their order, the fields inside them, whose case nobody minds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Signature"]

_DEEPEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The arguments a tool takes.

    ``names`` are its arguments in order. ``open`` is true when the tool says that it takes others too. ``fields`` holds
    what is known of the mappings inside arguments (and inside lists of mappings). ``defaults`` are values the tool
    itself fills in. ``case_blind`` are arguments whose case the tool ignores, ``commands`` those a shell reads.
    """

    names: tuple[str, ...] = ()
    open: bool = False
    fields: Mapping[str, Signature] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    case_blind: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()

    @classmethod
    def of_schema(cls, schema: Mapping[str, object], *, depth: int = _DEEPEST) -> Signature:
        """The signature a JSON Schema of an object gives; one that lists nothing and closes nothing is open.

        Only ``properties``, ``items`` and ``additionalProperties`` are read. Arguments beside the listed ones are
        unknown unless ``additionalProperties`` says in so many words that there may be some.
        """
        properties = schema.get("properties")
        more = schema.get("additionalProperties")
        if not isinstance(properties, Mapping):
            return cls(open=more is not False and "properties" not in schema)
        fields: dict[str, Signature] = {}
        for name, part in properties.items():
            inner = part.get("items", part) if isinstance(part, Mapping) else None
            if isinstance(inner, Mapping) and "properties" in inner and depth > 0:
                fields[str(name)] = cls.of_schema(inner, depth=depth - 1)
        is_open = more is True or isinstance(more, Mapping)
        return cls(names=tuple(str(name) for name in properties), open=is_open, fields=fields)

    @classmethod
    def of_function(cls, function: Callable[..., object]) -> Signature:
        """The signature of a Python function; ``*rest`` and ``**rest`` make it open.

        Raises ``ValueError`` or ``TypeError`` where Python knows no signature.
        """
        parameters = inspect.signature(function).parameters.values()
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        named = [parameter for parameter in parameters if parameter.kind not in kinds]
        defaults = {part.name: part.default for part in named if part.default is not inspect.Parameter.empty}
        return cls(
            names=tuple(part.name for part in named), open=len(named) < len(parameters), defaults=defaults
        )  # fmt: skip

    def bind(self, positional: Sequence[object], named: Mapping[str, object]) -> dict[str, object]:
        """The arguments by name, positional ones bound in order and the tool's own defaults filled in.

        Raises ``TypeError`` for more positional arguments than there are names, and for one that is given twice.
        """
        if len(positional) > len(self.names):
            raise TypeError(f"{len(positional)} positional arguments for {len(self.names)} names")
        bound = dict(zip(self.names, positional, strict=False))
        twice = sorted(bound.keys() & named.keys())
        if twice:
            raise TypeError(f"`{twice[0]}` is given twice")
        return {**self.defaults, **bound, **named}

    def unknown(self, args: Mapping[str, object]) -> Iterator[str]:
        """The dotted names of arguments and fields the tool does not list; none below what is open."""
        for name, value in args.items():
            if name not in self.names and not self.open:
                yield name
            inner = self.fields.get(name)
            if inner is not None:
                for part in value if isinstance(value, list | tuple) else (value,):
                    if isinstance(part, Mapping):
                        yield from (f"{name}.{rest}" for rest in inner.unknown(part))
