"""What does not fit together in a charter whose form is right.

Names nobody declared, units a budget cannot be counted in, numbers that exclude each other, conditions that do not
compile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from remit.charter.condition import compile_condition, regex_fault
from remit.charter.context import CONTEXT
from remit.charter.faults import fault, listed, nearest
from remit.charter.fields import parse_variable, variable_for
from remit.charter.model import Charter, Constraint, ContextValue, Credential, Grant, Limit
from remit.charter.positions import place_of
from remit.charter.quantity import BASE_UNITS, budget_fault
from remit.charter.unsaid import is_stated
from remit.errors import CharterSchemaError
from remit.finding import Finding, Where

__all__ = ["disagreements"]


def disagreements(charter: Charter) -> Iterator[Finding]:
    """Everything about names, units and numbers that keeps a well-formed charter from being used."""
    yield from _overseer_names(charter)
    yield from _budgets(charter)
    yield from _credentials(charter)
    yield from _context(charter, charter.context, "context")
    for index, row in enumerate(charter.catalogue):
        yield from _context(charter, row.when, f"catalogue.{index}.when")
    yield from _row_ids(charter)
    yield from _rates(charter)
    for index, limit in enumerate(charter.limits):
        yield from _limit(charter, limit, f"limits.{index}")
    for index, grant in enumerate(charter.grants):
        yield from _grant(charter, grant, f"grants.{index}")


def _at(charter: Charter, path: str) -> Where:
    """The place of a path."""
    return place_of(charter.places, path)


def _undeclared(charter: Charter, used: Iterable[str], path: str, what: str) -> Iterator[Finding]:
    """Names that are used under a path and not declared under ``overseers``."""
    for index, name in enumerate(used):
        if name in charter.overseers:
            continue
        close = nearest(name, charter.overseers)
        suggestion = f"did you mean `{close}`? " if close else ""
        known = f"overseers are {listed(charter.overseers)}" if charter.overseers else "add it under `overseers:`"
        item = f"{path}.{index}"
        where = _at(charter, item)
        yield fault("unknown-name", where, f"{what} names `{name}`, who is no overseer", suggestion + known)


def _overseer_names(charter: Charter) -> Iterator[Finding]:
    """Every name used as an overseer."""
    oversight = charter.oversight
    for channel, names in (
        ("stop", oversight.stop.by),
        ("correct", oversight.correct.by),
        ("retask", oversight.retask.by),
    ):
        yield from _undeclared(charter, names, f"oversight.{channel}.by", f"`oversight.{channel}.by`")
    for name in oversight.approvals:
        if name not in charter.overseers:
            yield from _undeclared(charter, [name], f"oversight.approvals.{name}", "`oversight.approvals`")
    for index, grant in enumerate(charter.grants):
        yield from _undeclared(charter, grant.ask, f"grants.{index}.ask", f"`grants.{index}.ask`")


def _budgets(charter: Charter) -> Iterator[Finding]:
    """Units a budget cannot be counted in, and budgets nobody declared."""
    for name, budget in charter.budgets.items():
        reason = budget_fault(name, budget.quantity)
        if reason:
            yield fault("bad-quantity", budget.where, *reason)
    for index, grant in enumerate(charter.grants):
        if grant.budget is not None and grant.budget not in charter.budgets:
            close = nearest(grant.budget, charter.budgets)
            suggestion = f"did you mean `{close}`? " if close else ""
            known = f"budgets are {listed(charter.budgets)}" if charter.budgets else "add it under `budget:`"
            where = _at(charter, f"grants.{index}.budget")
            message = f"`grants.{index}.budget` names `{grant.budget}`, which is no budget"
            yield fault("unknown-name", where, message, suggestion + known)


def _credentials(charter: Charter) -> Iterator[Finding]:
    """Secrets that are to be in two places at once, and places two secrets are to be in."""
    taken: dict[tuple[str, str, str], Credential] = {}
    for credential in charter.credentials:
        path = f"credentials.{credential.name}"
        yield from _one_place(charter, credential, path)
        place = (credential.host, credential.header.lower())
        if not credential.host:
            place = ("", variable_for(credential.name, credential.source, credential.variable))
            yield from _variable(charter, credential, place[1], path)
        found = [taken.setdefault((*place, holder), credential) for holder in credential.servers or ("",)]
        first = next((other for other in found if other.source != credential.source), credential)
        if first is not credential and (credential.host or credential.handed):
            where = "the same header of the same host" if credential.host else f"the same variable `{place[1]}`"
            message = f"`{first.name}` and `{credential.name}` are put into {where}"
            hint = "name another `header:`" if credential.host else "name another `variable:`"
            yield fault("declared-twice", _at(charter, path), message, hint)


def _one_place(charter: Charter, credential: Credential, path: str) -> Iterator[Finding]:
    """A secret that is for a host and for the environment, or that has a header and no host."""
    if credential.host and credential.variable:
        message = f"`{path}` has a `host`, so it stays outside of the agent, and a `variable` to put it inside"
        yield fault("contradiction", _at(charter, f"{path}.variable"), message, "keep one of the two; `host` is safer")
    for name in ("header", "template"):
        if not credential.host and is_stated(charter, f"{path}.{name}"):
            message = f"`{path}.{name}` is about requests to a `host`, and none is named"
            yield fault("contradiction", _at(charter, f"{path}.{name}"), message, "add `host:`, or delete it")


def _variable(charter: Charter, credential: Credential, variable: str, path: str) -> Iterator[Finding]:
    """A secret that would be found in a variable the programs of the run mean something by."""
    if credential.handed:
        try:
            parse_variable(variable)
        except CharterSchemaError as error:
            hint = "name another one: `variable: ...`"
            yield fault("not-allowed", _at(charter, f"{path}.from"), f"`{path}`: {error.message}", hint)


def _context(charter: Charter, facts: Mapping[str, ContextValue], path: str) -> Iterator[Finding]:
    """Unknown context facts and values."""
    known = {key.id: key for key in CONTEXT}
    for name, value in facts.items():
        where = _at(charter, f"{path}.{name}")
        if name not in known:
            close = nearest(name, known)
            suggestion = f"did you mean `{close}`? " if close else ""
            hint = suggestion or f"facts are {listed(known, most=100)}"
            yield fault("unknown-context", where, f"`{name}` is not a context fact", hint.strip())
        elif not any(
            value is allowed or (isinstance(value, str) and value == allowed) for allowed in known[name].values
        ):
            allowed_values = listed([_spelled(item) for item in known[name].values])
            shown = f"`{_spelled(value)}`" if isinstance(value, bool) else f"the text `{value}`"
            message = f"`{path}.{name}`: {shown} is not allowed"
            yaml = f", and `{value}` is a text in YAML 1.2" if value in ("yes", "no", "on", "off") else ""
            yield fault("not-allowed", where, message, f"allowed: {allowed_values} ({known[name].meaning}){yaml}")


def _spelled(value: ContextValue) -> str:
    """A context value the way YAML spells it."""
    return str(value).lower() if isinstance(value, bool) else value


def _row_ids(charter: Charter) -> Iterator[Finding]:
    """Catalogue rows with the same id."""
    seen: dict[str, Where] = {}
    for index, row in enumerate(charter.catalogue):
        where = _at(charter, f"catalogue.{index}.id")
        if row.id in seen:
            hint = f"the first one is on line {seen[row.id].line}"
            yield fault("declared-twice", where, f"the catalogue row `{row.id}` is declared twice", hint)
        seen.setdefault(row.id, where)


def _rates(charter: Charter) -> Iterator[Finding]:
    """Rates of events that exclude each other and add up to more than 1."""
    oversight = charter.oversight
    total = oversight.stop.rate + oversight.correct.rate + oversight.retask.rate + charter.assume.crash
    if total > 1 + 1e-12:
        message = f"the rates of stop, correct, retask and crash add up to {total:g}, more than 1"
        hint = "they are probabilities per step, at most one of them happens in a step: lower them"
        yield fault("contradiction", oversight.where, message, hint)


def _limit(charter: Charter, limit: Limit, path: str) -> Iterator[Finding]:
    """A limit about nothing, or with a condition that cannot be compiled."""
    if limit.effect is None and limit.tool is None:
        hint = "name an `effect:` or a `tool:` (`*` for every tool)"
        yield fault("says-nothing", _at(charter, path), "the limit names neither an effect nor a tool", hint)
    yield from _condition(charter, limit.when, f"{path}.when")


def _condition(charter: Charter, text: str | None, path: str) -> Iterator[Finding]:
    """A condition that cannot be compiled."""
    if text is None:
        return
    try:
        compile_condition(text, names=tuple(charter.budgets))
    except CharterSchemaError as error:
        yield fault("bad-condition", _at(charter, path), f"`{path}`: {error.message}", error.hint)


def _grant(charter: Charter, grant: Grant, path: str) -> Iterator[Finding]:
    """A grant's condition and constraints."""
    yield from _condition(charter, grant.when, f"{path}.when")
    for name, constraint in grant.args.items():
        yield from _constraint(charter, constraint, f"{path}.args.{name}")


def _constraint(charter: Charter, constraint: Constraint, path: str) -> Iterator[Finding]:
    """Units nobody knows, expressions that cannot be used."""
    if constraint.unit and constraint.unit not in BASE_UNITS:
        hint = "write a currency such as `EUR`, or the amount itself: `max: 5 kB`"
        yield fault(
            "bad-quantity", _at(charter, f"{path}.unit"), f"`{path}`: `{constraint.unit}` is not a unit here", hint
        )
    if constraint.matches is not None:
        reason = regex_fault(constraint.matches)
        if reason:
            message = f"`{path}.matches`: this is not a regular expression: {reason}"
            yield fault(
                "bad-form",
                _at(charter, f"{path}.matches"),
                message,
                "RE2 syntax, without look-around and back-references",
            )
