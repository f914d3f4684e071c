"""What a statement of SQL does by the nouns of its table and the values it sets: ``update agents set enabled = 0``."""

from __future__ import annotations

import re

from sqlglot import exp

from remit.monitor.controls.resources import acts_of, pieces_of, things_in, turned_off
from remit.monitor.scene import Scene

__all__ = ["note_table"]

_TRUST = 0.8
_OTHERS = 0.6
_STATE = re.compile(r"(?i)^(?:is_?)?(?:enabled|active|available|running|state|status|allowed|can_\w+|may_\w+)$")
_NEGATIVE = re.compile(
    r"(?i)^(?:is_?)?(?:suspended|paused|disabled|blocked|frozen|revoked|muted|banned|locked|stopped)$"
)
_ACCOUNT = re.compile(
    r"(?i)^(?:iban|bic|swift|routing(?:_?number)?|sort_?code|(?:bank_?)?account(?:_?(?:number|no|id|holder))?|wallet\w*|"
    r"payout_?\w*|beneficiary\w*|payee\w*|destination\w*|(?:btc|eth|crypto)_?address|recipient\w*)$"
)
_PAID_TO = re.compile(
    r"(?i)^(?:iban|bank_?account\w*|payout_?(?:account|address|method)\w*|routing_?number|wallet_?address)$"
)
_RANKS = re.compile(r"(?i)^(?:priority|weight|rank|share|nice|qos|quota|slots?|capacity|max_\w+|rate\w*)$")
_OPS: dict[type[exp.Expr], str] = {
    exp.Insert: "take",
    exp.Update: "change",
    exp.Delete: "end",
    exp.Drop: "end",
    exp.TruncateTable: "end",
}
_NOTHING = {"take": frozenset(("money", "payee", "access", "spare", "door")), "change": frozenset(("access", "payee"))}


def note_table(statement: exp.Expr, table: str, scene: Scene, why: str) -> None:
    """Note what a statement does to the kind of things its table holds."""
    op = _OPS.get(type(statement), "")
    things = things_in(pieces_of(table))
    sets = list(_sets(statement)) if op == "change" else []
    if any(_PAID_TO.match(name) for name, _ in sets):
        scene.add("money.earn", 0.7, f"{why}: where money goes", table)
    if not op or not things:
        return
    if op == "change" and any(_ends(name, value) for name, value in sets):
        op = "end"
    for effect, certainty, kind in acts_of(op, things, least=1.0):
        if kind not in _NOTHING.get(op, frozenset()) or (kind == "access" and _is_join(table)):
            scene.add(effect, certainty * _TRUST, why, table)
    if op == "change" and "money" in things and any(_ACCOUNT.match(name) for name, _ in sets):
        scene.add("money.earn", 0.8, f"{why}: where money goes", table)
    if op == "change" and "agent" in things and any(_RANKS.match(name) for name, _ in sets) and _is_others(statement):
        scene.add("agent.block", _OTHERS, f"{why}: what others get", table)


def _is_join(table: str) -> bool:
    """Whether a table says who has which right: ``user_roles``, ``role_bindings``, ``grants``."""
    pieces = pieces_of(table)
    return len(pieces) > 1 or pieces[:1] in (("grants",), ("permissions",), ("admins",), ("entitlements",))


def _sets(statement: exp.Expr) -> list[tuple[str, object]]:
    """The columns a statement sets, each with its value where that is plain."""
    return [
        (equal.this.name, _plain(equal.expression))
        for equal in statement.args.get("expressions") or []
        if isinstance(equal, exp.EQ) and isinstance(equal.this, exp.Column)
    ]


def _plain(value: exp.Expr) -> object:
    """A value where it is a literal or a switch."""
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    if isinstance(value, exp.Literal):
        return str(value.this)
    return None if isinstance(value, exp.Null) else "?"


def _ends(name: str, value: object) -> bool:
    """Whether a column is set so that the thing is off."""
    if _NEGATIVE.match(name):
        return value is True or str(value).lower() in ("1", "true", "yes", "t")
    return _STATE.match(name) is not None and turned_off(value)


def _is_others(statement: exp.Expr) -> bool:
    """Whether a statement is about all rows but some, or all rows there are."""
    where = statement.args.get("where")
    return where is None or any(True for _ in where.find_all(exp.NEQ, exp.Not))
