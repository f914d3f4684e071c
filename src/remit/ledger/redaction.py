"""Secrets kept out of the ledger: what a rule covers is replaced before anything is hashed or written.

In place of a secret stands ``[redacted RULE sha256:HEX]``, the digest of a random 32 byte salt followed by the
canonical JSON of what stood there. Whoever knows the secret can be shown the salt and check it; without the salt
nobody can guess, not even a secret as short as a number of four digits. Salts lie in a table of their own, outside the
tree: they can be disclosed one by one, and destroyed (``Ledger.forget_salts``) without touching a single digest.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from remit.digest import canonical_json

__all__ = ["USUAL", "Redaction", "Rule", "opens"]

_SALT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to keep out: values at a ``path``, text that looks like ``pattern``, or text like that at that path.

    ``path`` is keys with dots between them from the top of the facts; ``*`` stands for one key, ``**`` for any number
    of them (``call.args.*.password``, ``**.token``); items of a list count as ``*``. Keys match whatever their case.
    ``pattern`` is a regular expression; only the part it finds is replaced. ``name`` is shown in its place. Raises
    ``ValueError`` for a rule that says neither, an expression that is none, or a name with a space or a bracket.
    """

    name: str
    path: str = ""
    pattern: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule that covers nothing or cannot be read."""
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", self.name):
            raise ValueError(f"`{self.name}` is no name for a rule of redaction")
        if not self.path and not self.pattern:
            raise ValueError(f"the rule `{self.name}` says neither where nor what")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"the pattern of the rule `{self.name}` cannot be read: {error}") from error


_KEYS = (
    "password passwd passphrase secret client_secret token access_token refresh_token id_token api_key apikey "
    "authorization cookie set-cookie private_key credentials"
).split()

USUAL: tuple[Rule, ...] = (
    *(Rule(name=key, path=f"**.{key}") for key in _KEYS),
    Rule(
        name="private-key", pattern=r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    ),
    Rule(name="bearer", pattern=r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=-]{8,}"),
    Rule(name="jwt", pattern=r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    Rule(name="aws-key", pattern=r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    Rule(name="github-token", pattern=r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})"),
    Rule(name="api-key", pattern=r"\bsk-[A-Za-z0-9_-]{16,}"),
    Rule(name="slack-token", pattern=r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    Rule(name="url-password", pattern=r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)
"""Rules for secrets that give themselves away, by their key or by their shape."""


class Redaction:
    """Rules, compiled once. Without rules nothing is replaced."""

    def __init__(self, rules: Sequence[Rule] = (), *, random: Callable[[int], bytes] = os.urandom) -> None:
        """Take rules in order; the first that covers a value has it. ``random`` gives the bytes of a salt."""
        self.rules = tuple(rules)
        self._random = random
        self._places = [(rule, rule.path.casefold().split(".")) for rule in self.rules if rule.path]
        self._shapes = [(rule, re.compile(rule.pattern)) for rule in self.rules if rule.pattern and not rule.path]

    def apply(self, facts: Mapping[str, object]) -> tuple[Mapping[str, object], dict[str, bytes]]:
        """Facts with everything replaced that a rule covers, and the salt of each digest that stands there now."""
        if not self.rules:
            return facts, {}
        salts: dict[str, bytes] = {}
        kept = {self._shaped(key, salts): self._value(value, (key.casefold(),), salts) for key, value in facts.items()}
        return kept, salts

    def _value(self, value: object, path: tuple[str, ...], salts: dict[str, bytes]) -> object:
        """One value: replaced whole, in parts, or looked into."""
        for rule, place in self._places:
            if _covers(place, path):
                if not rule.pattern:
                    return self._replaced(rule, value, salts)
                if isinstance(value, str):
                    value = self._parts(rule, re.compile(rule.pattern), value, salts)
        match value:
            case str():
                return self._shaped(value, salts)
            case Mapping():
                return {
                    (self._shaped(key, salts) if isinstance(key, str) else key): self._value(
                        item, (*path, str(key).casefold()), salts
                    )
                    for key, item in value.items()
                }
            case list() | tuple():
                return [self._value(item, (*path, "*"), salts) for item in value]
            case _:
                return value

    def _shaped(self, text: str, salts: dict[str, bytes]) -> str:
        """Text, a key as well, with every part replaced that looks like a secret wherever it stands."""
        for rule, shape in self._shapes:
            text = self._parts(rule, shape, text, salts)
        return text

    def _parts(self, rule: Rule, shape: re.Pattern[str], text: str, salts: dict[str, bytes]) -> str:
        """Text with everything replaced that has the shape of a secret."""
        return shape.sub(lambda found: self._replaced(rule, found[0], salts) if found[0] else "", text)

    def _replaced(self, rule: Rule, value: object, salts: dict[str, bytes]) -> str:
        """What stands in place of a value."""
        salt = self._random(_SALT)
        digest = _digest(salt, value)
        salts[digest] = salt
        return f"[redacted {rule.name} {digest}]"


def opens(digest: str, salt: bytes, value: object) -> bool:
    """Whether ``value`` is what was redacted: its digest with this salt is ``digest``."""
    return len(salt) == _SALT and hmac.compare_digest(_digest(salt, value), digest)


def _digest(salt: bytes, value: object) -> str:
    """The salted digest of a value; what has no JSON spelling is told by its type only, and cannot be shown later."""
    try:
        spelled = canonical_json(value)
    except (TypeError, ValueError, RecursionError):
        spelled = canonical_json({"unwritable": type(value).__name__})
    return f"sha256:{sha256(salt + spelled).hexdigest()}"


def _covers(place: Sequence[str], path: Sequence[str]) -> bool:
    """Whether a path fits a place with ``*`` and ``**`` in it."""
    if not place:
        return not path
    if place[0] == "**":
        return any(_covers(place[1:], path[start:]) for start in range(len(path) + 1))
    return bool(path) and (place[0] in ("*", path[0])) and _covers(place[1:], path[1:])
