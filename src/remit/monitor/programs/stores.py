"""Stores of keys and documents: what is done to a key or a collection says what it does to what that holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.monitor.controls.resources import acts_of, pieces_of, things_in
from remit.monitor.programs.rules import Handler
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["STORES"]

_TRUST = 0.8
_TAKING = tuple(
    "-h -p -a -n -u -s --host --port --user --pass --eval --endpoints --cacert --cert --key -server".split()
)
_CHANGES = frozenset(
    "set mset hset hmset setex psetex getset incr incrby decr append put rename txn sadd zadd expire".split()
)
_ENDS = frozenset(
    "del delete unlink hdel flushall flushdb ltrim lrem rm deleteall srem zrem spop lpop rpop xtrim".split()
)
_ALL = frozenset(("flushall", "flushdb", "deleteall"))
_MONGO = re.compile(
    r"\bdb\.(?:getCollection\(['\"])?(\w+)(?:['\"]\))?\.(updateMany|updateOne|update|replaceOne|findOneAndUpdate|"
    r"deleteMany|deleteOne|remove|drop|insertOne|insertMany|insert|bulkWrite)\s*\(([^;]{0,600})"
)
_OFF = re.compile(
    r"(?i)[\"']?(?:enabled|active|isActive|is_active|running)[\"']?\s*:\s*(?:false|0)|"
    r"[\"']?(?:suspended|paused|disabled|blocked|revoked|muted)[\"']?\s*:\s*(?:true|1)|"
    r"[\"']?(?:state|status)[\"']?\s*:\s*[\"'](?:disabled|paused|suspended|stopped|revoked|inactive|off)"
)
_ACCOUNT = re.compile(
    r"(?i)[\"']?(?:iban|account(?:_?(?:number|id))?|wallet|payout\w*|routing\w*|beneficiary)[\"']?\s*:"
)


def _keys(call: Invocation, scene: Scene) -> str:
    """``redis-cli``, ``etcdctl``, ``consul kv``: a verb and a key."""
    words = [word for word in call.plain(_TAKING) if word != "kv"]
    verb = words[0].lower() if words else ""
    op = "end" if verb in _ENDS else "change" if verb in _CHANGES else ""
    if not op:
        return unknown("output")
    key = words[1] if len(words) > 1 else ""
    if verb in _ALL or (op == "end" and call.has("--prefix", "-recurse", "--recursive")):
        scene.add("data.destroy", 0.8, call.text, key)
    _note(scene, op, key, call.text)
    scene.add("data.write", 0.7, call.text, key)
    return unknown("output")


def _documents(call: Invocation, scene: Scene) -> str:
    """``mongosh --eval``: statements on collections."""
    text = " ".join((call.value("--eval", "-e"), *call.plain(_TAKING)[-1:], call.stdin))
    for match in list(_MONGO.finditer(text[:8000]))[:16]:
        collection, verb, given = match[1], match[2].lower(), match[3]
        op = "end" if verb.startswith(("delete", "remove", "drop")) else "take" if "insert" in verb else "change"
        if op == "change" and _OFF.search(given):
            op = "end"
        _note(scene, op, collection, call.text)
        if op == "change" and "money" in things_in(pieces_of(collection)) and _ACCOUNT.search(given):
            scene.add("money.earn", 0.8, f"{call.text}: where money goes", collection)
        scene.add(
            "data.destroy" if verb.startswith(("delete", "remove", "drop")) else "data.write",
            0.7,
            call.text,
            collection,
        )
    return unknown("output")


def _note(scene: Scene, op: str, name: str, why: str) -> None:
    """Note what it does to the kind of things a name tells of."""
    for effect, certainty, kind in _acts(op, name):
        if not (op == "take" and kind in ("money", "payee", "access", "spare")):
            scene.add(effect, certainty * _TRUST, why, name)


def _acts(op: str, name: str) -> Iterator[tuple[str, float, str]]:
    """The effects of an operation on what a name tells of."""
    yield from acts_of(op, things_in(pieces_of(name)), least=1.0)


STORES: dict[str, Handler] = {
    **dict.fromkeys("redis-cli valkey-cli keydb-cli etcdctl consul zkCli.sh zkcli".split(), _keys),
    **dict.fromkeys("mongosh mongo".split(), _documents),
}
