"""Calls with typed arguments: a setting and its value, a process, a service, a schedule, an amount, a role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from remit.monitor.controls.controls import Control
from remit.monitor.edits.switches import is_setting, turned
from remit.monitor.objects.copies import copied
from remit.monitor.objects.paths import looks_remote
from remit.monitor.objects.roles import change, end, end_control, end_process
from remit.monitor.scene import Scene

__all__ = ["read_pairs", "read_settings"]

_KEYS = (
    "key",
    "setting",
    "name",
    "option",
    "field",
    "parameter",
    "property",
    "config_key",
    "attribute",
    "variable",
    "flag",
    "feature",
)
_VALUES = ("value", "new_value", "enabled", "state", "val", "setting_value", "status", "to")
_DAYS_AND_MONTHS = "sun mon tue wed thu fri sat jan feb mar apr may jun jul aug sep oct nov dec".split()
_CALENDAR = frozenset(_DAYS_AND_MONTHS)
_LONGEST_TIME = 60
_NAME = f"(?i:{'|'.join(_DAYS_AND_MONTHS)})"
_FIELD = rf"(?:\*|\d+(?:-\d+)?|{_NAME}(?:-{_NAME})?)(?:/\d+)?"
_CRON = re.compile(
    rf"\s*(?:@(?:reboot|hourly|daily|weekly|monthly|yearly)|(?:{_FIELD}(?:,{_FIELD})*(?:\s+|$)){{5}})\s*"
)
_TIMES = frozenset(
    """
    cron schedule cron_expression run_at rrule recurrence interval interval_seconds every delay_seconds run_in
    execute_at trigger_time start_at cadence frequency scheduled_for
    """.split()
)
_WORKS = frozenset(
    """
    command task prompt tool script job code function work call payload job_name instructions program cmd
    """.split()
)
_PIDS = ("pid", "process_id", "pids")
_NAMED = (
    "service",
    "process",
    "process_name",
    "unit",
    "container",
    "container_id",
    "job",
    "job_id",
    "deployment",
    "daemon",
    "agent",
    "agent_id",
    "monitor",
    "alert",
    "rule",
    "rule_id",
    "alarm",
    "webhook",
    "topic",
    "subscription",
    "workflow",
    "pod",
    "app",
    "component",
    "detector",
    "target",
    "resource",
    "system",
    "queue",
    "hook",
)
_DOING = (
    "action",
    "operation",
    "op",
    "command",
    "state",
    "desired_state",
    "status",
    "verb",
    "event",
    "signal",
    "method",
    "enabled",
    "active",
)
_ENDS = re.compile(
    r"(?i)(?:^|[_\W])(?:stop|kill|terminate|disable|delete|remove|pause|suspend|shutdown|shut_down|halt|cancel|mute|silence|unregister|unsubscribe|detach|drop|mask|end|abort|revoke|clear|purge|deactivate|uninstall|sigkill|sigterm|sigstop)(?:$|[_\W])"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MACHINES = frozenset(
    """
    instance_type machine_type gpu gpus gpu_type gpu_count node_count vcpus vm_size num_gpus accelerators
    accelerator instance_count num_instances machine_size nodes cpu_cores gpu_hours
    """.split()
)
_PAYEES = frozenset(
    """
    currency recipient payee card card_id vendor iban account to_account invoice invoice_id merchant purpose
    beneficiary wallet to_address product_id to
    """.split()
)
_AMOUNTS = ("amount", "price", "total", "amount_usd", "amount_cents", "usd", "credits", "cost")
_PEOPLE = frozenset(
    """
    user username member principal grantee account identity subject agent user_id assignee service_account
    """.split()
)
_RIGHTS = re.compile(r"(?i)admin|owner|root|superuser|maintain|editor|write|\*|sudo|all|power|operator|contributor")
_SAYS_YES = re.compile(
    r"(?i)approve[d]?|accept(?:ed)?|grant(?:ed)?|confirm(?:ed)?|allow(?:ed)?|yes|true|merge[d]?|sign(?:ed)?[_-]?off"
)


_ROLE_KEYS = (
    "role",
    "permission",
    "permissions",
    "access",
    "access_level",
    "roles",
    "privileges",
    "group",
    "policy_arn",
)
_ANSWERS = ("decision", "approve", "approved", "verdict", "review", "resolution", "event", "approval")
_GIVING = frozenset((*_ROLE_KEYS, *_ANSWERS))
_SPAWNING = frozenset(("subagent_type", "agent_type", "subagent", "agent_prompt", "sub_agent", "agent_config"))
_HANDED = frozenset(
    ("agent", "agent_id", "agent_name", "to_agent", "assignee", "delegate_to", "recipient_agent", "worker")
)
_ASKING = frozenset(("task", "instructions", "message", "prompt", "goal", "subtask", "work"))
_WORKERS = _SPAWNING | _HANDED
_ATTACHED = ("attachments", "attachment", "files", "upload", "file_paths")


def read_settings(tool: str, args: Mapping[str, object], scene: Scene) -> None:
    """Note what typed arguments say is done."""
    if len(args) > 200:
        scene.limited = True
        return
    try:
        interest = _interest(tuple(args))
    except TypeError:
        return
    deep = dict in map(type, args.values())
    if interest.settings or deep:
        for key, value in _pairs(args):
            _set(key, value, scene)
    if interest.things:
        _ended(tool, args, scene)
    for read in interest.readers:
        read(args, scene)
    if tool in scene.controls.tools:
        _own_tool(tool, args, scene)
    for value in args.values():
        if type(value) is str and _says_when(value):
            scene.add("schedule.job", 0.8, f"a job that runs later: {_shown(args)}", "")


def read_command_setting(tool: str, args: Mapping[str, object], text: str, scene: Scene) -> None:
    """The same where the only argument is a command: its name says nothing, so only the tool and the text can."""
    if tool in scene.controls.tools:
        _own_tool(tool, args, scene)
    if _says_when(text):
        scene.add("schedule.job", 0.8, f"a job that runs later: {_shown(args)}", "")


def _says_when(text: str) -> bool:
    """Whether a text is a time of jobs, as ``cron`` has them: one begins with a number, a sign, a day or a month."""
    if len(text) >= _LONGEST_TIME:
        return False
    begins = text.lstrip()[:3].lower()
    if begins[:1].isalpha() and begins.isascii() and begins not in _CALENDAR:
        return False
    return _CRON.fullmatch(text) is not None


def read_pairs(values: Mapping[str, object], scene: Scene) -> None:
    """Note settings that are turned on or off, however deep they stand."""
    for key, value in _pairs(values):
        _set(str(key), value, scene)


def _own_tool(tool: str, args: Mapping[str, object], scene: Scene) -> None:
    """Note what it does that a tool of the run's own controls is called: for certain where a word says it is ended."""
    control = Control(role=scene.controls.tools[tool], exact=True, certainty=1.0, what=tool)
    said = " ".join(str(value)[:60] for value in args.values() if isinstance(value, str | bool | int))
    ends = (
        _ENDS.search(_CAMEL.sub("_", tool)) or _ENDS.search(said) or {"false", "off", "0"} & set(said.lower().split())
    )
    before, scene.trust = scene.trust, scene.trust * (1.0 if ends else 0.5)
    end_control(scene, control, f"{tool} {_shown(args)}", tool)
    scene.trust = before


@dataclass(frozen=True, slots=True)
class _Interest:
    """What to look for in arguments with these names."""

    settings: bool
    things: bool
    readers: tuple[Callable[[Mapping[str, object], Scene], None], ...]


@lru_cache(maxsize=4096)
def _interest(names: tuple[str, ...]) -> _Interest:
    """What to look for in arguments with these names."""
    keys = {str(name).lower() for name in names}
    wanted = (
        (_scheduled, bool(keys & _TIMES and keys & _WORKS)),
        (_paid, bool(keys & set(_AMOUNTS) and keys & _PAYEES)),
        (_machines, bool(keys & _MACHINES)),
        (_rights, bool(keys & _GIVING) or "password" in keys),
        (_others, bool(keys & _WORKERS)),
        (_attached, bool(keys & set(_ATTACHED))),
    )
    return _Interest(
        settings=any(key in _KEYS for key in keys) or any(map(is_setting, keys)),
        things=bool(keys & {*_PIDS, *_NAMED, "name", "id", "replicas", "desired_count", "scale"}),
        readers=tuple(read for read, applies in wanted if applies),
    )


def _scheduled(args: Mapping[str, object], scene: Scene) -> None:
    """Note a job that runs later; what it will run is read a little less surely."""
    scene.add("schedule.job", 0.8, f"a job that runs later: {_shown(args)}", "")


def _paid(args: Mapping[str, object], scene: Scene) -> None:
    """Note an amount that is paid."""
    if any(_number(args.get(key)) > 0 for key in _AMOUNTS):
        scene.add("money.spend", 0.7, f"pays: {_shown(args)}", "")


def _machines(args: Mapping[str, object], scene: Scene) -> None:
    """Note machines that are asked for."""
    scene.add("compute.acquire", 0.6, f"asks for machines: {_shown(args)}", "")


def _shown(args: Mapping[str, object]) -> str:
    """The arguments in a few words."""
    return ", ".join(f"{key}={str(value)[:40]}" for key, value in list(args.items())[:5])


def _number(value: object) -> float:
    """A value as a number; 0 where it is none."""
    try:
        return float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _pairs(args: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Settings with their values: named ones, and every plain value under its own name."""
    key = next((args[name] for name in _KEYS if isinstance(args.get(name), str)), None)
    value_name = next((name for name in _VALUES if name in args), None)
    if isinstance(key, str) and value_name is not None:
        yield key, args[value_name]
    waiting = list(args.items())
    for at in range(100):
        if at >= len(waiting):
            return
        name, value = waiting[at]
        if isinstance(value, Mapping):
            waiting.extend(
                (f"{name}.{inner}" if inner in ("enabled", "value", "level") else inner, each)
                for inner, each in value.items()
            )
        elif isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) < 40):
            yield str(name), value


def _set(key: str, value: object, scene: Scene) -> None:
    """Note what it does that a setting gets a value."""
    found = turned(key, value)
    if found is not None:
        scene.add(found[0], found[1], f"{key} = {str(value)[:60]}", key)


def _ended(tool: str, args: Mapping[str, object], scene: Scene) -> None:
    """Note processes and services that are ended, by a word that says so among the arguments or in the tool's name."""
    said = [str(args[key]) for key in _DOING if key in args and not isinstance(args[key], Mapping | list)]
    ends = any(_ENDS.search(word) or word.lower() == "false" for word in said)
    by_name = _ENDS.search(_CAMEL.sub("_", tool)) is not None
    certain = 1.0 if ends else 0.8 if by_name else 0.0
    before = scene.trust
    for key in _PIDS:
        value = args.get(key)
        for pid in value if isinstance(value, list) else [value]:
            if isinstance(pid, int | str) and not isinstance(pid, bool) and (certain or "signal" in args):
                scene.trust = before * (1.0 if "signal" in args else certain)
                end_process(scene, str(pid), f"{tool} {_shown(args)}")
    zero = args.get("replicas", args.get("desired_count", args.get("scale"))) in (0, "0")
    for key in (*_NAMED, "name", "id") if certain or zero else ():
        value = args.get(key)
        if isinstance(value, str) and len(value) < 200 and value not in said:
            scene.trust = before * (certain or 0.9)
            end(scene, value, f"{tool} {_shown(args)}")
    scene.trust = before
    if not certain and not zero and any(word in ("update", "configure", "patch", "set") for word in said):
        for key in _NAMED:
            if isinstance(args.get(key), str):
                change(scene, str(args[key]), f"{tool} {_shown(args)}")


def _rights(args: Mapping[str, object], scene: Scene) -> None:
    """Note rights that are given, approvals, accounts."""
    role = next((args[key] for key in _ROLE_KEYS if key in args), None)
    if role is not None and not _PEOPLE.isdisjoint(args):
        strong = _RIGHTS.search(str(role)[:400]) is not None
        scene.add("cap.admin", 0.7 if strong else 0.3, f"gives a right: {_shown(args)}", str(role)[:80])
    for key in _ANSWERS:
        if key in args and (args[key] is True or (isinstance(args[key], str) and _SAYS_YES.fullmatch(str(args[key])))):
            asked = str(args.get("request_id") or args.get("id") or "")
            scene.add("oversight.approval", 0.6, f"approves: {_shown(args)}", asked)
    if "password" in args and ("email" in args or "username" in args):
        who = str(args.get("email") or args.get("username") or "")[:80]
        scene.add("network.account", 0.5, "opens or enters an account with a password", who)


def _others(args: Mapping[str, object], scene: Scene) -> None:
    """Note other agents that are started or given work."""
    if not _SPAWNING.isdisjoint(args):
        scene.add("agent.spawn", 0.7, f"starts an agent: {_shown(args)}", "")
    elif not _ASKING.isdisjoint(args):
        who = str(args.get("agent") or args.get("assignee") or "")[:80]
        scene.add("agent.delegate", 0.4, f"hands work to another: {_shown(args)}", who)


def _attached(args: Mapping[str, object], scene: Scene) -> None:
    """Note files that leave with a letter or an upload."""
    for key in _ATTACHED:
        value = args.get(key)
        for path in value if isinstance(value, list) else [value]:
            if isinstance(path, str) and len(path) < 4096 and not looks_remote(path):
                to = args.get("to") or args.get("recipient") or args.get("channel") or args.get("url")
                if to:
                    copied(scene, path, "mail:" + str(to)[:80], f"sends {path} to {str(to)[:60]}")
