"""What lint rules look at: the charter, where its parts were written, and what its grants can bring about."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from remit.charter.lint.tools import declares_facts
from remit.charter.model import Affordance, Charter, Grant
from remit.charter.positions import place_of
from remit.charter.unsaid import is_stated
from remit.finding import Where

__all__ = ["Subject"]

_MOST_CANDIDATES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A charter under inspection.

    ``produced`` are the outcome facts the catalogue's authorised rows bring about; ``None`` when nobody looked them up,
    and then a grant that declares no effects may bring about anything. ``facts`` is everything that can come about.
    """

    charter: Charter
    produced: frozenset[str] | None
    facts: frozenset[str]

    @classmethod
    def of(cls, charter: Charter, produced: frozenset[str] | None = None) -> Subject:
        """A charter with everything its grants, its rows, its secrets or the catalogue can bring about."""
        rows: tuple[Grant | Affordance, ...] = (*charter.grants, *charter.catalogue)
        declared = {effect for row in rows for effect in row.effects if not effect.startswith("not ")}
        held = {f"cap.{grant.kind}" for grant in charter.grants if grant.kind}
        opened = {f"cap.{kind}" for credential in charter.credentials for kind in credential.opens}
        named = {f"credential.{credential.name}" for credential in charter.credentials}
        return cls(
            charter=charter,
            produced=produced,
            facts=frozenset(produced or ()).union(declared, held, opened, named, charter.purpose.given),
        )

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

    def is_missing(self, fact: str) -> bool:
        """Whether nothing brings a fact about, as far as that can be told.

        Where a tool declares no facts it cannot, unless the catalogue was looked up, as it is for outcomes only.
        """
        if fact in self.facts:
            return False
        looked_up = self.produced is not None and fact.startswith("out.")
        return looked_up or all(declares_facts(grant) for grant in self.charter.grants)

    def resembling(self, name: str, known: Collection[str], closeness: float = 0.6) -> str | None:
        """The name that was probably meant, ``None`` when nothing is close or there are too many to look through."""
        if len(known) > _MOST_CANDIDATES:
            return None
        close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=closeness)
        return close[0] if close else None
