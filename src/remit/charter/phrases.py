"""Parts of a charter as phrases of a sentence: constraints, effects, outcomes, paths and hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from remit.charter.effects import kind_of
from remit.charter.model import Condition, Constraint, Credential, Grant, Outcome
from remit.charter.wording import duration, listing, names

__all__ = ["FAMILIES", "constraint_phrase", "credential_phrase", "effects_phrase", "grant_phrases", "outcome_phrase"]


FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "cap": "gain any capability",
        "info": "learn any fact",
        "credential": "come to hold a credential",
        "money": "spend or bring in money",
        "compute": "get or hold machines and power",
        "network": "go beyond the network it was given",
        "data": "write, copy, probe or delete data",
        "oversight": "touch the controls that watch it",
        "self": "restart, copy or change itself",
        "agent": "start, use or block other agents",
        "schedule": "queue work for later",
        "out": "bring about any outcome",
    }
)  # every effect of a family, as a verb phrase


def constraint_phrase(name: str, part: Constraint) -> str:
    """A constraint on one argument in words: ```amount` is at most 80 EUR``."""
    unit = f" {part.unit}" if part.unit else ""
    said = [
        f"is {_value(part.equals)}" if part.equals is not None else "",
        f"is {listing((_value(item) for item in part.one_of), 'or')}" if part.one_of else "",
        f"belongs to {names(part.domain, 'or')}" if part.domain else "",
        f"lies below {names(part.under, 'or')}" if part.under else "",
        f"starts with `{part.prefix}`" if part.prefix is not None else "",
        f"matches `{part.matches}`" if part.matches is not None else "",
        f"is at least {part.minimum:g}{unit}" if part.minimum is not None else "",
        f"is at most {part.maximum:g}{unit}" if part.maximum is not None else "",
        f"is no longer than {part.length}" if part.length is not None else "",
        "is somebody already dealt with" if part.known else "",
        "is kept out of the record" if part.secret else "",
    ]
    return f"`{name}` {listing([phrase for phrase in said if phrase]) or 'is anything'}"


def _value(value: object) -> str:
    """A plain value as it is written in a charter."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def effects_phrase(effects: Iterable[str]) -> str:
    """What effects do, as verbs: ``spend money, bring about `out.refund```; ``""`` for none."""
    return listing(_effect(effect) for effect in effects)


def _effect(effect: str) -> str:
    """One effect as a verb phrase."""
    name = effect.removeprefix("not ")
    if effect != name:
        return f"not {_effect(name)}"
    family = name.partition(".")[0]
    if name == "irreversible":
        return "do what cannot be undone"
    if family == "out":
        return f"bring about `{name}`"
    kind = kind_of(name)
    return f"{kind.meaning} (`{name}`)" if kind.is_open else kind.meaning


def outcome_phrase(outcome: Outcome) -> str:
    """When an outcome is reached: ```out.tickets` is at least 2 and `out.refund` does not hold``."""
    return listing(_condition(part) for part in outcome.when)


def _condition(part: Condition) -> str:
    """One literal on a fact."""
    if part.at_least > 1:
        return f"`{part.fact}` is {'at least' if part.holds else 'below'} {part.at_least}"
    return f"`{part.fact}` {'holds' if part.holds else 'does not hold'}"


def grant_phrases(grant: Grant) -> list[str]:
    """Under which conditions a grant holds, one phrase each; empty for a grant without conditions."""
    said = [constraint_phrase(name, part) for name, part in grant.args.items()]
    said += [f"`{grant.when}` holds"] if grant.when else []
    said += [f"it already has {names(grant.needs)}"] if grant.needs else []
    return said


def credential_phrase(credential: Credential) -> str:
    """A secret: where it comes from, how long it lives, what it opens, and how it reaches what it is for."""
    scheme, _colon, rest = credential.source.partition(":")
    source = {"env": "the environment variable", "file": "the file", "broker": "the broker"}.get(scheme, scheme)
    life = f"valid for {duration(credential.ttl)}" if credential.ttl is not None else "never expiring"
    kinds = "tools of the kind" if len(credential.opens) == 1 else "tools of the kinds"
    opens = f"; it opens {kinds} {names(credential.opens)}" if credential.opens else ""
    servers = f"the server{'s' if len(credential.servers) > 1 else ''} {names(credential.servers)}"
    holder = servers if credential.servers else "the agent"
    finds = "find" if len(credential.servers) > 1 else "finds"
    placed = f"; {holder} {finds} it in the variable `{credential.variable}`" if credential.variable else ""
    if credential.host:
        form = f"`{credential.header}: {credential.template}`"
        placed = f"; it stays outside of {holder} and is put into requests to `{credential.host}` as {form}"
    placed += f"; it is for {servers} alone" if credential.servers else ""
    return f"`{credential.name}`, from {source} `{rest}`, {life}{opens}{placed}"
