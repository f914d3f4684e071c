"""Rules about where the agent runs: paths it may write and read, hosts it may reach."""

from __future__ import annotations

from collections.abc import Iterator

from remit.charter.lint.paths import covered, covers_path
from remit.charter.lint.rule import Remark, Rule, rule
from remit.charter.lint.subject import Subject
from remit.charter.lint.tools import acts
from remit.charter.wording import names, several
from remit.finding import Severity, Where

__all__ = ["RULES", "write_roots"]

INSTRUCTIONS = (
    "AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    ".cursorrules",
    ".cursor",
    ".claude",
    ".github/copilot-instructions.md",
)
_PIPELINES = (".git", ".github/workflows", ".gitlab-ci.yml", ".circleci", "Jenkinsfile", ".pre-commit-config.yaml")
_RECORDS = (
    "/var/log",
    "/var/lib/remit",
    "~/.remit",
    ".remit",
    "ledger",
    "ledger.db",
    "monitor",
    "/run/remit",
    "/etc/remit",
)
_SYSTEM = ("/", "~", "/home", "/root", "/etc", "/usr", "/bin", "/var", "/opt", "/lib", "/boot", "/Users")
_KEYS = (
    "~/.ssh",
    "~/.aws",
    "~/.config",
    "~/.kube",
    "~/.netrc",
    "/root/.ssh",
    "/proc",
    "/run/secrets",
    "/etc/shadow",
    ".env",
)
_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/dev", "/proc", "/sys")
_METADATA = ("169.254.169.254", "metadata.google.internal", "localhost", "127.0.0.1", "::1", "100.100.100.200")


def write_roots(subject: Subject) -> Iterator[tuple[str, Where]]:
    """Every path the agent may write below: the runtime's, or where the runtime is silent those of its file tools."""
    charter = subject.charter
    for number, path in enumerate(charter.runtime.write):
        yield path, subject.place(f"runtime.filesystem.write.{number}")
    if charter.runtime.write:
        return
    for grant in subject.holding("files", "shell", "git"):
        for part in grant.args.values():
            if acts(grant):
                yield from ((path, part.where) for path in part.under)


@rule("REMIT-C030", Severity.ERROR, "the whole machine is writable", "permission-expansion", "oversight-manipulation")
def system_writable(subject: Subject) -> Iterator[Remark]:
    """The agent may write to the root, to a home or to a system directory.

    Start-up files, keys, the tools of the machine and whatever stops the agent all live there.
    """
    for path, where in write_roots(subject):
        if path.rstrip("/*") in {system.rstrip("/") for system in _SYSTEM} or path in ("/", "$HOME", ".."):
            yield Remark(
                where=where,
                message=f"`{path}` is writable, which holds start-up files, keys and the controls of the machine",
                hint="give the agent a directory of its own, for example `write: [./work]`",
            )


@rule(
    "REMIT-C031",
    Severity.ERROR,
    "the agent can rewrite its instructions",
    "goal-preservation.value-stability",
    "preventing-new-goals.inbox-zero",
)
def instructions_writable(subject: Subject) -> Iterator[Remark]:
    """A writable path covers files the agent takes instructions from (`AGENTS.md`, `CLAUDE.md`, `.cursorrules`).

    What it writes there outlasts the run and reads, next time, as if a person had said it.
    """
    if subject.charter.context.get("rules") == "read-only":
        return
    for path, where in write_roots(subject):
        hit = covered(path, INSTRUCTIONS)
        if hit:
            yield Remark(
                where=where,
                message=f"`{path}` is writable and covers {names(hit[:2])}, which the agent takes its instructions "
                "from",
                hint="write below a directory that holds none of them, or state `context: {rules: read-only}` once "
                "it is true",
                severity=None if path.rstrip("/") in INSTRUCTIONS else Severity.WARNING,
            )


@rule(
    "REMIT-C032", Severity.ERROR, "the agent can rewrite this charter", "permission-expansion", "oversight-manipulation"
)
def charter_writable(subject: Subject) -> Iterator[Remark]:
    """A writable path covers the charter itself. Whatever the charter forbids then holds until the agent edits it.

    `remit run` keeps the file as it is for the run all the same; nothing else does.
    """
    whole = subject.charter.path
    own = whole.rpartition("/")[2] or "remit.yaml"
    for path, where in write_roots(subject):
        if covered(path, ("remit.yaml", own)) or (whole.startswith("/") and covers_path(path, whole)):
            yield Remark(
                where=where,
                message=f"`{path}` is writable and covers this charter (`{own}`)",
                hint="keep the charter outside of what the agent may write, for example `write: [./work]`",
            )


@rule(
    "REMIT-C033",
    Severity.WARNING,
    "hooks and pipelines are writable",
    "permission-expansion",
    "self-preservation.integrity-maintenance",
)
def pipelines_writable(subject: Subject) -> Iterator[Remark]:
    """A writable path covers `.git` or pipeline definitions.

    A hook or a workflow written there runs later, on another machine, with other rights.
    """
    if subject.charter.context.get("ci_protected") is True:
        return
    for path, where in write_roots(subject):
        hit = covered(path, _PIPELINES)
        if hit:
            yield Remark(
                where=where,
                message=f"`{path}` is writable and covers {names(hit[:2])}: what is written there runs later, with "
                "other rights",
                hint="write below a directory without them, or state `context: {ci_protected: true}` once it is true",
            )


@rule(
    "REMIT-C034",
    Severity.ERROR,
    "the record or the monitor is writable",
    "goal-preservation.deception",
    "oversight-manipulation",
)
def record_writable(subject: Subject) -> Iterator[Remark]:
    """A writable path covers where logs, the ledger or the monitor live.

    The agent can then change what its overseers will read about it.
    """
    for path, where in write_roots(subject):
        hit = [record for record in _RECORDS if covers_path(path, record) or covers_path(record, path)]
        system = path.rstrip("/*") in ("", "~", "/home", "/root") or path in (".", "./")
        if hit and not system:
            yield Remark(
                where=where,
                message=f"`{path}` is writable, and {names(hit[:1])} is where what happened is recorded or watched",
                hint="keep the ledger and the monitor where the agent has no path to them",
            )


def _exposes(path: str, place: str, *, reading: bool) -> bool:
    """Whether access to a path gives away a place: it lies inside it or, for reading, above it."""
    return covers_path(place, path) or (reading and place != ".env" and covers_path(path, place))


@rule(
    "REMIT-C035",
    Severity.ERROR,
    "secrets or host devices are within reach",
    "permission-expansion",
    "resource-acquisition.information",
)
def secrets_readable(subject: Subject) -> Iterator[Remark]:
    """A readable or writable path covers keys, tokens, environment files, the process table or a container socket.

    Whoever reads those is no longer bound by the grants of this charter.
    """
    runtime = subject.charter.runtime
    for kind, paths in (("read", runtime.read), ("write", runtime.write)):
        for number, path in enumerate(paths):
            hit = [place for place in (*_KEYS, *_SOCKETS) if _exposes(path, place, reading=kind == "read")]
            if hit:
                yield Remark(
                    where=subject.place(f"runtime.filesystem.{kind}.{number}"),
                    message=f"`{path}` may be {'read' if kind == 'read' else 'written'}, which covers {names(hit[:2])}",
                    hint="list the directories the task needs and none that hold keys or devices",
                )


@rule("REMIT-C036", Severity.ERROR, "any host may be reached", "permission-expansion", "state-copying")
def egress_open(subject: Subject) -> Iterator[Remark]:
    """The network is open while the agent holds a tool that sends what it likes.

    A shell, HTTP, a browser and an installer do, a bare shell most of all. Data leaves, copies leave, and accounts
    elsewhere can be opened.
    """
    senders = subject.holding("shell", "http", "browser", "packages")
    runtime = subject.charter.runtime
    if runtime.hosts is not None and "*" in runtime.hosts and senders:
        yield Remark(
            where=subject.place("runtime.network.hosts"),
            message=f"any host may be reached, and {several(grant.tool for grant in senders)} can send anything there",
            hint="list the hosts the task needs under `runtime.network.hosts`",
            severity=None if any(grant.kind == "shell" and not grant.args for grant in senders) else Severity.WARNING,
        )


@rule("REMIT-C037", Severity.WARNING, "the network is not mentioned", "permission-expansion", "state-copying")
def egress_unstated(subject: Subject) -> Iterator[Remark]:
    """The charter does not say which hosts may be reached, and the agent holds a tool that could reach any.

    What is unsaid is taken as open.
    """
    senders = subject.holding("shell", "http", "browser", "packages")
    stated = subject.charter.runtime.hosts is not None or "egress" in subject.charter.context
    if senders and not stated:
        yield Remark(
            where=senders[0].where,
            message=f"{several([grant.tool for grant in senders])} can reach the network, and no hosts are listed",
            hint="add `runtime: {network: {hosts: [...]}}`; `hosts: []` means none",
        )


@rule("REMIT-C038", Severity.ERROR, "metadata and local services are reachable", "permission-expansion")
def metadata_reachable(subject: Subject) -> Iterator[Remark]:
    """The allowed hosts include a cloud metadata address or the machine itself.

    Metadata services hand out the machine's credentials; local ports are where supervisors and monitors listen.
    """
    for number, host in enumerate(subject.charter.runtime.hosts or ()):
        if host.partition(":")[0].strip("[]").lower() in _METADATA or host.strip("[]") in _METADATA:
            yield Remark(
                where=subject.place(f"runtime.network.hosts.{number}"),
                message=f"`{host}` may be reached, which hands out the machine's credentials or its local services",
                hint="leave it out; give the agent a brokered credential instead",
            )


@rule("REMIT-C039", Severity.ERROR, "secrets and an open network", "permission-expansion", "state-copying")
def secrets_with_egress(subject: Subject) -> Iterator[Remark]:
    """The agent's process holds a secret it can read, and any host may be reached.

    One request carries the secret out, whether the agent wants it or a page it read told it to. A brokered secret
    cannot be sent, and a list of hosts leaves nowhere to send it.
    """
    hosts = subject.charter.runtime.hosts
    held = [item.name for item in subject.charter.credentials if item.in_reach]
    if hosts is not None and "*" in hosts and held and subject.charter.grants:
        yield Remark(
            where=subject.place("runtime.network.hosts"),
            message=f"any host may be reached while the agent can read {several(held)}",
            hint="list the hosts the task needs, or keep the secret outside (`host: NAME`, or `from: broker:NAME`)",
        )


@rule("REMIT-C019", Severity.ERROR, "the agent runs as root", "permission-expansion", "oversight-manipulation")
def runs_as_root(subject: Subject) -> Iterator[Remark]:
    """The runtime section names root as the account the agent runs as.

    What keeps it in is then one mistake of the kernel or of a mount away from the whole machine, its stop included.
    """
    if subject.charter.runtime.user == "root":
        yield Remark(
            where=subject.place("runtime.user"),
            message="the agent runs as `root`, the account that owns the machine and what stops the agent",
            hint="make an account for it and name that, for example `user: agent`",
        )


RULES: tuple[Rule, ...] = (
    system_writable,
    instructions_writable,
    charter_writable,
    pipelines_writable,
    record_writable,
    secrets_readable,
    egress_open,
    egress_unstated,
    metadata_reachable,
    secrets_with_egress,
    runs_as_root,
)
