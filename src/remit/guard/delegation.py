"""A sub-agent's charter: derived from the charter of the agent that starts it, and never wider.

What an agent may not do it may not have done for it. Whatever is not shown to be narrower counts as wider
(``remit.charter.comparison``), and one widening refuses the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from remit.charter.comparison import Change, compare_authority
from remit.charter.model import Charter
from remit.errors import CharterError, DeniedError, LedgerError
from remit.guard.calls.clearing import Clearing
from remit.guard.session import Session

__all__ = ["delegate", "narrowed", "registered", "widenings"]

_MAY_SAY = frozenset({"agent", "purpose", "grants", "limits", "budget", "runtime", "memory", "credentials"})


def delegate(charter: Charter, document: Mapping[str, object]) -> Charter:
    """The charter of a sub-agent.

    ``document`` says what is different from ``charter``: ``agent`` (its name, which must be another), ``purpose``,
    ``grants`` (all it gets: none where it is left out), ``limits`` (beside those there are), ``budget`` (by name),
    ``runtime``, ``memory``, ``credentials`` (names or whole entries; none where left out). Everything else is
    inherited. Raises ``DeniedError`` (``guard.denied.delegation``) for a document that is none and for one that widens
    anything; ``because`` then holds every ``Change``.
    """
    odd = sorted(str(key) for key in document if key not in _MAY_SAY)
    if odd:
        raise _bad(f"a sub-agent cannot have its own `{odd[0]:.60}`", hint=f"it may say {', '.join(sorted(_MAY_SAY))}")
    derived = read_derived(charter, derived_document(charter, document))
    if derived.agent.name == charter.agent.name:
        raise _bad("a sub-agent needs a name of its own", hint='write `"agent": {"name": "..."}`')
    return narrowed(charter, derived)


def registered(clearing: Clearing, session: Session, charter: Charter, document: Mapping[str, object]) -> Charter:
    """The charter of a sub-agent, once the ledger has it.

    Raises ``DeniedError`` as ``delegate``, while the run is not running, and for what cannot be recorded.
    """
    try:
        if session.phase != "running":
            raise _bad(f"the run is {session.phase}", hint="a run that is held starts nobody")
        derived = delegate(charter, document)
    except DeniedError as error:
        because = [str(reason) for reason in error.because] or [error.message]
        clearing.note("denied", {"tool": "remit.delegate", "code": error.code, "because": because})
        raise
    facts = {"charter": derived.digest, "parent": charter.digest, "to": derived.agent.name, "document": dict(document)}
    try:
        clearing.ledger.record("delegated", {"guard": clearing.guard, **facts})
    except LedgerError as error:
        reason = f"nothing is delegated: {error.message}"
        raise DeniedError(reason, code="guard.denied.unrecorded", hint=error.hint) from error
    return derived


def narrowed(charter: Charter, derived: Charter) -> Charter:
    """A charter that is shown to widen nothing of another; raises ``DeniedError`` with every widening."""
    wider = widenings(charter, derived)
    if wider:
        error = _bad(f"it widens the charter: {wider[0].what}", hint="authority can only be narrowed")
        error.because = wider
        raise error
    return derived


def widenings(charter: Charter, derived: Charter) -> tuple[Change, ...]:
    """What a charter allows, or keeps from its overseers, that another does not."""
    return tuple(change for change in compare_authority(charter, derived) if change.kind == "widened")


def derived_document(charter: Charter, document: Mapping[str, object]) -> dict[str, Any]:
    """The whole document of a sub-agent's charter."""
    whole: dict[str, Any] = deepcopy(dict(charter.document))
    agent = document.get("agent")
    whole["agent"] = {**whole["agent"], **({"name": agent} if isinstance(agent, str) else _mapping(agent, "agent"))}
    whole["grants"] = _listed(document.get("grants", []), "grants")
    whole["limits"] = [*whole.get("limits", []), *_listed(document.get("limits", []), "limits")]
    whole["budget"] = {**whole.get("budget", {}), **_mapping(document.get("budget", {}), "budget")}
    whole["credentials"] = _credentials(whole.get("credentials", {}), document.get("credentials", {}))
    for name in ("purpose", "runtime", "memory"):
        if name in document:
            whole[name] = {**(whole.get(name) or {}), **_mapping(document[name], name)}
    return whole


def read_derived(charter: Charter, document: Mapping[str, object]) -> Charter:
    """Read a derived document; what is wrong with it is the agent's fault, so it is a refusal."""
    from remit.charter.reader import charter_from_document  # slow to load, and few runs delegate

    try:
        return charter_from_document(document, path=f"{charter.path} (delegated)")
    except CharterError as error:
        raise _bad(error.message, hint=error.hint) from None


def _credentials(own: Mapping[str, Any], wanted: object) -> dict[str, Any]:
    """The credentials a sub-agent gets: those it names, as they are or as it says."""
    if isinstance(wanted, list | tuple):
        missing = [str(name) for name in wanted if not isinstance(name, str) or name not in own]
        if missing:
            raise _bad(f"there is no credential `{missing[0]:.60}` to hand on")
        return {name: own[name] for name in wanted}
    return dict(_mapping(wanted, "credentials"))


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    """A mapping, or nothing where nothing was said."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _bad(f"`{what}` is not a mapping")
    return value


def _listed(value: object, what: str) -> list[Any]:
    """A list of entries."""
    if not isinstance(value, list | tuple):
        raise _bad(f"`{what}` is not a list")
    return list(value)


def _bad(reason: str, *, hint: str = "see docs/explain/plans.md") -> DeniedError:
    """Say why nothing is delegated."""
    return DeniedError(f"nothing is delegated: {reason}", code="guard.denied.delegation", hint=hint)
