"""A charter without conditions written as Cedar policies, so that another engine can be asked the same questions.

Only texts leave here: nothing of Cedar is imported. A grant is a ``permit``, a limit a ``forbid``; whom a grant asks
stands in an annotation, because Cedar knows no third answer. ``request`` lays a call out as those policies expect it:
the arguments in their one spelling, their names, the hosts of addresses, the facts that hold. What has no counterpart
in Cedar (CEL conditions, regular expressions, lengths, who is known, fractions) raises ``CharterSchemaError``.

Budgets, the phase of a run and reserved effects are not authority of this kind and are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from remit.charter.answer import Undecidable
from remit.charter.kinds import tool_kind
from remit.charter.model import Constraint
from remit.charter.normal import as_host
from remit.errors import CharterSchemaError
from remit.guard.rules.coverage import Matter
from remit.guard.rules.looking import Resolver, as_written
from remit.guard.rules.meeting import Scene, asks_nothing, spelled
from remit.guard.rules.normalising import PEOPLE, Spelling
from remit.guard.rules.rulebook import Page, Permit, Rulebook

__all__ = ["policies", "request"]


def policies(book: Rulebook, *, cwd: str = "", resolver: Resolver = as_written) -> str:
    """The policies of a charter, in Cedar's own language; paths are those seen from ``cwd`` through ``resolver``.

    Raises ``CharterSchemaError`` for a part Cedar has no counterpart for.
    """
    scene = Scene(cwd=cwd, resolver=resolver)
    others = ", ".join(f"Action::{_text(tool)}" for tool in book.pages)
    elsewhere = [f"!(action in [{others}])"] if others else []
    found = [_policy("forbid", "signature", "*", ["context.closed && !context.unlisted.isEmpty()"])]
    if any(page.spellings != book.elsewhere[None].spellings for page in book.elsewhere.values()):
        raise _no_counterpart("an argument of `*` is read by the kind of the tool")
    subjects = [(tool, page, list[str]()) for tool, page in book.pages.items()]
    subjects += [("*", book.elsewhere[None], elsewhere)]
    for tool, page, outside in subjects:
        terms = [[*outside, *_terms(permit, page.spellings, scene)] for permit in page.permits]
        for permit, term in zip(page.permits, terms, strict=True):
            found.append(_policy("permit", permit.rule, tool, term, ask=permit.grant.ask))
        found += _forbids(page, tool, terms, outside)
        if tool == "*" and "payments" in book.elsewhere:  # the one kind that has an effect nobody declared
            paying = [[*term, 'context.kind == "payments"'] for term in terms]
            found += _forbids(book.elsewhere["payments"], tool, paying, outside)
    return "\n".join(found) + "\n"


def request(matter: Matter) -> Mapping[str, object]:
    """A call as a Cedar request: principal, action, resource and context."""
    args = {name: value for name, value in matter.normal.seen.items() if name not in matter.normal.unread}
    hosts = {name: as_host(value) for name, value in args.items() if isinstance(value, str)}
    given = dict.fromkeys(matter.book.charter.purpose.given, True)
    facts = {**given, **matter.standing.facts}
    return {
        "principal": f"Agent::{_text(matter.call.principal or matter.book.charter.agent.name)}",
        "action": f"Action::{_text(matter.call.tool)}",
        "resource": f"Server::{_text(matter.call.server)}",
        "context": {
            "args": {name: _whole(value) for name, value in args.items() if isinstance(_whole(value), str | int)},
            "names": sorted(matter.call.args),
            "closed": matter.signature is not None and not matter.signature.open,
            "unlisted": sorted(matter.call.args.keys() - set(matter.signature.names if matter.signature else ())),
            "hosts": {name: host for name, host in hosts.items() if not isinstance(host, Undecidable)},
            "facts": sorted(fact for fact, holds in facts.items() if holds is True),
            "schema": matter.call.schema,
            "kind": tool_kind(matter.call.tool) or "",
        },
    }


def _forbids(page: Page, tool: str, terms: Sequence[Sequence[str]], outside: Sequence[str]) -> list[str]:
    """The limits of a page: one on an effect forbids what the grants with that effect cover."""
    found: list[str] = []
    for bound in page.bounds:
        if bound.condition is not None:
            raise _no_counterpart(f"`{bound.limit.when}` is a CEL condition")
        touched = [term for permit, term in zip(page.permits, terms, strict=True) if bound.touches(permit.effects)]
        meant = touched if bound.limit.effect is not None else [outside]
        found += [_policy("forbid", bound.rule, tool, term) for term in meant]
    return found


def _whole(value: object) -> object:
    """A number without a fraction as a whole number, which is all Cedar has."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _policy(effect: str, rule: str, tool: str, terms: Sequence[str], *, ask: Sequence[str] = ()) -> str:
    """One policy about a tool, or about every one."""
    scope = "action" if tool == "*" else f"action == Action::{_text(tool)}"
    annotations = f"@id({_text(rule)})" + (f"\n@ask({_text(', '.join(ask))})" if ask else "")
    when = f" when {{ {' && '.join(f'({term})' for term in terms)} }}" if terms else ""
    return f"{annotations}\n{effect} (principal, {scope}, resource){when};"


def _terms(permit: Permit, spellings: Mapping[str, Spelling], scene: Scene) -> list[str]:
    """What a grant asks of a call, as Cedar expressions that must all hold."""
    grant = permit.grant
    if permit.condition is not None:
        raise _no_counterpart(f"`{grant.when}` is a CEL condition")
    terms: list[str] = []
    for name, constraint in grant.args.items():
        terms += _argument(name, constraint, spellings[name], scene)
    if grant.args:
        terms.append(f"[{', '.join(_text(name) for name in grant.args)}].containsAll(context.unlisted)")
        if not PEOPLE.isdisjoint(grant.args):
            strangers = ", ".join(_text(name) for name in sorted(PEOPLE - grant.args.keys()))
            terms.append(f"!(context.names.containsAny([{strangers}]))")
    if grant.pinned is not None:
        terms.append(f"context.schema == {_text(grant.pinned)}")
    terms += [f"context.facts.contains({_text(fact)})" for fact in grant.needs]
    return terms


def _argument(name: str, constraint: Constraint, spelling: Spelling, scene: Scene) -> list[str]:
    """What a constraint asks of one argument, as Cedar expressions."""
    if constraint.matches is not None or constraint.length is not None or constraint.known:
        raise _no_counterpart(f"`{name}` is bound by a regular expression, a length or who is known")
    if spelling.kind == "shell":
        raise _no_counterpart(f"`{name}` is a command")
    fitted = spelled(constraint, spelling, scene)
    if isinstance(fitted, Undecidable):
        raise _no_counterpart(fitted.reason)
    key = _text(name)
    value = f"context.args[{key}]"
    terms = [f"context.names.contains({key})"] if not asks_nothing(constraint) else []
    if fitted.equals is not None:
        terms.append(f"{value} == {_literal(fitted.equals)}")
    if fitted.one_of:
        terms.append(f"[{', '.join(_literal(item) for item in fitted.one_of)}].contains({value})")
    if fitted.minimum is not None:
        terms.append(f"{value} >= {_literal(fitted.minimum)}")
    if fitted.maximum is not None:
        terms.append(f"{value} <= {_literal(fitted.maximum)}")
    if fitted.prefix is not None:
        terms.append(f"{value} like {_pattern(fitted.prefix)}")
    if fitted.under:
        terms.append(" || ".join(_below(value, root) for root in fitted.under))
    if fitted.domain:
        host = f"context.hosts[{key}]"
        terms += [f"context.hosts has {key}", " || ".join(_within(host, domain) for domain in fitted.domain)]
    return terms


def _below(value: str, root: str) -> str:
    """A path in a folder, or the folder itself."""
    return f"{value} == {_text(root)} || {value} like {_pattern(root.rstrip('/') + '/')}"


def _within(host: str, domain: str) -> str:
    """A host that is a domain, or lies below one written with a star."""
    plain = as_host(domain.removeprefix("*."))
    if isinstance(plain, Undecidable):
        raise _no_counterpart(plain.reason)
    if domain.startswith("*."):
        return f'{host} like "*{_pattern("." + plain)[1:-2]}"'
    return f"{host} == {_text(plain)}"


def _pattern(prefix: str) -> str:
    """A Cedar pattern for texts that start so; a star in the prefix is only a star."""
    return _text(prefix).replace("*", "\\*")[:-1] + '*"'


def _literal(value: str | float | bool) -> str:  # noqa: FBT001 - a plain value of any kind
    """A plain value in Cedar: it has texts, booleans and whole numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if float(value).is_integer() and abs(value) < 2**53:
        return str(int(value))
    raise _no_counterpart(f"{value:g} is not a whole number")


def _text(value: str) -> str:
    """A text in Cedar: JSON's escapes, with code points written out where the two differ."""
    plain = json.dumps(value, ensure_ascii=False)
    return "".join(f"\\u{{{ord(sign):x}}}" if ord(sign) < 32 or ord(sign) == 127 else sign for sign in plain)


def _no_counterpart(reason: str) -> CharterSchemaError:
    """What Cedar cannot say."""
    return CharterSchemaError(
        f"{reason}, which Cedar has no counterpart for",
        code="charter.schema.no-counterpart",
        hint="only charters of declarative constraints can be written as Cedar policies",
    )
