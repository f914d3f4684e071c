"""The written form of a charter's texts as JSON Schema: what an editor can check without knowing remit.

Looser than the reader in places (a pattern cannot know the ISO currencies), never stricter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from remit.charter.context import CONTEXT
from remit.charter.effects import EFFECTS, FAMILIES
from remit.charter.fields import FACT_FAMILIES
from remit.charter.kinds import kind_ids

__all__ = ["FORMS", "Form", "either", "one_or_more"]

Form = dict[str, object]

_OPEN = "|".join(kind.family for kind in EFFECTS if kind.is_open)
_CLOSED = "|".join(kind.id.replace(".", r"\.") for kind in EFFECTS if not kind.is_open)
_WORD = r"[a-z][a-z0-9]*([_-][a-z0-9]+)*"
_EFFECT = rf"({_CLOSED}|({_OPEN})\.{_WORD})"
_FACTS = "|".join(FACT_FAMILIES)
_NUMBER = r"\s*[0-9]+(\.[0-9]+)?\s*"


def _text(pattern: str) -> Form:
    """A text of a form."""
    return {"type": "string", "pattern": f"^{pattern}$"}


def either(*choices: Form) -> Form:
    """One of several forms."""
    return {"anyOf": list(choices)}


def one_or_more(item: Form) -> Form:
    """A single value or a list of them."""
    return either(item, {"type": "array", "items": item})


_AMOUNT = either(_text(rf"{_NUMBER}[A-Za-z]*\s*(/\s*[a-z]+\s*)?"), {"type": "number", "minimum": 0})
_DURATION = _text(rf"{_NUMBER}(ms|s|m|min|h|d|w)\s*")
_TEXT: Form = {"type": "string"}
_TEXTS: Form = {"type": "array", "items": _TEXT}

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "name": _text(r"[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*"),
        "tool": _text(r"(\*|[A-Za-z0-9_][A-Za-z0-9_.:/@-]*)"),
        "effect": _text(rf"(not )?{_EFFECT}"),
        "effect pattern": _text(rf"({_EFFECT}|({'|'.join(FAMILIES)})\.\*)"),
        "fact": _text(rf"({_FACTS})\.{_WORD}"),
        "fact pattern": _text(rf"({_FACTS})\.({_WORD}|\*)"),
        "kind": {"type": "string", "enum": list(kind_ids())},
        "source": _text("(env|file|broker):.+"),
        "digest": _text("sha256:[0-9a-f]{64}"),
        "host": _text(r"[^\s*/@?#,;]+"),
        "header": _text("[A-Za-z][A-Za-z0-9-]*"),
        "template": _text(r"[^{}]*\{secret\}[^{}]*"),
        "variable": _text("[A-Za-z_][A-Za-z0-9_]*"),
        "server": {"type": "string", "minLength": 1, "maxLength": 2000},
        "account": _text("[a-z_][a-z0-9_-]*"),
        "duration": _DURATION,
        "lifetime": either(_DURATION, {"const": "never"}),
        "size": either(_text(rf"{_NUMBER}([kMGT]?B|[KMGT]iB)?\s*"), {"type": "number", "minimum": 0}),
        "amount": _AMOUNT,
        "allowance": either({"const": "unlimited"}, _AMOUNT),
        "outcome": one_or_more({"type": "string", "minLength": 5}),
        "texts": one_or_more(_TEXT),
        "hosts": either({"enum": ["any", "none"]}, one_or_more(_TEXT)),
        "tools": either({"const": "any"}, _TEXTS),
        "context": {
            "type": "object",
            "additionalProperties": False,
            "properties": {key.id: {"enum": list(key.values), "description": key.meaning} for key in CONTEXT},
        },
    }
)
