"""What a charter leaves open that a careful reader would ask about; each is taken at its unsafe value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.charter.context import CONTEXT, ContextKey, context_of
from remit.charter.model import Charter, ContextValue

__all__ = ["MATTERS", "Unsaid", "is_stated", "unsaid"]

# which tool kinds make a fact about the surroundings matter
MATTERS: Mapping[str, tuple[str, ...]] = {
    "rules": ("shell", "files"),
    "sudo": ("shell", "packages"),
    "docker_socket": ("shell", "containers"),
    "self_readable": ("shell",),
    "ci_protected": ("ci", "git"),
    "branch_protection": ("git",),
    "deploy_review": ("ci",),
    "install_scripts": ("packages",),
    "package_source": ("packages",),
    "passrole": ("cloud",),
    "iam_write": ("cloud",),
    "rbac_write": ("containers",),
    "pod_security": ("containers",),
    "alerts_writable": ("containers", "monitoring"),
    "children_limited": ("agents",),
    "saved_logins": ("browser",),
    "credit": ("payments",),
    "limit_totals": ("payments",),
}

_CONTROLS = ("stop_at", "monitor_at", "egress", "ephemeral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """Something the charter does not say: the open question, the dotted path it is answered at, what is assumed."""

    question: str
    path: str
    assumed: ContextValue

    @property
    def assumption(self) -> str:
        """What is taken to be true instead, in words."""
        if isinstance(self.assumed, bool):
            return "taken to be so" if self.assumed else "taken not to be so"
        return f"taken to be `{self.assumed}`"


def unsaid(charter: Charter, acting: frozenset[str]) -> Iterator[Unsaid]:
    """Everything left open that bears on a charter whose tools that change something are of the kinds ``acting``.

    The places of the controls, the network and the runner come first, then facts about systems outside the charter.
    """
    facts = context_of(charter)
    keys = {key.id: key for key in CONTEXT}
    for name in _CONTROLS:
        if acting and facts[name].origin == "assumed":
            yield _entry(keys[name])
    for name, kinds in MATTERS.items():
        if facts[name].origin == "assumed" and acting & frozenset(kinds):
            yield _entry(keys[name])


def _entry(key: ContextKey) -> Unsaid:
    """A context key as an open question."""
    question = f"whether {key.meaning}" if isinstance(key.unsafe, bool) else key.meaning
    path = key.field if key.field != "context" else f"context.{key.id}"
    return Unsaid(question=question, path=path, assumed=key.unsafe)


def is_stated(charter: Charter, path: str) -> bool:
    """Whether the author wrote a value at this dotted path of the document."""
    value: object = charter.document
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return value is not None
