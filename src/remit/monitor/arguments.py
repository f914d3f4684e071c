"""The shapes arguments come in, whatever the tool is called: a command, a file, a query, a request, a letter, a setting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from remit.monitor.event import Event
from remit.monitor.http import request
from remit.monitor.paths import touch, write_file
from remit.monitor.programs.table import PROGRAMS
from remit.monitor.roles import end, end_process
from remit.monitor.scene import Scene
from remit.monitor.sql import looks_like_sql

__all__ = ["read_arguments"]

_LONGEST = 64_000
_MOST_VALUES = 200
_COMMANDS = frozenset(
    "command cmd commands bash shell script bash_command shell_command run exec line input keystrokes args argv".split()
)
_CODES = frozenset("code python python_code source program snippet cell script content".split())
_PATHS = frozenset(
    "path file file_path filepath filename target destination dest src source from to name target_file absolute_path notebook_path uri old_path new_path".split()
)
_CONTENTS = frozenset(
    "content contents text data new_string new_str file_text body new_content patch insert_text value".split()
)
_WORD = re.compile(r"[A-Za-z0-9_.+/~-]+")


def read_arguments(event: Event, scene: Scene) -> None:
    """Note what a call does by what its arguments hold."""
    args = event.args
    texts = list(_texts(args))
    for name, text in texts:
        if name in _COMMANDS and text:
            scene.read("shell", text)
        elif looks_like_sql(text):
            scene.read("sql", text)
        elif name in ("code", "python"):
            scene.read("python", text)
    path = next((text for name, text in texts if name in _PATHS), "")
    content = next((text for name, text in texts if name in _CONTENTS), None)
    if path and content is not None:
        write_file(scene, path, content, append=False, why=f"writes {path}")
    url = next((text for name, text in texts if name in ("url", "endpoint")), "")
    if url:
        method = str(args.get("method") or "GET")
        request(scene, url, method, json.dumps(args.get("body") or args.get("json") or "", default=str)[:4000])


def _texts(args: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each text among the arguments, however deep, with the name nearest to it; a list of words becomes a line."""
    waiting: list[tuple[str, object]] = list(args.items())
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        name, value = waiting.pop(0)
        if isinstance(value, str):
            yield str(name).lower(), value[:_LONGEST]
        elif isinstance(value, Mapping):
            waiting.extend(value.items())
        elif isinstance(value, list | tuple):
            waiting.extend((name, each) for each in value)
