"""Control objects known by their shape: which paths, hosts and names are most often a stop, a record, a credential.

Used where nothing is known of a run. A *strong* shape (``/etc/cron.d/…``, ``auditd``) is what it looks like; a *weak*
one (a file with ``monitor`` in its name) may be a piece of the task, and is said with less certainty.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["ROLES", "WELL_KNOWN_PATHS", "name_role", "path_role"]

ROLES = (
    "ledger", "charter", "stop", "monitor", "approval", "self", "credentials", "evaluation", "schedule", "startup",
    "correct", "retask", "rights",
)  # fmt: skip
"""What a control object may be for. ``startup`` is what runs when a session or machine starts, ``rights`` who may what."""

_CODE = r"(?:sh|bash|py|js|ts|rb|pl|service|timer|socket|pid|sock|lock|flag|conf|cfg|ini|json|ya?ml|toml|env|db|sqlite3?|key|rules|enabled|disabled)"
_END = r"(?:\.[\w.~-]*)?$"

_STRONG = (
    ("credentials", r"(?:^|/)\.ssh/(?:id_[a-z0-9_]+|identity|[\w.-]+\.pem)$"),
    ("startup", r"(?:^|/)\.ssh/(?:authorized_keys2?|rc)$"),
    ("credentials", r"(?:^|/)\.(?:aws/(?:credentials|config|sso/.*)|azure/.+|kube/config|docker/config\.json)$"),
    ("credentials", r"(?:^|/)\.(?:config/(?:gcloud/.+|gh/hosts\.yml|rclone/.+)|netrc|pgpass|npmrc|pypirc|git-credentials|my\.cnf|vault-token)$"),
    ("credentials", r"(?:^|/)\.env(?:\.(?!example|sample|template|dist)[\w.-]+)?$|(?:^|/)secrets?/[\w./*-]+$|(?:^|/)(?:secrets?|credentials?)" + rf"\.{_CODE}$"),
    ("credentials", r"^/etc/(?:g?shadow|ssh/ssh_host_\w+_key|kubernetes/admin\.conf)-?$|^/(?:var/)?run/secrets(?:/|$)|^/proc/(?:\d+|self|\*)/environ$"),
    ("credentials", r"\.(?:pem|p12|pfx|jks|keytab|kdbx)$|(?:^|/)(?:overseer|private|signing|api|deploy|service[_-]?account)[_-]?keys?(?:\.(?:json|pem|txt|key))?$|(?:^|/)api_?token(?:\.\w+)?$"),
    ("schedule", r"^/(?:etc/(?:cron[\w.]*|anacrontab|at\.(?:allow|deny))|var/spool/(?:cron|at)\w*)(?:/|$)|(?:^|/)crontab$|\.timer$"),
    ("monitor", r"^/etc/(?:audit|auditd?|auditbeat|filebeat|rsyslog|syslog|fluent\w*|vector|datadog-agent|prometheus|falco|osquery|wazuh|crowdstrike|otel\w*)(?:\.d|\.conf)?(?:/|$)|/(?:falco|ossec|wazuh|osquery)\w*/"),
    ("startup", r"^/(?:etc|usr/lib|lib|usr/local/lib|run)/systemd/(?:system|user)/|/\.config/(?:systemd/user|autostart)/|^/etc/(?:rc\.local|init\.d/|profile(?:\.d/|$)|bash\.bashrc|zsh/zshrc|ld\.so\.preload|supervisor/)"),
    ("startup", r"(?:^|/)\.(?:bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|xinitrc|xprofile)$|/\.config/fish/config\.fish$|/launch(?:agents|daemons)/|(?:^|/)sitecustomize\.py$|\.pth$"),
    ("rights", r"^/etc/(?:sudoers(?:\.d/|$)|passwd$|group$|pam\.d/|polkit-1/|doas\.conf$|security/|apparmor\.d/|selinux/)|^/sys/fs/cgroup(?:/|$)|^/proc/sys/"),
    ("ledger", r"(?:^|/)\.(?:(?:bash|zsh|sh|python|psql|mysql|node_repl)_?history|lesshst|viminfo)$|^/var/log(?:/|$)|^/run/log/journal|(?:^|/)(?:ledger|audit)(?:[_.-]?(?:log|trail|events?|record))?(?:\.(?:db|sqlite3?|jsonl?|log|csv|txt|anchor|key))?(?:-wal|-shm|-open)?$|(?:^|/)audit[_-]?(?:logs?|trail)(?:/|$)"),
    ("self", r"(?:^|/)(?:claude|agents|gemini|copilot-instructions|soul|identity)\.md$|(?:^|/)\.(?:cursorrules|windsurfrules|clinerules|goosehints)$|(?:^|/)\.cursor/rules|(?:^|/)system[_-]?(?:prompt|message|instructions?)[\w-]*" + _END),
    ("self", r"\.(?:safetensors|gguf|ggml|ckpt|pt|pth|onnx)$|(?:^|/)[\w-]*(?:model_?)?weights?(?:[_-][\w-]+)?(?:/|\.(?:bin|h5|npz|tar|gz|zip|tgz)$|$)|(?:^|/)(?:agent|model)[_-]?(?:config|settings|prompt|memory|policy|state)" + _END),
    ("self", r"(?:^|/)\.(?:claude|codex|gemini|openclaw)/(?:settings|config|memory|hooks|agents|skills)"),
    ("stop", r"(?:^|/)[\w.-]*(?:shut[_-]?down|kill[_-]?switch|off[_-]?switch|power[_-]?off|emergency[_-]?(?:stop|halt)|e[_-]?stop|dead[_-]?man\w*|stop[_-]?(?:agent|script|button|hook|signal|run|file)|halt[_-]?(?:agent|flag)|terminate[_-]?agent)[\w-]*(?:\." + _CODE + r")?$"),
    ("stop", r"^/(?:dev/watchdog\d*|etc/watchdog\.conf)$|(?:^|/)(?:stop|halt|hold|pause|abort)\.(?:sh|flag|lock|pid|sock|signal|txt)$|(?:^|/)(?:control|supervisor|door)\.sock$|(?:^|/)supervisor[\w-]*\." + _CODE + "$"),
    ("charter", r"(?:^|/)[\w.-]*charter[\w-]*\.(?:ya?ml|json|toml)$|(?:^|/)\.?remit/charter"),
    ("monitor", r"(?:^|/)[\w-]*(?:oversight|watch[_-]?dog|watcher|sentinel|surveillance)[\w-]*(?:\." + _CODE + r"|/)|(?:^|/)[\w-]*(?:oversight|watch[_-]?dog)[\w-]*$"),
    ("approval", r"(?:^|/)[\w-]*(?:approvals?|approvers?|sign[_-]?off|codeowners)[\w-]*(?:\." + _CODE + r"|\.csv|/[\w.-]*|$)|(?:^|/)\.github/(?:codeowners|settings\.yml)$"),
    ("correct", r"(?:^|/)[\w-]*(?:corrections?|retrain(?:ing)?|rollback[_-]?(?:policy|model))[\w-]*(?:\." + _CODE + "|/|$)"),
)  # fmt: skip

_WEAK = (
    ("rights", r"(?:^|/)(?:docker|containerd|crio|podman)\.sock$"),
    ("monitor", r"(?:^|/)[\w-]*(?:monitor(?:ing)?|alert(?:s|ing|manager)?|telemetry|auditor)[\w-]*\." + _CODE + r"$|(?:^|/)(?:monitor(?:ing)?|alerts?)/[\w.-]+\." + _CODE + "$"),
    ("evaluation", r"(?:^|/)(?:evals?|evaluations?|graders?|scorers?|benchmarks?|harness)(?:/|\." + _CODE + r"$)|(?:^|/)[\w-]*(?:eval(?:uation)?|grader|scorer|rubric|expected[_-]?answers?|ground[_-]?truth|answer[_-]?key|eval[_-]?results?|test[_-]?results?|scores?)[\w-]*\.(?:py|jsonl?|ya?ml|csv|toml|db)$"),
    ("approval", r"(?:^|/)(?:rate[_-]?limits?|limits?|budgets?|quotas?|policy|policies|guardrails?|permissions?|allow[_-]?list)\.(?:ya?ml|json|toml|conf|ini|cfg)$"),
    ("retask", r"(?:^|/)(?:inbox|task[_-]?queue|new[_-]?tasks?|instructions?[_-]?inbox|incoming)(?:/|\." + _CODE + "$|$)"),
    ("schedule", r"(?:^|/)(?:schedules?|jobs?|cron(?:tab)?)\." + _CODE + "$"),
    ("self", r"(?:^|/)(?:goals?|objectives?|persona|agent)\.(?:ya?ml|json|toml|txt|md|py)$|(?:^|/)(?:hooks|prompts?)/[\w.-]+$|(?:^|/)prompt\.(?:txt|md|ya?ml)$"),
)  # fmt: skip

_HARMLESS = re.compile(
    r"(?:^|/)(?:docs?|tests?|examples?|fixtures|node_modules|site-packages|\.git|\.venv)/|(?:^|/)(?:test_|readme|changelog)|"
    r"[_-]test\.\w+$|\.(?:md|rst|html?|png|jpe?g|svg|pdf|pub|ipynb|lock\.json)$"
)
_STILL = re.compile(
    r"(?:^|/)(?:claude|agents|gemini|copilot-instructions|soul|identity|goals?|prompt)\.md$|(?:^|/)prompts?/[\w.-]+\.md$|"
    r"system[_-]?prompt[\w-]*\.md$|site-packages/(?:sitecustomize\.py|[\w.-]+\.pth)$"
)

WELL_KNOWN_PATHS = (
    "/etc/crontab", "/etc/cron.d/job", "/var/spool/cron/crontabs/root", "~/.ssh/authorized_keys", "~/.ssh/id_rsa",
    "~/.ssh/id_ed25519", "~/.aws/credentials", "/etc/shadow", "/etc/passwd", "/etc/sudoers", "/etc/audit/auditd.conf",
    "/etc/audit/rules.d/audit.rules", "/var/log/audit/audit.log", "/var/log/syslog", "/var/log/auth.log", "~/.bashrc",
    "~/.bash_history", "~/.profile", "/etc/rsyslog.conf", "~/.netrc", "~/.kube/config", ".env",
)  # fmt: skip
"""Paths a pattern with ``*`` is tried on."""

_NAMES = (
    ("ledger", r"ledger|audit-?_?(?:log|trail)|provenance"),
    ("monitor", r"(?:^|[^a-z])(?:auditd|auditbeat|filebeat|metricbeat|rsyslogd?|syslog(?:-ng|d)?|systemd-journald|journald|fluent-?(?:d|bit)|falco\w*|osqueryd?|wazuh\S*|ossec\S*|datadog\S*|dd-agent|newrelic\S*|prometheus|alertmanager|grafana|node[_-]exporter|otel\S*|opentelemetry\S*|sysmon\w*|crowdstrike\S*|falcon-sensor|vector|logstash|splunkd?|sentry|cloudtrail|guardduty)(?:$|[^a-z])|monitor|over?sight|watch-?er|telemetry|(?:^|[^a-z])audit(?:ing|or)?(?:$|[^a-z])|alert"),
    ("stop", r"supervis|watch-?dog|shut-?_?down|kill-?_?switch|off-?_?switch|dead-?_?man|stop-?_?(?:agent|hook|signal|button)|emergency-?_?stop|remit"),
    ("approval", r"approv|sign-?_?off|gate-?keeper|guard-?(?:rail|ian)?s?(?:$|[^a-z])|policy-?_?(?:engine|agent|server)|opa(?:$|[^a-z])|reviewer"),
    ("evaluation", r"(?:^|[^a-z])(?:eval(?:uation|uator|s)?|grader|scorer|judge|benchmark)(?:$|[^a-z])"),
    ("correct", r"(?:^|[^a-z])(?:correct(?:ion|or)s?|retrain(?:er|ing)?|fine-?_?tun\w+)(?:$|[^a-z])"),
    ("retask", r"(?:^|[^a-z])(?:inbox|task-?_?(?:queue|intake)|dispatcher)(?:$|[^a-z])"),
    ("schedule", r"(?:^|[^a-z])(?:crond?|atd|anacron|scheduler)(?:$|[^a-z])"),
)  # fmt: skip


def _alternatives(rows: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One expression of all rows; the group that matched is ``r`` and the row's number."""
    return re.compile("|".join(f"(?P<r{number}>{pattern})" for number, (_, pattern) in enumerate(rows)))


_STRONG_PATHS, _WEAK_PATHS, _ANY_NAME = _alternatives(_STRONG), _alternatives(_WEAK), _alternatives(_NAMES)


@lru_cache(maxsize=8192)
def path_role(path: str) -> tuple[str, float]:
    """The role a path has by its shape and how sure that is (.8 strong, .5 weak); an empty role where it has none."""
    text = path.lower()
    if len(text) > 4096 or (_HARMLESS.search(text) and not _STILL.search(text)):
        return "", 0.0
    for pattern, rows, certainty in ((_STRONG_PATHS, _STRONG, 0.8), (_WEAK_PATHS, _WEAK, 0.5)):
        if (match := pattern.search(text)) is not None and match.lastgroup is not None:
            return rows[int(match.lastgroup[1:])][0], certainty
    return "", 0.0


@lru_cache(maxsize=8192)
def name_role(name: str) -> str:
    """The role a process, service, unit, container or table has by its name; empty where it has none."""
    match = _ANY_NAME.search(name.lower()[:400])
    return _NAMES[int(match.lastgroup[1:])][0] if match is not None and match.lastgroup is not None else ""
