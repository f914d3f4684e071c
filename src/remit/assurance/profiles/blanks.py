"""What the blanks in a profile's sentences stand for, from the facts of one charter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from remit.charter.model import Charter, Credential
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.acts import acts_of

__all__ = ["blanks_of"]

_SHOWN = 4
_HOUR = 3600


def blanks_of(charter: Charter, *, model: str, review_by: date) -> Mapping[str, str]:
    """Every blank of a profile's sentences with its words; none of them is empty."""
    agent = charter.agent
    return {
        "agent": agent.name[:80],
        "model": model[:80],
        "review_by": review_by.isoformat(),
        "stop_at": charter.oversight.stop.at or "no place it names",
        "monitor_at": charter.oversight.monitor.at or "no place it names",
        "stop_acts": _stop_acts(charter),
        "credentials": _credentials(charter.credentials),
        "limits": _limits(charter),
        "hosts": _hosts(charter.runtime.hosts),
        "approvals": _approvals(charter),
        "children": _children(charter),
    }


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _SHOWN
    shown = ", ".join(name[:80] for name in names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _stop_acts(charter: Charter) -> str:
    """The acts in reach that break the stop."""
    acts = [act.id for act in acts_of(charter, with_extensions(charter)) if "oversight.stop" in act.effects]
    return f"acts in reach that break it: {_listed(acts)}" if acts else "no act that is known to break it is in reach"


def _credentials(credentials: Sequence[Credential]) -> str:
    """Each credential with its life."""
    if not credentials:
        return "the charter gives none, and those of the machine it runs on are not in it"
    return _listed([f"{one.name} ({_life(one)})" for one in credentials])


def _life(credential: Credential) -> str:
    """How long a credential lives, and whether the agent holds it."""
    held = "in its hands" if credential.in_reach else "outside of it"
    return f"{held}, never expires" if credential.ttl is None else f"{held}, lives {credential.ttl / _HOUR:g} h"


def _limits(charter: Charter) -> str:
    """What is enforced, beside what is only said."""
    count = len(charter.limits)
    said = "its purpose is only said"
    return f"{count} limits are enforced, {said}" if count else f"the charter has no limit, and {said}"


def _hosts(hosts: Sequence[str] | None) -> str:
    """The hosts it may reach."""
    if hosts is None:
        return "those its machine lets it reach"
    return "any" if "*" in hosts else _listed(hosts) if hosts else "none"


def _approvals(charter: Charter) -> str:
    """How the charter takes its overseers to answer."""
    rows = [f"{one.overseer} is taken to grant {one.grant:.0%}" for one in charter.oversight.approvals.values()]
    return _listed(rows) if rows else "the charter does not say how often they refuse"


def _children(charter: Charter) -> str:
    """Whether a stop reaches what it starts."""
    covered = "children" in charter.oversight.stop.covers
    return "the charter says that a stop covers children" if covered else "no stop is said to cover children"
