"""The shapes arguments come in, whatever the tool is called: a command, a program, a query, a request, a file.

What is only *said* (a message, a body, a title, the content of a file) is never read as if it were done.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache

from remit.monitor.encoded.filters import from_base64
from remit.monitor.event import Event
from remit.monitor.programs.table import PROGRAMS
from remit.monitor.requests.http import request
from remit.monitor.requests.sql import looks_like_sql
from remit.monitor.scene import Scene
from remit.monitor.writing.filing import file_call
from remit.monitor.writing.settings import read_command_setting, read_settings

__all__ = ["holds_program", "language_of", "looks_like_command", "read_arguments", "read_every", "texts_of"]

_LONGEST = 64_000
_MOST_VALUES = 200
_COMMANDS = frozenset(
    """
    command cmd commands bash shell bash_command shell_command exec line keystrokes argv chars cmdline
    """.split()
)
_PROGRAMS = frozenset(
    """
    code python python_code javascript js source program snippet cell script notebook_code input
    """.split()
)
_SAID = frozenset(
    """
    content contents text body message description title summary thought thoughts comment prompt question notes
    note reason subject reasoning explanation answer file_text new_string old_string new_str old_str insert_text
    commit_message caption label html markdown instructions task goal query_text plan pattern regex search
    """.split()
)
_TALKS = re.compile(
    r"(?:^|[_.-])(?:finish|final|answer|message|reply|respond|ask|tell|say|report)(?:$|[_.-])(?!.*(?:exec|run|shell|bash|code))",
    re.IGNORECASE,
)
"""The tools of a harness with which an agent speaks to people: what it hands them as ``input`` is said."""
_TRUST = {"shell": 0.7, "encoded": 0.6, "python": 1.0, "sql": 1.0}
_PACKED = frozenset(
    ("arguments", "args", "input", "payload", "params", "parameters", "kwargs", "tool_input", "request")
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\s*")
_URLS = frozenset(("url", "endpoint", "uri", "href", "webhook", "webhook_url", "link", "base_url"))
_METHODS = ("method", "http_method", "verb", "request_method")
_BODIES = ("body", "json", "data", "payload", "json_body", "request_body", "form")
_LANGUAGES = {
    **dict.fromkeys(("py", "python3"), "python"),
    **dict.fromkeys(("js", "node", "typescript", "ts"), "javascript"),
    **dict.fromkeys(("sh", "bash", "zsh"), "shell"),
    **dict.fromkeys(("perl", "ruby", "php"), "script"),
}
_EDITING = frozenset(
    """
    view create str_replace insert undo_edit read write append delete list open close scroll search edit
    """.split()
)
_FIRST = re.compile(r"\s*(?:(?:sudo|nohup|time|env|exec|command)\s+)*(?:\w+=\S*\s+)*([\w./+-]+)")
_SIGNS = re.compile(r"(?:^|\s)-{1,2}\w|[|;<>`]|\$\(|&&|(?:^|\s)[~.]?/\w|\d{3,}|@[\w.-]+:|:/")
_SEVERAL = re.compile(r"[;&|\n`$()]")
_URL = re.compile(r"https?://\S+")
_OF_ITSELF = re.compile(r"requires?_(?:user_)?approval", re.IGNORECASE)
"""Whether a person is asked before this very command: the harness asks, whatever is said here."""
_SHELL_IN = re.compile(r"\$\(|`|\$\{|\\x|base64|\beval\b|\|\s*(?:ba|z|da)?sh\b")


def read_arguments(event: Event, scene: Scene) -> bool:
    """Note what a call does by what its arguments hold; whether that is one command and can be nothing else."""
    args = event.args
    if (
        len(args) == 1
        and type(text := args.get("command")) is str
        and len(text) <= _LONGEST
        and text[:4] != "http"
        and text not in _EDITING
    ):
        _only_command(text, scene)
        read_command_setting(event.tool, args, text, scene)
        return True
    read_every(event, scene)
    return False


def read_every(event: Event, scene: Scene) -> None:
    """The same for arguments of any shape, without a first look: what ``read_arguments`` is tested against."""
    args = event.args
    leaves = list(texts_of(args))
    named = dict(reversed(leaves))
    filing = file_call(event.tool, args, named, scene)
    for name, text in leaves:
        if name in _COMMANDS and not (name == "command" and (text in _EDITING or filing)):
            _command(name, text, args, scene)
        elif name == "input" and _TALKS.search(event.tool):
            continue
        elif name in _PROGRAMS:
            scene.read(
                language_of(text, str(args.get("language") or args.get("lang") or args.get("runtime") or ""), name),
                text,
            )
        elif name not in _SAID and len(text) > 5 and (language := _loose(text)):
            before, scene.trust = scene.trust, scene.trust * _TRUST[language]
            if language == "encoded":
                scene.read("shell", from_base64(text) or "")
            else:
                scene.read(language, text)
            scene.trust = before
        elif name in ("query", "sql", "statement") and looks_like_sql(text):
            scene.read("sql", text)
    _requests(args, leaves, scene)
    read_settings(event.tool, _set_by(args), scene)


def _set_by(args: Mapping[str, object]) -> Mapping[str, object]:
    """The arguments that may set something: not what a harness has every command say of itself."""
    if not holds_program(args):
        return args
    return {name: value for name, value in args.items() if not _OF_ITSELF.fullmatch(str(name))}


def looks_like_command(text: str) -> bool:
    """Whether a text whose name says nothing can be little else than a command, by its looks or as a line sent off."""
    if _loose(text) == "shell":
        return True
    match = _FIRST.match(text) if text.endswith("\n") else None
    return match is not None and match[1].rpartition("/")[2] in PROGRAMS


def holds_program(args: Mapping[str, object]) -> bool:
    """Whether an argument is a command or a program, which says by itself what a call does."""
    return not (_COMMANDS.isdisjoint(args) and _PROGRAMS.isdisjoint(args))


def texts_of(args: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each text among the arguments, however deep, with the name nearest to it; words of a command are one text."""
    waiting: list[tuple[str, object]] = [(name, value) for name, value in args.items()]
    for at in range(_MOST_VALUES):
        if at >= len(waiting):
            return
        name, value = waiting[at]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str):
            if value[:1] == "{" and name in _PACKED and isinstance(inner := _unpacked(value), dict):
                waiting.extend(inner.items())
                continue
            yield str(name).lower(), value if len(value) <= _LONGEST else value[:_LONGEST]
        elif isinstance(value, Mapping):
            waiting.extend(value.items())
        elif isinstance(value, list | tuple) and not _is_command(name, value):
            waiting.extend((name, each) for each in value[:_MOST_VALUES])
        elif isinstance(value, list | tuple):
            yield str(name).lower(), shlex.join(map(str, value))[:_LONGEST]


def _unpacked(text: str) -> object:
    """The value a text of JSON holds, or nothing."""
    try:
        return json.loads(text) if len(text) < _LONGEST else None
    except (ValueError, RecursionError):
        return None


def _is_command(name: object, value: list[object] | tuple[object, ...]) -> bool:
    """Whether a list is one command given as words."""
    return (
        name in ("command", "cmd", "argv")
        and bool(value)
        and all(isinstance(each, str) for each in value)
        and (str(value[0]).rpartition("/")[2] in PROGRAMS or " " not in str(value[0]))
    )


def _command(name: str, text: str, args: Mapping[str, object], scene: Scene) -> None:
    """A command: a program with its arguments beside it, or a text for a shell."""
    rest = args.get("args") or args.get("arguments")
    if isinstance(rest, list | tuple) and " " not in text.strip() and all(isinstance(each, str) for each in rest):
        scene.run([text, *map(str, rest)])
        return
    if isinstance(rest, str) and " " not in text.strip():
        text = f"{text} {rest}"
    entry = args.get("stdin")
    language = str(args.get("language") or args.get("lang") or "").lower()
    kind = language_of(text, language, "command") if language else "shell"
    if text.startswith("cd ") and not _SEVERAL.search(text):
        _only_command(text, scene)
        return
    scene.read(kind, text.removesuffix("\n") if name == "keystrokes" else text, entry if isinstance(entry, str) else "")


def _only_command(text: str, scene: Scene) -> None:
    """A command for a shell with nothing beside it; one that only changes the folder changes it for the calls after."""
    scene.read("shell", text)
    if text.startswith("cd ") and not _SEVERAL.search(text):
        scene.memory.remember("cwd", scene.cwd)


@lru_cache(maxsize=1024)
def language_of(text: str, said: str, name: str) -> str:
    """The language of a program: as it is said, else as it looks."""
    plain = said.lower()
    plain = _LANGUAGES.get(plain, plain)
    if plain in ("python", "javascript", "shell", "sql", "script"):
        return plain
    if name in ("javascript", "js"):
        return "javascript"
    if text.startswith("#!"):
        first = text.split("\n", 1)[0]
        return next(
            (
                language
                for word, language in (("python", "python"), ("node", "javascript"), ("sh", "shell"))
                if word in first
            ),
            "script",
        )
    if looks_like_sql(text):
        return "sql"
    if re.search(
        r"(?m)^\s*(?:const|let|var)\s+\w+\s*=|=>|\brequire\(|\bconsole\.|\bawait fetch\(|^import .* from ['\"]", text
    ):
        return "javascript"
    if re.search(
        r"(?m)^\s*(?:import|from)\s+\w+|^\s*(?:def|class|for|with|if)\s.*:\s*(?:#.*)?$|^\s*\w+(?:\.\w+)*\(.*\)\s*$|^\s*\w+(?:\.\w+)*\s=\s",
        text,
    ):
        return "python"
    return "python" if name.startswith("python") else "shell"


@lru_cache(maxsize=4096)
def _loose(text: str) -> str:
    """The language of a text whose name says nothing: ``shell``, ``sql``, ``python`` or none."""
    if looks_like_sql(text):
        return "sql"
    if "://" in text[:12]:
        return ""
    if _BASE64.fullmatch(text[:4000]) and (plain := from_base64(text)) and plain.isprintable() and " " in plain:
        return "encoded" if _loose(plain) == "shell" else ""
    match = _FIRST.match(text)
    if match is not None and match[1].rpartition("/")[2] in PROGRAMS and _SIGNS.search(text):
        return "shell"
    if _SHELL_IN.search(text) and re.match(r"\s*[\w'\"$\\./(]+[\s=;(]", text):
        return "shell"
    if (re.match(r"\s*(?:import|from)\s+\w+", text) and "\n" in text) or "__import__(" in text:
        return "python"
    return ""


def _requests(args: Mapping[str, object], leaves: list[tuple[str, str]], scene: Scene) -> None:
    """Note the requests a call makes: a URL with a method and a body, or a host and a path."""
    urls = [
        text
        for name, text in leaves
        if name in _URLS or (text[:4] == "http" and name not in _SAID and _URL.fullmatch(text))
    ]
    if (
        not urls
        and isinstance(args.get("host"), str)
        and isinstance(args.get("path"), str)
        and any(key in args for key in _METHODS)
    ):
        urls = [f"{args['host']}/{str(args['path']).lstrip('/')}"]
    if (
        not urls
        and isinstance(args.get("path"), str)
        and str(args["path"]).startswith("/")
        and str(args.get("method", "")).upper() in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ):
        urls = [f"localhost{args['path']}"]
    if not urls:
        return
    carried = next((args[key] for key in _BODIES if args.get(key)), None)
    method = next((str(args[key]) for key in _METHODS if args.get(key)), "GET" if carried is None else "POST")
    body = "" if carried is None else carried if isinstance(carried, str) else json.dumps(carried, default=str)[:8000]
    for url in urls[:4]:
        request(scene, url, method, body)
