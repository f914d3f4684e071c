"""The texts with a form of their own that fill a charter's fields: names, effects, sources, digests.

Each function takes what was written and returns what it means, or raises ``CharterSchemaError`` saying what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from remit.charter.effects import EFFECTS, FAMILIES, is_effect
from remit.charter.faults import listed, nearest
from remit.charter.kinds import kind_ids, nearest_kind
from remit.errors import CharterSchemaError

__all__ = [
    "FACT_FAMILIES",
    "as_constraint",
    "as_list",
    "as_tools",
    "parse_account",
    "parse_digest",
    "parse_effect",
    "parse_effect_pattern",
    "parse_fact",
    "parse_fact_pattern",
    "parse_header",
    "parse_host",
    "parse_hosts",
    "parse_kind",
    "parse_lifetime",
    "parse_name",
    "parse_source",
    "parse_template",
    "parse_tool",
    "parse_variable",
    "parse_version",
    "reading",
    "variable_for",
]

FACT_FAMILIES: tuple[str, ...] = (
    "cap", "info", "credential", "network", "compute", "self", "agent", "out", "oversight", "schedule",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*", re.ASCII)
_TOOL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@-]*", re.ASCII)
_SOURCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S+|broker:[A-Za-z0-9][A-Za-z0-9._/-]*)", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
_STEERING = frozenset(
    "host connection content-length content-type transfer-encoding te trailer upgrade expect range proxy-authorization "
    "proxy-connection keep-alive via forwarded x-forwarded-for x-forwarded-host x-http-method-override".split()
)
_TEMPLATE = re.compile(r"[\x20-\x7a|~]*\{secret\}[\x20-\x7a|~]*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RESERVED = re.compile(
    r"(?i:(?:REMIT|LD)_\w+|PYTHON\w*|\w*_PROXY|PATH|HOME|SHELL|ENV|IFS|USER|LOGNAME|TMPDIR|BASH_ENV|NODE_OPTIONS|NODE_PATH"
    r"|GIT_SSH|GIT_SSH_COMMAND|PERL5LIB|PERL5OPT|RUBYLIB|RUBYOPT|JAVA_TOOL_OPTIONS)"
)
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)

Read = TypeVar("Read")


def reading(parse: Callable[[object], Read]) -> Callable[[object], Read]:
    """The same function for use as a validator: its error travels as the cause of a ``ValueError``."""

    def validator(value: object) -> Read:
        try:
            return parse(value)
        except CharterSchemaError as error:
            raise ValueError(error.message) from error

    return validator


def as_list(value: object) -> object:
    """A single text as a list of one; anything else unchanged."""
    return [value] if isinstance(value, str) else value


def parse_hosts(value: object) -> list[str]:
    """Host names: ``any`` (``["*"]``), ``none`` (``[]``), a list, or a single name that looks like one."""
    if value in ("any", "none"):
        return ["*"] if value == "any" else []
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list):
        raise _bad("wrong-type", f"`{_short(value)}` is not a list of hosts", _HOSTS_HINT)
    for name in names:
        if not isinstance(name, str) or not _HOST.fullmatch(name):
            raise _bad("bad-form", f"`{_short(name)}` is not a host name", _HOSTS_HINT)
    if isinstance(value, str) and "." not in value:
        raise _bad("not-allowed", f"`{_short(value)}` is not allowed", _HOSTS_HINT)
    return list(names)


def as_tools(value: object) -> object:
    """``any`` as no restriction; a list unchanged."""
    return None if value == "any" else value


def as_constraint(value: object) -> object:
    """A plain value as the constraint that the argument is exactly that."""
    return {"equals": value} if isinstance(value, str | float | int) else value


def parse_version(value: object) -> int:
    """The version of the charter's format: the number 1."""
    if isinstance(value, int) and not isinstance(value, bool) and value == 1:
        return value
    newer = isinstance(value, int) and not isinstance(value, bool) and value > 1
    hint = "a newer charter needs a newer remit" if newer else "write `remit: 1`, without quotes"
    raise _bad("version", f"`{_short(value)}` is not a version this remit reads", hint)


def parse_name(value: object) -> str:
    """A name: letters, digits, and single ``.``, ``_`` or ``-`` between them."""
    return _matching(value, _NAME, "a name", "names are letters and digits with `.`, `_` or `-` between them")


def parse_tool(value: object) -> str:
    """A tool's exact name, or ``*`` for every tool."""
    if value == "*":
        return "*"
    if isinstance(value, str) and "*" in value:
        hint = "tools are matched by their exact name: list them one by one (`*` alone means every tool)"
        raise _bad("bad-form", f"`{_short(value)}`: a tool's name holds no `*`", hint)
    return _matching(value, _TOOL, "a tool's name", "tool names are letters, digits and `_ . : / @ -`, or `*` alone")


def parse_effect(value: object) -> str:
    """An effect of the vocabulary; ``not EFFECT`` takes one back."""
    if isinstance(value, str) and is_effect(value) and _NEGATED.fullmatch(value):
        return value
    raise _unknown_effect(value, "an effect")


def parse_effect_pattern(value: object) -> str:
    """An effect of the vocabulary or ``family.*``."""
    if isinstance(value, str) and is_effect(value, pattern=True) and not value.startswith("not "):
        return value
    raise _unknown_effect(value, "an effect")


def parse_fact(value: object) -> str:
    """A fact that can hold in the world: an effect of a family that leaves one."""
    if isinstance(value, str) and is_effect(value) and value.partition(".")[0] in FACT_FAMILIES:
        return value
    raise _unknown_effect(value, "a fact", families=FACT_FAMILIES)


def parse_fact_pattern(value: object) -> str:
    """A fact, or ``family.*`` for any fact of a family."""
    if isinstance(value, str) and value.endswith(".*") and value[:-2] in FACT_FAMILIES:
        return value
    return parse_fact(value)


def parse_kind(value: object) -> str:
    """A tool kind of the catalogue."""
    if isinstance(value, str) and value in kind_ids():
        return value
    close = nearest_kind(value) if isinstance(value, str) else None
    suggestion = f"did you mean `{close}`? " if close else ""
    hint = suggestion + f"kinds are {listed(kind_ids(), most=40)}"
    raise _bad("unknown-kind", f"`{_short(value)}` is not a tool kind", hint)


def parse_source(value: object) -> str:
    """Where a secret comes from: ``env:NAME``, ``file:PATH`` or ``broker:NAME``, never the secret itself."""
    if isinstance(value, str) and _SOURCE.fullmatch(value):
        return value
    hint = "write `env:NAME`, `file:PATH` or `broker:NAME`; the secret itself never stands in a charter"
    raise _bad("bad-form", "this is not where a credential comes from", hint)  # the value may be a secret: not shown


def parse_host(value: object) -> str:
    """The one host a secret is for, with a port where it is not the usual one; no wildcard."""
    if isinstance(value, str) and "*" not in value and "/" not in value and _HOST.fullmatch(value):
        return value.lower()
    hint = "write one host name, such as `api.acme.example` or `api.acme.example:8443`: a secret goes to one host alone"
    raise _bad("bad-form", f"`{_short(value)}` is not one host", hint)


def parse_header(value: object) -> str:
    """A header a secret may be put into; those that steer the request itself are refused."""
    name = _matching(value, _HEADER, "a header's name", "header names are letters, digits and `-`")
    if name.lower() in _STEERING:
        raise _bad("not-allowed", f"`{name}` is not allowed", "this header steers the request: choose another")
    return name


def parse_template(value: object) -> str:
    """A header's value with ``{secret}`` in it, once."""
    return _matching(value, _TEMPLATE, "a template", "write `{secret}` where the secret goes, as in `Bearer {secret}`")


def parse_variable(value: object) -> str:
    """A name in the agent's environment that no other part of it means something by."""
    name = _matching(value, _VARIABLE, "a variable", "variables are letters, digits and `_`, not led by a digit")
    if _RESERVED.fullmatch(name):
        raise _bad("not-allowed", f"`{name}` is not allowed", "this variable steers the programs of the run: rename it")
    return name


def variable_for(name: str, source: str, stated: str) -> str:
    """The variable a secret is found in: the stated one, else its name at its source, else its own in capitals."""
    scheme, _colon, rest = source.partition(":")
    return stated or (rest if scheme == "env" else re.sub(r"[^A-Z0-9]", "_", name.upper()))


def parse_account(value: object) -> str:
    """The name of an account of the machine."""
    return _matching(value, _ACCOUNT, "an account", "accounts are lower-case letters, digits, `_` and `-`")


def parse_lifetime(value: object) -> float | None:
    """Seconds of a duration, ``None`` for ``never``."""
    from remit.charter.quantity import parse_duration

    return None if value == "never" else parse_duration(value)


def parse_digest(value: object) -> str:
    """``sha256:`` and 64 hexadecimal digits."""
    return _matching(value, _DIGEST, "a digest", "write `sha256:` and 64 lower-case hexadecimal digits")


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HOST = re.compile(
    r"\*|(?:\*\.)?[^\s*/@:?#,;]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?|[0-9A-Fa-f:.]+/[0-9]{1,3}"
)
_HOSTS_HINT = "write `any`, `none`, or a list of host names without `https://` and without a path"
_NEGATED = re.compile(r"(?:not )?[a-z*._0-9-]+")


def _matching(value: object, pattern: re.Pattern[str], what: str, hint: str) -> str:
    """The value when it is a text of the form."""
    if isinstance(value, str) and len(value) <= 200 and pattern.fullmatch(value):
        return value
    raise _bad("bad-form", f"`{_short(value)}` is not {what}", hint)


def _unknown_effect(value: object, what: str, *, families: tuple[str, ...] = FAMILIES) -> CharterSchemaError:
    """The error for an effect or fact outside the vocabulary, with the nearest one."""
    text = value.removeprefix("not ").strip() if isinstance(value, str) else ""
    family = text.partition(".")[0]
    if family in families:
        names = [kind.id for kind in EFFECTS if kind.family == family]
        allowed = f"the family `{family}` has {listed(names)}"
        if f"{family}.*" in names:
            allowed = f"write `{family}.NAME` with a name of lower-case letters, digits, `_` and `-`"
    else:
        allowed = f"families are {listed(families, most=20)}"
    close = _nearest_fact(text, families)
    suggestion = f"did you mean `{close}`? " if close and close != text else ""
    return _bad("unknown-effect", f"`{_short(value)}` is not {what} of the vocabulary", suggestion + allowed)


def _nearest_fact(text: str, families: tuple[str, ...]) -> str | None:
    """The effect or ``family.*`` somebody probably meant."""
    family, dot, rest = text.partition(".")
    better = family if family in families else nearest(family, families)
    if better is None or not dot:
        return better
    names = [kind.id.partition(".")[2] for kind in EFFECTS if kind.family == better]
    if rest == "*" or "*" in names:
        word = "*" if rest == "*" else re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", rest).lower()).strip("_")
        return f"{better}.{word}" if word and not word[0].isdigit() else None
    close = nearest(rest, names)
    return f"{better}.{close}" if close else None


def _bad(name: str, message: str, hint: str) -> CharterSchemaError:
    """An error of the rule called ``name``."""
    return CharterSchemaError(message, code=f"charter.schema.{name}", hint=hint)


def _short(value: object) -> str:
    """A value short enough for a message, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"
