"""The executor's own side: ``python -m remit.guard.executing package.module:NAME DESCRIPTOR``, started by its owner.

It holds the functions and trusts nobody's word about them: the digest is taken again over the bytes that came, the
arguments are read from these bytes, and an intent that came before is a replay.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import inspect
import json
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from remit.digest import canonical_json
from remit.guard.wire import receive, send

__all__ = ["Checking", "main", "serve"]

_KEYS = {"written", "digest", "intent"}
_MOST_SEEN = 4096


class Checking:
    """Runs what it was asked to run, if it is what was decided.

    ``tools`` maps a tool's name to its function, sync or async.
    """

    def __init__(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        """Take the functions; no intent was seen yet."""
        self._tools = dict(tools)
        self._seen: set[int] = set()
        self._floor = 0  # every intent up to here counts as seen

    def answer(self, message: Mapping[str, object]) -> dict[str, object]:
        """Check one message and run it: ``{"value"}``, ``{"failed"}`` or, where nothing was run, ``{"refused"}``."""
        written, digest, intent = (message.get(name) for name in ("written", "digest", "intent"))
        if message.keys() != _KEYS or not isinstance(written, str) or isinstance(intent, bool):
            return {"refused": "the message is not a cleared call"}
        data = written.encode("utf-8", errors="surrogatepass")
        if digest != f"sha256:{hashlib.sha256(data).hexdigest()}":
            return {"refused": "the bytes are not those that were decided"}
        if not isinstance(intent, int) or intent <= self._floor or intent in self._seen:
            return {"refused": "the intent was used before"}
        try:
            tool, args, *_rest = json.loads(data)
        except (ValueError, TypeError, RecursionError):
            tool = args = None
        if not isinstance(args, dict) or not isinstance(tool, str) or tool not in self._tools:
            return {"refused": "no such tool is here"}
        self._remember(intent)
        return _run(self._tools[tool], args)

    def _remember(self, intent: int) -> None:
        """Keep an intent as seen; of very many, the older half is kept as one number."""
        self._seen.add(intent)
        if len(self._seen) > _MOST_SEEN:
            self._floor = sorted(self._seen)[_MOST_SEEN // 2]
            self._seen = {number for number in self._seen if number > self._floor}


def serve(tools: Mapping[str, Callable[..., Any]], channel: socket.socket) -> None:
    """Answer until the owner is gone."""
    checking = Checking(tools)
    while (message := receive(channel)) is not None:
        send(channel, checking.answer(message))


def main(arguments: list[str]) -> int:
    """Find the functions, say that they are here, and serve."""
    target, descriptor = arguments
    with socket.socket(fileno=int(descriptor)) as channel:
        channel.set_inheritable(False)
        try:
            module, _colon, name = target.partition(":")
            tools = dict(getattr(importlib.import_module(module), name))
        except Exception as error:  # noqa: BLE001 - whatever the module raises, the owner is told
            send(channel, {"failed": f"{type(error).__name__}: {error}"})
            return 1
        send(channel, {"ready": True})
        serve(tools, channel)
    return 0


def _run(function: Callable[..., Any], args: dict[str, Any]) -> dict[str, object]:
    """Run a function; whatever it raises is told, and the next call can come."""
    try:
        value = function(**args)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        canonical_json(value)
    except Exception as error:  # noqa: BLE001 - as above
        return {
            "failed": f"{type(error).__name__}: {' '.join(str(error).split())}"[:2000]
            .encode("utf-8", "replace")
            .decode()
        }
    return {"value": value}


async def _awaited(value: Any) -> Any:
    """Await anything that can be awaited."""
    return await value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
