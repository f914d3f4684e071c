"""Facts about the surroundings an affordance depends on, and what a charter says about them.

An unstated fact takes its unsafe value and is reported as *assumed*: an unknown is never a pass. ``field`` names the
place in a charter where the fact is written (and where an edit that makes it safe is written); facts whose ``field``
is ``context`` are plain statements about systems outside the charter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from remit.charter.abilities import ABILITIES
from remit.charter.model import Charter, ContextValue

__all__ = ["CONTEXT", "ContextFact", "ContextKey", "context_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextKey:
    """A fact about the surroundings: its values from unsafe to safe, and where a charter states it."""

    id: str
    meaning: str
    values: tuple[ContextValue, ...]  # unsafe first, safe last
    field: str = "context"  # dotted path of the charter field that states it

    @property
    def unsafe(self) -> ContextValue:
        """The value taken when nothing is said."""
        return self.values[0]

    @property
    def safe(self) -> ContextValue:
        """The value that closes what the unsafe one opens."""
        return self.values[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextFact:
    """A context key's value for one charter, and whether it was stated, derived from other fields, or assumed."""

    key: str
    value: ContextValue
    origin: Literal["stated", "derived", "assumed"]
    place: str  # dotted path in the charter the value comes from, "" when assumed


_RUNNING = frozenset({"shell", "ci", "containers", "packages", "mcp", "scheduler", "config"})
_RUNNABLE = frozenset({"files", "git", "http", "cloud", "containers"})
_SYSTEM = frozenset({"bin", "boot", "dev", "etc", "lib", "proc", "root", "run", "sbin", "sys", "usr", "var"})


def _key(identifier: str, meaning: str, *values: str, field: str = "context") -> ContextKey:
    return ContextKey(id=identifier, meaning=meaning, values=values, field=field)


def _opening(identifier: str, meaning: str, *, field: str = "context") -> ContextKey:
    """A key that is unsafe when true."""
    return ContextKey(id=identifier, meaning=meaning, values=(True, False), field=field)


def _safeguard(identifier: str, meaning: str, *, field: str = "context") -> ContextKey:
    """A key that is unsafe when false."""
    return ContextKey(id=identifier, meaning=meaning, values=(False, True), field=field)


CONTEXT: tuple[ContextKey, ...] = (
    # where the controls live
    _key("stop_at", "where the stop path lives", "host", "account", "cluster", "outside", field="oversight.stop.at"),
    _key(
        "monitor_at", "where the monitor lives", "host", "account", "cluster", "outside", field="oversight.monitor.at"
    ),
    _safeguard("log_immutable", "the record of what happened can only be added to"),
    _opening("alerts_writable", "alert rules can be changed"),
    _opening("self_approval", "requests can be approved with the accounts the agent uses"),
    _safeguard("request_limit", "how often an approval can be asked for is limited"),
    _key("task_queue", "the place new tasks and corrections come from", "writable", "read-only"),
    # where the agent runs
    _safeguard("ephemeral", "the runner is new for every run", field="runtime.ephemeral"),
    _key("egress", "which hosts can be reached", "open", "allowlist", "none", field="runtime.network.hosts"),
    _key("file_scope", "which files can be touched", "everything", "workspace", field="runtime.filesystem.write"),
    _opening("sudo", "the agent's account can become root"),
    _safeguard("patched", "kernel, runtime and tool servers are up to date"),
    _opening("docker_socket", "the container engine's socket is within reach"),
    _opening("metadata_service", "the cloud's metadata address answers without a session token"),
    _opening("shared_host", "other people's jobs run on the same machines or queues"),
    _opening("self_readable", "the agent can read its own code, prompt or weights"),
    _opening("scheduler", "the tool can queue work for later"),
    # instructions, memory, settings, other agents
    _key("rules", "the agent's instruction and settings files", "writable", "read-only"),
    _safeguard("config_review", "a person reviews changes of the agent's settings"),
    _key("memory_writes", "who reviews what is remembered", "free", "reviewed", "none", field="memory.writes"),
    _opening("shared_memory", "other agents read the same memory"),
    _safeguard("stop_covers_children", "a stop ends sub-agents too", field="oversight.stop.covers"),
    _safeguard("children_limited", "sub-agents inherit the limits of the agent that starts them"),
    _opening("peer_control", "other agents can be stopped, starved or cut off"),
    _safeguard("mcp_pinned", "tool servers are pinned to the definitions that were reviewed", field="grants"),
    # code and delivery
    _safeguard("ci_protected", "pipeline definitions are protected from the agent"),
    _safeguard("branch_protection", "the main branch wants a review"),
    _safeguard("deploy_review", "a release to production wants a review"),
    _opening("ci_secrets", "pipeline secrets and roles are given to any branch"),
    _key("build_runner", "the machines builds run on", "kept", "fresh"),
    _key("repo_scope", "what the forge account reaches", "organisation", "repository"),
    _opening("install_scripts", "packages run scripts when they are installed"),
    _key("package_source", "where packages may come from", "any", "mirror"),
    _opening("publish_token", "a token that publishes packages is within reach"),
    # cloud and cluster
    _opening("passrole", "the cloud role may hand on other roles"),
    _opening("iam_write", "the cloud role may change accounts, keys and policies"),
    _opening("rbac_write", "cluster roles can be changed"),
    _opening("cluster_keys", "keys of the cloud account are kept in the cluster"),
    _key("pod_security", "what containers may be started as", "privileged", "restricted"),
    _opening("public_sharing", "files, buckets and repositories can be made public"),
    _safeguard("backup_immutable", "backups exist that the agent's accounts cannot delete"),
    # people, messages, money, logins
    _key("recipients", "who can be written to", "any", "known", field="grants"),
    _key("sender", "in whose name messages go out", "any", "own"),
    _opening("mail_rules", "mailbox rules and forwarding can be changed"),
    _opening("webhooks", "outgoing webhooks can be registered"),
    _opening("saved_logins", "the browser profile holds people's logins"),
    _opening("oauth_consent", "accounts can be given away: password resets, access for new applications"),
    _opening("money", "there is money to spend", field="budget.money"),
    _key("payee", "who can be paid", "any", "vendors", field="grants"),
    _safeguard("limit_totals", "payment limits hold for totals, not only for single payments"),
    _opening("credit", "purchases on credit are possible"),
    # what the granted tools of a kind can do
    _opening("files_write", "the file tools can write", field="grants"),
    _opening("git_write", "the version control tools can write", field="grants"),
    _opening("git_remote", "the version control tools reach a forge: push, pull requests, settings", field="grants"),
    _opening("cloud_write", "the cloud tools can change things", field="grants"),
    _opening("containers_write", "the container tools can change things", field="grants"),
    _opening("http_write", "the web tools can send, not only fetch", field="grants"),
    _opening("email_write", "the mail tools can send or change mail", field="grants"),
    _opening("chat_write", "the chat tools can post", field="grants"),
    _opening("database_write", "the database tools can change records", field="grants"),
    _opening("database_raw", "the database tools take any statement, also one that drops tables", field="grants"),
    _opening("database_superuser", "the database account may run programs on its server"),
    _opening("monitoring_write", "the monitoring tools can change things", field="grants"),
)


def context_of(charter: Charter) -> Mapping[str, ContextFact]:
    """What a charter says, implies or leaves open about each context key."""
    derived = _derived(charter)
    facts: dict[str, ContextFact] = {}
    for key in CONTEXT:
        if key.id in charter.context:
            facts[key.id] = ContextFact(
                key=key.id, value=charter.context[key.id], origin="stated", place=f"context.{key.id}"
            )
        elif key.id in derived:
            facts[key.id] = ContextFact(key=key.id, value=derived[key.id], origin="derived", place=key.field)
        else:
            facts[key.id] = ContextFact(key=key.id, value=key.unsafe, origin="assumed", place="")
    return facts


def _derived(charter: Charter) -> dict[str, ContextValue]:
    """Context values other fields of the charter settle."""
    values: dict[str, ContextValue] = {}
    oversight, runtime = charter.oversight, charter.runtime
    if oversight.stop.at is not None:
        values["stop_at"] = oversight.stop.at
    if oversight.monitor.at is not None:
        values["monitor_at"] = oversight.monitor.at
    if runtime.ephemeral is not None:
        values["ephemeral"] = runtime.ephemeral
    if runtime.hosts is not None:
        values["egress"] = "open" if "*" in runtime.hosts else "allowlist" if runtime.hosts else "none"
    if charter.memory is not None:
        values["memory_writes"] = charter.memory.writes
    if runtime.write:
        narrow = all(_is_narrow(path) for path in (*runtime.write, *runtime.read))
        values["file_scope"] = "workspace" if narrow else "everything"
    if charter.grants and all(grant.pinned for grant in charter.grants):
        values["mcp_pinned"] = True
    values["stop_covers_children"] = "children" in oversight.stop.covers
    values["money"] = any(name == "money" for name in charter.budgets) or any(
        effect.startswith("money.") for grant in charter.grants for effect in grant.effects
    )
    for key, kinds, safe in (("recipients", ("email", "chat"), "known"), ("payee", ("payments",), "vendors")):
        held = [grant for grant in charter.grants if grant.kind in kinds]
        if held:
            values[key] = safe if all(_narrows_people(grant.args) for grant in held) else "any"
    return {**values, **_abilities(charter)}


def _abilities(charter: Charter) -> dict[str, ContextValue]:
    """What the names of the granted tools settle: a kind held only through reading tools changes nothing.

    Nothing is settled for a kind the agent may come to hold in another way: by a credential, or by running commands.
    """
    opened = {kind for credential in charter.credentials for kind in credential.opens}
    runs = any(grant.kind is None or grant.kind in _RUNNING or "*" in grant.tool for grant in charter.grants)
    values: dict[str, ContextValue] = {}
    for key, (kind, harmless) in ABILITIES.items():
        held = [grant.tool for grant in charter.grants if grant.kind == kind]
        elsewhere = kind in opened or (runs and kind in _RUNNABLE)
        if held and not elsewhere:
            values[key] = not all(harmless(tool) for tool in held)
    return values


def _is_narrow(path: str) -> bool:
    """Whether a path is a folder of its own: relative and not going up, or absolute and below no system folder."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or path.startswith("~") or any("*" in part for part in parts[:-1]):
        return False
    if not path.startswith("/"):
        return parts[:1] not in (["*"], ["**"])
    return len(parts) >= 2 and parts[0] not in _SYSTEM and not (parts[0] == "home" and len(parts) == 2)


def _narrows_people(args: Mapping[str, object]) -> bool:
    """Whether a grant's constraints say who may be at the other end."""
    return any(name in ("to", "recipient", "recipients", "payee", "vendor", "customer", "channel") for name in args)
