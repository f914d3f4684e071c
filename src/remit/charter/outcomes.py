"""Conditions on outcome facts as people write them: ``out.tickets >= 2 and not out.refund``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remit.charter.effects import is_effect
from remit.charter.model import Condition
from remit.errors import CharterSchemaError

__all__ = ["parse_conditions", "write_condition"]

_LITERAL = re.compile(r"(?P<negated>not\s+)?(?P<fact>\S+?)(?:\s*>=\s*(?P<count>\S+))?")
_LONGEST = 500


def parse_conditions(value: object) -> tuple[Condition, ...]:
    """The literals of a condition, written as one text joined by ``and`` or as a list of texts.

    Each is ``[not ]out.NAME[ >= N]`` with N from 1 to 9; all must hold. Raises ``CharterSchemaError``.
    """
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, Sequence) or not texts or not all(isinstance(text, str) for text in texts):
        raise _bad(value, "an outcome condition is a text or a list of texts")
    return tuple(_literal(part.strip()) for text in texts for part in re.split(r"\s+and\s+", text[: _LONGEST + 1]))


def write_condition(condition: Condition) -> str:
    """A condition the way it is written in a charter."""
    count = f" >= {condition.at_least}" if condition.at_least > 1 else ""
    return ("" if condition.holds else "not ") + condition.fact + count


def _literal(text: str) -> Condition:
    """One literal."""
    match = _LITERAL.fullmatch(text)
    if match is None or len(text) > _LONGEST:
        raise _bad(text, "this outcome condition cannot be read")
    fact, count = match["fact"], match["count"]
    if not fact.startswith("out.") or not is_effect(fact):
        raise _bad(text, f"`{fact}` is not an outcome", hint=_outcome_hint(fact))
    if count is not None and re.fullmatch(r"[1-9]", count) is None:
        raise _bad(text, f"`{count}` is not a number from 1 to 9")
    return Condition(fact=fact, at_least=int(count or 1), holds=match["negated"] is None)


def _outcome_hint(fact: str) -> str:
    """What to write instead of a fact that is no outcome."""
    name = re.sub(r"[^a-z0-9]+", "_", fact.removeprefix("out.").rpartition(".")[2].lower()).strip("_")
    return f"did you mean `out.{name}`?" if name and name[0].isalpha() else ""


def _bad(value: object, reason: str, *, hint: str = "") -> CharterSchemaError:
    """The error about a condition."""
    shown = str(value)
    return CharterSchemaError(
        f"`{shown if len(shown) <= 80 else shown[:79] + '…'}`: {reason}", code="charter.schema.bad-outcome",
        hint=hint or "write `out.NAME`, `out.NAME >= N` with N from 1 to 9, or `not out.NAME`, joined by `and`",
    )  # fmt: skip
