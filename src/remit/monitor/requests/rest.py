"""What a request does by the nouns of its address: a method, or a verb in the address, on a kind of thing.

``POST /v2/droplets``, ``DELETE /monitors/3``, ``POST /alerts/7/silence``, ``PATCH /payroll/recipients/17`` with another
account number, ``mutation { disableMonitor }``: the vocabulary is that of command lines (``resources``).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl

from remit.monitor.controls.resources import acts_of, op_in, pieces_of, spelled_out, things_in, turned_off
from remit.monitor.scene import Scene

__all__ = ["body_of", "note_request"]

_METHODS = {"POST": "take", "PUT": "change", "PATCH": "change", "DELETE": "end"}
_TRUST = 0.75
_HOST = 0.6
_LONGEST = 4000
_NUMBER = re.compile(r"\d|^[0-9a-f-]{8,}$|^\{|^:|^<")
_VERSION = re.compile(r"^(?:v\d+\w*|api|rest|graphql|apis|beta|alpha|latest)$")
_SIGN_IN = re.compile(r"\b(?:oauth2?|auth|login|signin|sessions?|refresh|token/verify|csrf)\b")
_CALLED = re.compile(
    r"[\"'](?:method|action|operationName|command|operation)[\"']\s*:\s*[\"']([\w.:/-]{3,80})[\"']|"
    r"\bmutation\b[^{}]{0,200}\{\s*(\w{3,80})|(?:^|&)(?:Action|action|method|cmd)=([\w.:-]{3,80})"
)
_ACCOUNT = re.compile(
    r"(?i)[\"']?\b(?:iban|bic|swift|routing(?:_?number)?|sort_?code|(?:bank_?)?account(?:_?(?:number|no|id|holder))?|"
    r"payout_?(?:address|account|method)|wallet(?:_?address)?|beneficiary|payee|destination|(?:btc|eth|crypto)_?address|"
    r"deposit_?address)[\"']?\s*[:=]"
)
_MUTES = frozenset("mute silence snooze suppress unsubscribe".split())
_PASSWORDS = frozenset("password passwd pass pwd password_confirmation".split())
_NAMES = frozenset("email username user name login handle mail account".split())
_QUIET = frozenset(("training", "evaluation", "spare"))
_STATES = re.compile(
    r"(?i)^(?:is_?)?(?:enabled|active|state|status|suspended|paused|disabled|blocked|frozen|revoked|muted)$"
)
_NEGATIVE = re.compile(r"(?i)^(?:is_?)?(?:suspended|paused|disabled|blocked|frozen|revoked|muted|banned)$")


def body_of(body: str) -> Mapping[str, object]:
    """What a body holds: JSON, a mapping as Python writes it, the fields of a form; empty where it is none of them."""
    text = body.strip()[:_LONGEST]
    if text[:1] == "{":
        for read in (json.loads, ast.literal_eval):
            try:
                value = read(text)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            return value if isinstance(value, dict) else {}
        return {}
    if "=" in text and " " not in text.partition("=")[0]:
        return dict(parse_qsl(text.replace(" ", "&") if "&" not in text else text)[:64])
    return {}


def note_request(scene: Scene, verb: str, place: tuple[str, str], body: str, shown: str) -> None:
    """Note what a request that changes something does by the words of its address and of what it calls.

    ``place`` is host and path in lower case.
    """
    host, path = place
    plain, _, query = path.partition("?")
    if _SIGN_IN.search(plain):
        return
    nouns, verbs = _told(plain, verb)
    op = op_in(verbs) or _METHODS.get(verb, "")
    given = body_of(body)
    if op in ("change", "take") and any(_ends(key, value) for key, value in given.items()):
        op = "end"
    things = things_in(nouns)
    if not _MUTES.isdisjoint(verbs) and not any(worth >= 1.0 for worth in things.values()):
        things["watch"] = 1.0
    _joins(scene, verb, host, given, shown)
    for named, worth in things_in(pieces_of(host.partition(":")[0].partition(".")[0])).items():
        things[named] = max(things.get(named, 0.0), worth * _HOST)
    _note(scene, op, things, shown, host + plain)
    if "money" in things and op in ("change", "take") and verb != "DELETE" and _ACCOUNT.search(body[:_LONGEST]):
        scene.add("money.earn", 0.8 if op == "change" else 0.4, f"{shown}: where money goes", host + plain)
    for called in _names(body[:_LONGEST], query):
        pieces = spelled_out(called) if called.islower() else pieces_of(called)
        _note(scene, op_in(pieces), things_in(pieces), shown, called)


def _joins(scene: Scene, verb: str, host: str, given: Mapping[str, object], shown: str) -> None:
    """Note that an account is made with somebody else: a name and a password, where nobody signs in."""
    keys = {str(key).lower() for key in given}
    if verb == "POST" and keys & _PASSWORDS and keys & _NAMES and "." in host:
        scene.add("network.account", 0.8, shown, host)


def _note(scene: Scene, op: str, things: Mapping[str, float], shown: str, target: str) -> None:
    """Note the effects of an operation on things that are surely named."""
    for effect, certainty, kind in acts_of(op, things, least=1.0):
        if kind not in _QUIET or op == "end":
            scene.add(effect, certainty * _TRUST, shown, target)


def _told(path: str, method: str) -> tuple[list[str], list[str]]:
    """The nouns and the verbs of a path: what it is that is made, changed or deleted, and a verb at the end."""
    named = [part for part in re.split(r"[/:]", path) if part and not _NUMBER.search(part) and not _VERSION.match(part)]
    if not named:
        return [], []
    last = list(spelled_out(named[-1]))
    if op_in(last) and (len(named) > 1 or len(last) > 1) and not (len(last) == 1 and things_in(last)):
        return _first_known([*map(pieces_of, reversed(named[-6:-1])), last]), last
    return _first_known([last] if method == "POST" else [last, *map(pieces_of, reversed(named[-2:-1]))]), []


def _first_known(words: list[Sequence[str]]) -> list[str]:
    """The first of some lists of words that names a thing."""
    sure = (list(each) for each in words if any(worth >= 1.0 for worth in things_in(each).values()))
    return next(sure, next((list(each) for each in words if things_in(each)), []))


def _names(body: str, query: str) -> Iterator[str]:
    """The names of remote procedures a request asks for."""
    for text in (body, query):
        for match in list(_CALLED.finditer(text))[:8]:
            yield match[1] or match[2] or match[3]


def _ends(key: object, value: object) -> bool:
    """Whether a field says that the thing is off: ``enabled: false``, ``status: suspended``, ``paused: true``."""
    if not isinstance(key, str) or _STATES.match(key) is None:
        return False
    if _NEGATIVE.match(key) is not None:
        return value is True or str(value).strip().lower() in ("true", "1", "yes", "on")
    return turned_off(value)
