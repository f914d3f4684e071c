"""The charters that bind a call: an agent's own, and for a sub-agent each one its own was derived from.

The strictest answer counts. A sub-agent's charter was shown to be no wider when it was derived; asking the others again
costs little, and still holds when an origin was narrowed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from remit.charter.model import Charter
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.guard.rules.looking import Resolver
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing

__all__ = ["Binding"]


@dataclass(slots=True, kw_only=True)
class Binding:
    """What decides: the agent's own rulebook, those of its origins, and what is known of tools and of the file system.

    ``origins`` are the bindings of the agents above, nearest first; they may be narrowed while this one is in use.
    ``homes`` are server and schema digest of the tools that live at a server.
    """

    book: Rulebook
    origins: tuple[Binding, ...] = ()
    resolver: Resolver | None = None
    signatures: dict[str, Signature] = field(default_factory=dict)
    homes: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def charter(self) -> Charter:
        """The agent's own charter."""
        return self.book.charter

    def narrow(self, charter: Charter) -> None:
        """Decide by another charter from now on; whoever calls this has shown that it widens nothing."""
        self.book = Rulebook.of(charter)

    def placed(self, call: Call) -> Call:
        """The call as it would come from where its tool lives; unchanged where nobody knows."""
        server, schema = self.homes.get(call.tool, (call.server, call.schema))
        return replace(call, server=server, schema=schema)

    def decide(self, call: Call, standing: Standing) -> Decision:
        """The strictest of all answers, with the reasons of each that is not an ``Allow``."""
        own = self._by(self.book, call, standing, self.signatures)
        for origin in self.origins:
            if isinstance(own, Deny):
                return own
            own = _stricter(own, self._by(origin.book, call, standing, self.signatures))
        return own

    def _by(self, book: Rulebook, call: Call, standing: Standing, signatures: Mapping[str, Signature]) -> Decision:
        """The answer by one rulebook."""
        return decide(book, call, standing, signature=signatures.get(call.tool), resolver=self.resolver)


def _stricter(own: Allow | Ask, other: Decision) -> Decision:
    """What both allow, asking everybody either asks; the arguments are those of the agent's own charter."""
    match other:
        case Deny():
            return other
        case Allow():
            return own
        case Ask():
            asked = own.overseers if isinstance(own, Ask) else ()
            return Ask(
                because=(*own.because, *other.because),
                overseers=tuple(dict.fromkeys((*asked, *other.overseers))),
                args=own.args,
                spends=own.spends,
                effects=tuple(dict.fromkeys((*own.effects, *other.effects))),
                each=other.each or (isinstance(own, Ask) and own.each),
            )
