"""Which profile a charter asks for, and why: what it grants decides, never what it says it is for."""

from __future__ import annotations

from dataclasses import dataclass

from remit.assurance.profiles.profile import PROFILES
from remit.charter.gate_facts import derive_gate_facts
from remit.charter.model import Charter, Grant
from remit.incentives.catalogue import outcomes

__all__ = ["Choice", "choose"]

_SHELLS = frozenset({"shell", "git", "ci", "packages"})
_CHANGES = frozenset({"self.modify", "self.goal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The profile taken, why, and the other profiles that fit as well: a case brings the claims of all of them."""

    name: str
    because: str
    also: tuple[str, ...] = ()


def choose(charter: Charter, *, wanted: str | None = None) -> Choice:
    """The profile of a charter: the one wanted, else the one of those that fit that may do most.

    Whatever fits beside a chosen one is in ``also``, except that a case with shells or agents needs no claim about
    reading only.
    """
    fitting = _fitting(charter)
    if wanted is not None:
        name = wanted.partition("@")[0]
        return Choice(name=name, because="it was asked for", also=_acting(fitting, name))
    name = max(fitting, key=PROFILES.index)
    return Choice(name=name, because=fitting[name], also=_acting(fitting, name))


def _acting(fitting: dict[str, str], taken: str) -> tuple[str, ...]:
    """The other profiles that fit, in the order of what they may do."""
    return tuple(name for name in PROFILES if name in fitting and name != taken)


def _fitting(charter: Charter) -> dict[str, str]:
    """Every profile that fits a charter, with the reason."""
    found: dict[str, str] = {}
    kinds = {grant.kind: grant.tool for grant in charter.grants if grant.kind is not None}
    effects = {effect: grant.tool for grant in charter.grants for effect in grant.effects}
    facts = derive_gate_facts(charter.grants, charter.credentials, charter.budgets)
    if "config" in kinds or _CHANGES & effects.keys():
        tool = kinds.get("config") or next(effects[effect] for effect in sorted(_CHANGES & effects.keys()))
        found["self-modifying"] = f"`{tool}` reaches its own prompt, settings or tools"
    if facts["manages_agents"] or charter.agent.manages_agents:
        found["multi-agent"] = _agents_reason(charter, kinds)
    if facts["writes_code"] or charter.agent.writes_code or _SHELLS & kinds.keys():
        tools = [kinds[kind] for kind in sorted(_SHELLS & kinds.keys())]
        found["coding-agent"] = f"`{tools[0]}` runs or delivers code" if tools else "it writes code"
    if charter.grants and all(map(_only_reads, charter.grants)) and not facts["spends_money"]:
        found["read-only-assistant"] = "every tool it is granted only reads"
    if not {"read-only-assistant", "coding-agent"} & found.keys():
        found["bounded-tool-agent"] = _acts_reason(charter)
    return found


def _agents_reason(charter: Charter, kinds: dict[str, str]) -> str:
    """What makes it start agents."""
    if "agents" in kinds:
        return f"`{kinds['agents']}` starts or steers other agents"
    return "its budget or its effects let it start agents" if charter.grants else "it says that it manages agents"


def _acts_reason(charter: Charter) -> str:
    """The first tool that is not known to read only."""
    acting = next((grant.tool for grant in charter.grants if not _only_reads(grant)), None)
    if acting is None:
        return "nothing it was granted tells more of it"
    return f"`{acting}` does more than read, or does not say what it does"


def _only_reads(grant: Grant) -> bool:
    """Whether a tool is known to only read: an effect that is not stated is not known."""
    families = {effect.partition(".")[0] for effect in grant.effects}
    harmful = any(effect in outcomes() for effect in grant.effects)
    return "info" in families and families <= {"info", "out"} and not harmful
