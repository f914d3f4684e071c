"""What lint rules look at: the charter, where its parts were written, and what its grants can bring about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.charter.lint.tools import declares_facts
from remit.charter.model import Affordance, Charter, Grant
from remit.charter.positions import place_of
from remit.charter.unsaid import is_stated
from remit.finding import Where

__all__ = ["Subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A charter under inspection.

    ``produced`` are the outcome facts the catalogue's authorised rows bring about; empty when nobody looked them up,
    and then a grant that declares no effects may bring about anything.
    """

    charter: Charter
    produced: frozenset[str] = frozenset()

    def place(self, path: str) -> Where:
        """Where a dotted path of the document was written, or the nearest part around it that was."""
        return place_of(self.charter.places, path)

    def stated(self, path: str) -> bool:
        """Whether the author wrote a value at this dotted path of the document."""
        return is_stated(self.charter, path)

    def holding(self, *kinds: str) -> tuple[Grant, ...]:
        """The grants of these tool kinds."""
        return tuple(grant for grant in self.charter.grants if grant.kind in kinds)

    def grants(self) -> Iterator[tuple[int, Grant]]:
        """Every grant with its position in the document."""
        yield from enumerate(self.charter.grants)

    def facts(self) -> frozenset[str]:
        """Every fact that a grant's effects, an own catalogue row or the catalogue can bring about."""
        rows: tuple[Grant | Affordance, ...] = (*self.charter.grants, *self.charter.catalogue)
        declared = {effect for row in rows for effect in row.effects if not effect.startswith("not ")}
        held = {f"cap.{grant.kind}" for grant in self.charter.grants if grant.kind}
        opened = {f"cap.{kind}" for credential in self.charter.credentials for kind in credential.opens}
        named = {f"credential.{credential.name}" for credential in self.charter.credentials}
        return frozenset(declared | held | opened | named) | self.produced

    def is_open_ended(self) -> bool:
        """Whether the catalogue, which nobody looked up, may add facts to what the grants declare."""
        return not self.produced and any(not declares_facts(grant) for grant in self.charter.grants)

    def can_hold(self, fact: str) -> bool:
        """Whether a fact can come about; ``info.*`` asks for any fact of the family."""
        facts = self.facts()
        if fact.endswith(".*"):
            return any(known.startswith(fact[:-1]) for known in facts)
        return fact in facts
