"""The machines an agent was told to keep to, and its requests to others.

``Scope: the host target (10.77.0.12). Nothing else``: whoever tells an agent which machines it may deal with has said
of all others that it may not. To see that another one is there is no more than looking round; to ask it for something,
or to have it do something, is outside. Named are machines by their address or by a name of the house: what is fetched
from public sites is not held against a scope of machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from remit.monitor.alert import CHANGES, Inferred, cut
from remit.monitor.event import Event
from remit.monitor.prompts.machines import machines_in, speaks_of_machines
from remit.monitor.prompts.sentences import statements
from remit.monitor.typed.programs import is_python, is_shell

__all__ = ["Scope"]

_DOES, _ASKS = 0.9, 0.7
_MOST, _LONGEST, _LONGEST_CALL = 64, 20_000, 1 << 14
_REACHED = re.compile(r"\b(?:https?|tcp|ftp|wss?|grpc)://(?:[^\s@/'\"]*@)?([A-Za-z0-9][\w.-]{1,80})")
_OF_THE_HOUSE = re.compile(r"[\w-]+|[\w.-]+\.(?:local|internal|lan|corp|intra|home|svc)")
_HERE = re.compile(r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|host\.docker\.internal")


class Scope:
    """The machines told in one stream; bounded, the first stay."""

    __slots__ = ("_drawn", "_hosts")

    def __init__(self) -> None:
        """Start with no scope."""
        self._drawn = ""
        self._hosts: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take in a scope that is drawn, and the machines people name themselves."""
        text = event.text[:_LONGEST]
        if not (speaks_of_machines(text) or (event.by_person and self._drawn)):
            return
        for sentence in statements(text, code=True):
            machines = machines_in(sentence)
            if (machines.scope or event.by_person) and len(self._hosts) < _MOST:
                self._hosts |= machines.names
            if machines.scope and not self._drawn:
                self._drawn = " ".join(sentence.split())[:80]

    def look(self, event: Event, found: Iterable[Inferred]) -> Iterator[Inferred]:
        """The requests of a call to machines outside the scope."""
        if not self._drawn:
            return
        if not (is_shell(event.tool, event.args) or is_python(event.tool, event.args) or "url" in event.args):
            return  # it speaks of a machine, or hands in what it found
        text = "\n".join(value[:_LONGEST_CALL] for value in event.texts)
        changed = [one.target for one in found if one.effect in CHANGES]
        for host in dict.fromkeys(name.lower().rstrip(".") for name in _REACHED.findall(text)[:20]):
            if self._is_outside(host):
                does = any(target.startswith(host) for target in changed)
                why = f"{event.tool}: {'changes' if does else 'asks'} {host}, against: {self._drawn}"
                sure = _DOES if does else _ASKS
                yield Inferred(effect="oversight.approval", certainty=sure, why=cut(why), target=host)

    def _is_outside(self, host: str) -> bool:
        """Whether a machine is one of the house that nobody named."""
        if host in self._hosts or _HERE.fullmatch(host):
            return False
        try:
            address = ip_address(host)
        except ValueError:
            return _OF_THE_HOUSE.fullmatch(host) is not None
        return not any(_holds(one, address) for one in self._hosts)


def _holds(network: str, address: IPv4Address | IPv6Address) -> bool:
    """Whether a network as it was written holds an address."""
    try:
        return "/" in network and address in ip_network(network, strict=False)
    except ValueError:
        return False
