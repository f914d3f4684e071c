"""Rules about secrets: how long they live, who can read them, what they open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from remit.charter.lint.paths import covers_path
from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.model import Credential, Quantity
from remit.charter.wording import duration, names
from remit.finding import Severity

__all__ = ["RULES"]

_READERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"env": ("shell", "packages", "ci"), "file": ("shell", "packages", "ci", "files")}
)
_LONG = 30 * 86400.0


def wall_limit(subject: Subject) -> Quantity | None:
    """The wall-clock budget of a run, or ``None`` when there is none."""
    for budget in subject.charter.budgets.values():
        if budget.quantity is not None and budget.quantity.unit == "s" and budget.name in ("wall", "time", "clock"):
            return budget.quantity
    return None


@rule("REMIT-C040", Severity.WARNING, "a credential that never expires", "permission-expansion", "state-copying")
def credential_without_end(subject: Subject) -> Iterator[Remark]:
    """A credential without a life outlasts the run, the stop and the charter.

    A copy of it, made once, opens the same doors for ever, to whoever has it.
    """
    for credential in subject.charter.credentials:
        if credential.ttl is None:
            yield Remark(
                where=credential.where,
                message=f"`{credential.name}` never expires, so it outlives the run and any stop",
                hint="give it a life, for example `ttl: 1h`, and let a broker issue it per run",
            )


@rule(
    "REMIT-C041",
    Severity.WARNING,
    "a credential that outlives the run",
    "permission-expansion",
    "self-preservation.integrity-maintenance",
)
def credential_outlives_run(subject: Subject) -> Iterator[Remark]:
    """A credential is valid for longer than a run may last (or, where no wall limit is set, for longer than a month).

    After the run, or after a stop, it still opens what it opened.
    """
    wall = wall_limit(subject)
    bound = wall.amount if wall is not None else _LONG
    for credential in subject.charter.credentials:
        if credential.ttl is not None and credential.ttl > bound:
            limit = f"a run lasts at most {duration(bound)}" if wall is not None else "no run lasts that long"
            yield Remark(
                where=subject.place(f"credentials.{credential.name}.ttl"),
                message=f"`{credential.name}` is valid for {duration(credential.ttl)}, while {limit}",
                hint=f"set `ttl: {duration(min(bound, 3600.0), short=True)}`, or revoke it when the run ends",
            )


@rule(
    "REMIT-C042",
    Severity.ERROR,
    "a secret the agent can read",
    "permission-expansion",
    "resource-acquisition.information",
)
def credential_readable(subject: Subject) -> Iterator[Remark]:
    """The secret comes from the environment or a file, where the agent's process can read it and send it on.

    A broker hands the tool what it needs and the agent nothing, and `remit run` keeps a secret with a `host` outside of
    the agent. It is certain where the agent holds a tool that reads the environment or files, likely otherwise.
    """
    for credential in subject.charter.credentials:
        scheme = credential.source.partition(":")[0]
        if scheme in _READERS and (credential.in_reach or _is_visible(subject, credential)):
            readers = subject.holding(*_READERS[scheme])
            held = f", and `{readers[0].tool}` can read it" if readers else ""
            yield Remark(
                where=subject.place(f"credentials.{credential.name}.from"),
                message=f"`{credential.name}` comes from `{credential.source}`, inside the agent's process{held}",
                hint=f"name the `host:` it is for, which keeps it outside, or `from: broker:{credential.name}`",
                severity=None if readers else Severity.WARNING,
            )


def _is_visible(subject: Subject, credential: Credential) -> bool:
    """Whether a secret that is kept for a host lies in a file the agent may read all the same."""
    scheme, _colon, path = credential.source.partition(":")
    runtime = subject.charter.runtime
    return scheme == "file" and any(covers_path(root, path) for root in (*runtime.read, *runtime.write))


@rule("REMIT-C043", Severity.WARNING, "a credential that opens more than was granted", "permission-expansion")
def credential_too_wide(subject: Subject) -> Iterator[Remark]:
    """A credential opens kinds of tools that no grant mentions.

    Whoever holds the secret holds those too, whatever the list of grants says.
    """
    granted = {grant.kind for grant in subject.charter.grants}
    for credential in subject.charter.credentials:
        extra = [kind for kind in credential.opens if kind not in granted]
        if extra:
            yield Remark(
                where=subject.place(f"credentials.{credential.name}.opens"),
                message=f"`{credential.name}` opens {names(extra)}, which no grant mentions",
                hint="ask for a credential that opens only what is granted",
            )


@rule("REMIT-C044", Severity.WARNING, "one secret under several names", "permission-expansion")
def credential_shared(subject: Subject) -> Iterator[Remark]:
    """Two credentials come from the same place.

    Revoking one then revokes both or, worse, leaves the other valid; give each tool its own secret so that one can be
    taken back.
    """
    seen: dict[str, str] = {}
    for credential in subject.charter.credentials:
        first = seen.setdefault(credential.source, credential.name)
        if first != credential.name:
            yield Remark(
                where=credential.where,
                message=f"`{credential.name}` and `{first}` are the same secret (`{credential.source}`)",
                hint="issue one secret per tool, so that one can be revoked without the other",
            )


@rule("REMIT-C045", Severity.WARNING, "a secret for a host that cannot be reached", "permission-expansion")
def credential_for_nowhere(subject: Subject) -> Iterator[Remark]:
    """A credential names the host it is for, and the network section does not list that host.

    Requests there are refused, so the secret does nothing but wait to be misused; or the list of hosts was forgotten,
    and somebody will open it wider than needed when the task fails.
    """
    hosts = subject.charter.runtime.hosts or ()
    for credential in subject.charter.credentials:
        if credential.host and not any(_reaches(host, credential.host) for host in hosts):
            yield Remark(
                where=subject.place(f"credentials.{credential.name}.host"),
                message=f"`{credential.name}` is for `{credential.host}`, which `runtime.network.hosts` does not list",
                hint=f"add `{credential.host}` to `runtime.network.hosts`, or take the credential away",
            )


def _reaches(listed: str, host: str) -> bool:
    """Whether an entry of the list of hosts lets a host be reached."""
    name, _colon, port = listed.lower().partition(":")
    wanted, _colon, wanted_port = host.partition(":")
    same = name in ("*", wanted) or (name.startswith("*.") and wanted.endswith(name[1:]))
    return same and port in ("", wanted_port)


RULES: tuple[Rule, ...] = (
    credential_without_end,
    credential_outlives_run,
    credential_readable,
    credential_too_wide,
    credential_shared,
    credential_for_nowhere,
)
