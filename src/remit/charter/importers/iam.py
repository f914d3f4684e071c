"""A first charter from an AWS IAM policy document (JSON): what the agent's role may do.

One grant per statement and service, on the tool ``aws.SERVICE``, with the actions and resources as constraints. A
deny becomes a limit. Conditions are not translated: a grant that had one asks a person. Source: the IAM user guide,
"IAM JSON policy elements reference".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.charter.importers.drafting import OWNER, Draft, DraftArgument, DraftGrant, DraftLimit
from remit.charter.importers.escaping import one_line, slug
from remit.charter.importers.inference import Reach, words_of
from remit.charter.importers.offered import with_an_outcome
from remit.charter.importers.source_file import SourceDocument, read_json

__all__ = ["draft_from_iam"]

_KNOWN = frozenset("Sid Effect Action NotAction Resource NotResource Condition Principal NotPrincipal".split())
_READS = ("Get", "List", "Describe", "BatchGet", "Query", "Scan", "Head", "Lookup", "Search", "Select", "View")
_DESTROYS = ("Delete", "Terminate", "Remove", "Purge", "Destroy", "Revoke", "Deregister", "Stop", "Disable")
_ROLES = (
    "iam:PassRole",
    "sts:AssumeRole",
    "iam:CreateAccessKey",
    "iam:CreateRole",
    "iam:AttachRolePolicy",
    "iam:PutRolePolicy",
)
_COMPUTE = (
    "RunInstances",
    "CreateFunction",
    "RunTask",
    "CreateCluster",
    "StartInstances",
    "CreateService",
    "SubmitJob",
)
_ACTION = re.compile(r"[A-Za-z0-9*?:-]{1,128}")
_LONGEST_CONDITION = 1800
_WATCHERS = ("cloudtrail", "guardduty", "config", "cloudwatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """One statement of a policy, checked."""

    label: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    inverted: tuple[str, ...]  # NotAction, NotResource, NotPrincipal: what makes the statement speak of everything else
    condition: bool
    line: int


def draft_from_iam(path: Path) -> Draft:
    """A first charter from a policy document.

    Raises ``CharterSyntaxError`` when the file is no JSON object and ``CharterSchemaError`` when it is no IAM policy,
    with file and line.
    """
    document = read_json(path)
    statements = list(_statements(document))
    grants: list[DraftGrant] = []
    limits: list[DraftLimit] = []
    notes: list[str] = []
    for statement in statements:
        if statement.inverted:
            notes.append(
                f"{statement.label} uses {' and '.join(statement.inverted)}, which speaks of everything but a list"
            )
        elif statement.allows:
            grants.extend(_grants(statement))
        elif statement.condition:
            notes.append(f"{statement.label} denies only under a condition: every grant here asks a person instead")
        else:
            limits.extend(_limits(statement))
    held = {grant.tool for grant in grants}
    unneeded = [limit for limit in limits if limit.tool != "*" and limit.tool not in held]
    notes.extend(f"{limit.why}: nothing of `{limit.tool}` is granted anyway" for limit in unneeded)
    limits = [limit for limit in limits if limit not in unneeded]
    careful = any(not statement.allows and (statement.condition or statement.inverted) for statement in statements)
    return Draft(
        name=slug(path.stem, fallback="cloud-agent"),
        sources=(
            f"The grants are those of the IAM policy in {one_line(str(path), limit=120)}",
            "A tool `aws.SERVICE` stands for calls to that service: `action` is the IAM action, `resource` the ARN.",
        ),
        grants=with_an_outcome(_asking(grant) if careful else grant for grant in grants),
        limits=tuple(limits),
        notes=tuple(notes),
        reads=(),
        writes=(),
    )


def _asking(grant: DraftGrant) -> DraftGrant:
    """The grant with a person asked, since a deny could not be carried over."""
    from dataclasses import replace

    return replace(grant, ask=(OWNER,), ask_note=grant.ask_note or "a deny of the policy could not be translated")


def _statements(document: SourceDocument) -> Iterator[_Statement]:
    """The statements of the policy; one alone may stand without a list."""
    if "Statement" not in document.values:
        raise document.wrong("", "there is no `Statement`", hint="an IAM policy holds `Version` and `Statement`")
    written = document.values["Statement"]
    items = [written] if isinstance(written, Mapping) else document.sequence("Statement", written)
    for number, item in enumerate(items):
        place = "Statement" if isinstance(written, Mapping) else f"Statement.{number}"
        yield _statement(document, place, document.mapping(place, item))


def _statement(document: SourceDocument, place: str, entry: Mapping[str, object]) -> _Statement:
    """One statement; an unknown element is an error, since it may change what the statement means."""
    for key in entry:
        if key not in _KNOWN:
            raise document.wrong(f"{place}.{key}", f"`{one_line(key, limit=40)}` is not an element of a statement")
    effect = document.text(f"{place}.Effect", entry.get("Effect"))
    if effect not in ("Allow", "Deny"):
        raise document.wrong(f"{place}.Effect", f"`{one_line(effect, limit=40)}` is neither `Allow` nor `Deny`")
    if "Action" not in entry and "NotAction" not in entry:
        raise document.wrong(place, f"`{place}` names no `Action`")
    actions = tuple(document.texts(f"{place}.Action", entry.get("Action", [])))
    odd = next((action for action in actions if not _ACTION.fullmatch(action)), None)
    if odd is not None:
        raise document.wrong(f"{place}.Action", f"`{one_line(odd, limit=60)}` is not an action")
    line = document.place(place).line
    sid = entry.get("Sid")
    return _Statement(
        label=f"statement `{one_line(sid, limit=60)}` (line {line})"
        if isinstance(sid, str)
        else f"the statement in line {line}",
        allows=effect == "Allow",
        actions=actions,
        resources=tuple(document.texts(f"{place}.Resource", entry.get("Resource", []))),
        inverted=tuple(f"`{key}`" for key in ("NotAction", "NotResource", "NotPrincipal") if key in entry),
        condition=bool(entry.get("Condition")),
        line=line,
    )


def _grants(statement: _Statement) -> Iterator[DraftGrant]:
    """The grants of one allowing statement: for each service its listed actions, and one for each pattern."""
    for service, actions in _by_service(statement.actions).items():
        exact = [action for action in actions if "*" not in action and "?" not in action]
        if exact:
            yield _grant(statement, service, {"in": exact}, exact)
        for pattern in actions:
            if pattern not in exact:
                yield _grant(statement, service, _pattern(pattern), [pattern])


def _grant(statement: _Statement, service: str, actions: dict[str, object], names: list[str]) -> DraftGrant:
    """One grant on one service."""
    reach = max((_reach(name) for name in names), key=list(Reach).index)
    effects = _effects(service, names, reach)
    asks = reach is not Reach.READS or statement.condition
    args = [DraftArgument(name="action", constraint=actions)] if actions else []
    resources = _resources(statement.resources)
    if resources:
        args.append(DraftArgument(name="resource", constraint=resources))
    remarks = []
    if not actions:
        remarks.append("every action of every service: a charter for this is a charter for anything")
    if not resources:
        remarks.append("on every resource: add `resource: {in: [...]}` or `{prefix: ...}` with the ARNs the task needs")
    if statement.condition:
        remarks.append("the policy allows this under a condition that was not translated: a person is asked instead")
    return DraftGrant(
        tool=f"aws.{service}" if service != "*" else "aws.any",
        origin=f"from {statement.label}",
        kind="cloud",
        args=tuple(args),
        budget="changes" if reach is not Reach.READS else None,
        ask=(OWNER,) if asks else (),
        ask_note="" if not asks else "the policy has a condition" if reach is Reach.READS else "it changes things",
        effects=effects,
        remarks=tuple(remarks),
    )


def _by_service(actions: tuple[str, ...]) -> dict[str, list[str]]:
    """Actions by their service; a bare ``*`` is the service ``*``."""
    services: dict[str, list[str]] = {}
    for action in actions:
        service, colon, _ = action.partition(":")
        key = slug(service, fallback="*") if colon and "*" not in service else "*"
        services.setdefault(key, []).append(one_line(action, limit=120))
    return services


def _pattern(action: str) -> dict[str, object]:
    """A constraint for an action with wildcards; empty for every action there is."""
    if action in ("*", "*:*"):
        return {}
    if action.endswith("*") and not set("*?").intersection(action[:-1]):
        return {"prefix": action[:-1]}
    return {"matches": _expression(action)}


def _resources(resources: tuple[str, ...]) -> dict[str, object]:
    """A constraint for the resources of a statement; empty for every resource."""
    if not resources or "*" in resources:
        return {}
    if not any(set("*?").intersection(resource) for resource in resources):
        return {"in": list(resources)}
    expression = "|".join(_expression(resource) for resource in resources)
    return {"matches": expression} if len(expression) <= 500 else {"in": list(resources)}


def _expression(pattern: str) -> str:
    """An IAM wildcard pattern as a regular expression for the whole text."""
    special = set("\\.^$+{}[]|()")
    return "".join({"*": ".*", "?": "."}.get(char) or ("\\" + char if char in special else char) for char in pattern)


def _reach(action: str) -> Reach:
    """How far an action reaches, by its verb; a pattern that could be anything destroys."""
    name = action.partition(":")[2] or action
    if name.startswith(_READS):
        return Reach.READS
    return Reach.DESTROYS if name.startswith((*_DESTROYS, "*")) else Reach.CHANGES


def _effects(service: str, actions: list[str], reach: Reach) -> tuple[str, ...]:
    """What the actions do to the world."""
    if reach is Reach.READS:
        return (f"info.{slug(service, fallback='cloud')}",)
    found = ["data.write"]
    if reach is Reach.DESTROYS:
        found.append("data.destroy")
    if any(action in _ROLES or action in ("*", "iam:*", "sts:*") for action in actions):
        found += ["cap.cloud", "credential.role"]
    if any(name in action for action in actions for name in _COMPUTE) or any(
        action in ("*", "ec2:*") for action in actions
    ):
        found.append("compute.acquire")
    if service in _WATCHERS and any(
        set(words_of(action)) & {"delete", "stop", "put", "disable", "update"} for action in actions
    ):
        found.append("oversight.monitor")
    return tuple(found)


def _limits(statement: _Statement) -> Iterator[DraftLimit]:
    """The limits of one denying statement; what is too long to say is denied whole."""
    where = _test("resource", "|".join(_expression(resource) for resource in statement.resources))
    anywhere = not statement.resources or "*" in statement.resources
    for service, actions in _by_service(statement.actions).items():
        every = any(action in ("*", "*:*") for action in actions)
        which = "" if every else _test("action", "|".join(_expression(action) for action in actions))
        when = " && ".join(part for part in (which, "" if anywhere else where) if part)
        yield DraftLimit(
            tool="*" if service == "*" else f"aws.{service}",
            when=when if 0 < len(when) <= _LONGEST_CONDITION else None,
            why=f"{statement.label} of the policy denies it",
        )


def _test(argument: str, expression: str) -> str:
    """A CEL condition for the whole of an argument, in any case: IAM compares actions without it."""
    return f"call.args.{argument}.matches({_text(f'(?i)^({expression})$')})"


def _text(value: str) -> str:
    """A CEL text."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
