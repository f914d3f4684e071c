"""The tool kinds the catalogue speaks of, and how a tool's name tells its kind.

A *kind* is a family of tools that make the same things possible (every shell is a shell). A grant may say ``kind:``
itself; otherwise its tool's name is matched against the words below. Holding a tool of a kind gives the capability
``cap.<kind>``.
"""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass

__all__ = ["KINDS", "ToolKind", "kind_ids", "nearest_kind", "tool_kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolKind:
    """A family of tools.

    ``words`` are whole words of a tool's name that give the kind away (``git_commit`` holds the word ``git``); an
    earlier kind of the list wins where two match.
    """

    id: str
    title: str
    words: tuple[str, ...]


def _kind(identifier: str, title: str, words: str) -> ToolKind:
    return ToolKind(id=identifier, title=title, words=tuple(words.split()))


KINDS: tuple[ToolKind, ...] = (
    _kind("ci", "continuous integration", "ci cicd workflow workflows pipeline pipelines actions build builds jenkins"),
    _kind(
        "git",
        "version control and forge",
        "git github gitlab bitbucket repo repos repository repositories branch commit merge pull_request pr issues",
    ),
    _kind(
        "containers",
        "containers and clusters",
        "k8s kubernetes kubectl helm docker podman container containers pod pods cluster deployment namespace",
    ),
    _kind("cloud", "cloud accounts and roles", "cloud aws gcp gcloud azure iam ec2 s3 bucket lambda terraform"),
    _kind(
        "scheduler", "job schedulers", "cron crontab schedule scheduler scheduled timer job jobs queue slurm airflow"
    ),
    _kind(
        "agents",
        "sub-agents",
        "agent agents subagent subagents sub spawn delegate handoff task worker workers a2a crew",
    ),
    _kind("config", "the agent's own configuration", "config configuration prompt settings rules self hooks"),
    _kind(
        "memory",
        "memory across runs",
        "memory memories remember recall notes knowledge_graph entities observations relations read_graph search_nodes "
        "open_nodes",
    ),
    _kind(
        "payments",
        "payments and purchasing",
        "pay payment payments refund refunds invoice invoices purchase purchases purchasing order checkout card bank "
        "wallet transfer stripe paypal procurement",
    ),
    _kind("email", "e-mail", "email emails mail mailbox smtp imap inbox gmail outlook newsletter calendar"),
    _kind(
        "chat",
        "chat and social posts",
        "chat slack teams discord telegram whatsapp sms message messages post tweet social twitter linkedin",
    ),
    _kind(
        "database",
        "databases",
        "sql database db query postgres postgresql sqlite mysql mongo mongodb redis crm table tables records warehouse "
        "bigquery snowflake salesforce hubspot tickets ticket orders",
    ),
    _kind("browser", "web browsers", "browser playwright puppeteer selenium navigate click page computer screenshot"),
    _kind("packages", "package installers", "package packages pip npm pnpm yarn apt brew install uv cargo"),
    _kind(
        "monitoring",
        "monitoring and alerting",
        "monitor monitoring alert alerts metrics grafana prometheus datadog sentry pagerduty logs sre",
    ),
    _kind("mcp", "MCP control", "mcp connector connectors toolserver"),
    _kind(
        "http", "HTTP and web access", "http https fetch web url request curl search download api webfetch websearch"
    ),
    _kind(
        "files",
        "files",
        "file files filesystem directory directories dir read_file write_file edit path fs document documents docs "
        "folder drive search_files",
    ),
    _kind(
        "shell",
        "shells and code execution",
        "shell bash zsh sh terminal exec execute command run_command powershell ssh python code interpreter notebook "
        "repl process",
    ),
    _kind("clock", "clocks and conversions", "time clock timezone calculator convert"),
)

_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def kind_ids() -> tuple[str, ...]:
    """Every kind's id, in order of precedence."""
    return tuple(kind.id for kind in KINDS)


def tool_kind(tool: str) -> str | None:
    """The kind a tool's name gives away, or ``None``: the first word of the name that belongs to a kind decides."""
    words = [word for word in _SPLIT.split(_CAMEL.sub("_", tool).lower()) if word]
    pairs = ["_".join(pair) for pair in itertools.pairwise(words)]
    for candidate in [*pairs, *words]:
        for kind in KINDS:
            if candidate in kind.words or candidate == kind.id:
                return kind.id
    return None


def nearest_kind(name: str) -> str | None:
    """The closest kind id, for an error's hint."""
    close = difflib.get_close_matches(name, kind_ids(), n=1, cutoff=0.5)
    return close[0] if close else None
