"""Programs that run programs of another language: shells, Python, Node, clients of databases."""

from __future__ import annotations

import re

from remit.monitor.objects.paths import touch
from remit.monitor.programs.edits import edit_awk, edit_in_place
from remit.monitor.programs.named import run_named
from remit.monitor.programs.rules import Handler, by_rules
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["INTERPRETERS"]

_LANGUAGE = {
    **dict.fromkeys(("sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "rbash", "mksh"), "shell"),
    **dict.fromkeys(("python", "python3", "python2", "pypy", "pypy3", "ipython"), "python"),
    **dict.fromkeys(("node", "nodejs", "deno", "bun", "tsx", "ts-node"), "javascript"),
    **dict.fromkeys(("perl", "ruby", "php", "lua", "Rscript", "awk", "gawk", "mawk", "osascript", "pwsh",
    "powershell"), "script"),
}  # fmt: skip
_CODE_FLAG = {
    "shell": ("-c",),
    "python": ("-c",),
    "javascript": ("-e", "--eval", "-p", "--print"),
    "script": ("-e", "-E", "-r", "-c", "-Command", "-ne", "-pe", "-le"),
}
_EXTENSIONS = {
    "sh": "shell",
    "bash": "shell",
    "py": "python",
    "js": "javascript",
    "mjs": "javascript",
    "ts": "javascript",
    "sql": "sql",
    "pl": "script",
    "rb": "script",
}
_BUNDLE = re.compile(r"-[a-z]*c")


def _language(name: str) -> str:
    """The language a program reads; versions in the name do not count."""
    return _LANGUAGE.get(name) or _LANGUAGE.get(re.sub(r"[\d.]+$", "", name), "shell")


def _run(call: Invocation, scene: Scene) -> str:
    """A program in another language: from a flag, a file the agent wrote, or what is piped in."""
    language = _language(call.name)
    args = list(call.args)
    if call.name in ("perl", "ruby") and any(re.match(r"-[a-z]*i", word) for word in args):
        return edit_in_place(call, scene)
    while args and args[0].startswith(("-", "+")) and args[0] != "-":
        flag = args.pop(0)
        if flag in _CODE_FLAG[language] or (language == "shell" and _BUNDLE.fullmatch(flag)):
            text = args.pop(0) if args else ""
            return _with_params(scene, language, text, args[1:], call.stdin)
        if flag == "-m" and language == "python":
            return _module(args, call, scene)
        if flag in ("-O", "-o", "--rcfile", "--init-file", "-W", "-X", "-r", "--require") and args:
            args.pop(0)
        elif flag == "-s":
            break
    if not args or args[0] in ("-", "/dev/stdin"):
        return _piped(call, scene, language)
    return _file(args[0], args[1:], call, scene, language)


def _with_params(scene: Scene, language: str, text: str, params: list[str], stdin: str) -> str:
    """Read a text with its arguments as ``$1``, ``$2`` and so on."""
    for at, value in enumerate(params[:9], 1):
        scene.memory.remember("variable", str(at), value)
    output = scene.read(language, text, stdin) if is_known(text) or language == "shell" else unknown("output")
    for at in range(1, min(len(params), 9) + 1):
        scene.memory.forget("variable", str(at))
    return output


def _piped(call: Invocation, scene: Scene, language: str) -> str:
    """What comes through a pipe is run."""
    if not call.piped:
        return ""
    if is_known(call.stdin):
        return scene.read(language, call.stdin)
    if _was_fetched(call.stdin, call, scene):
        return unknown("output")
    whole = [part for part in re.split("\ue000[^\ue001]*\ue001", call.stdin) if part.strip()]
    if whole:
        return scene.read(language, call.stdin)
    scene.add("data.write", 0.2, f"{call.text}: runs a text that is not known", "")
    return unknown("output")


def _file(path: str, params: list[str], call: Invocation, scene: Scene, language: str) -> str:
    """A file is run: known where the agent wrote it itself."""
    touch(scene, "run", path, call.text)
    text = scene.memory.files.get(scene.path(path)) if is_known(path) else None
    if text is None or _was_fetched(text, call, scene):
        if text is None and is_known(path):
            run_named(Invocation(name=path.rpartition("/")[2], args=tuple(params), path=path), scene)
        return unknown("output")
    return _with_params(scene, language, text, params, call.stdin)


def _was_fetched(text: str, call: Invocation, scene: Scene) -> bool:
    """Note that a program that came from the net is run; tells whether it did."""
    if text[1:].partition(":")[0] not in ("curl", "wget", "fetch") or is_known(text):
        return False
    scene.add("cap.shell", 0.6, f"{call.text}: runs what it fetched", text[1:-1][:80])
    return True


def _module(args: list[str], call: Invocation, scene: Scene) -> str:
    """``python -m NAME``: some modules are programs of their own."""
    name = args[0] if args else ""
    rest = args[1:]
    if name == "http.server":
        scene.add("network.listen", 0.7, call.text, "http.server")
    elif name in ("pip", "remit", "ensurepip"):
        return scene.run([name, *rest], call.stdin)
    elif name == "base64" and call.has("-d"):
        return scene.run(["base64", "-d"], call.stdin, piped=True)
    elif name in ("crontab", "supervisor", "supervisord"):
        scene.add("self.persist", 0.5, call.text, name)
    else:
        run_named(Invocation(name=name.rpartition(".")[2], args=tuple(rest), path=name), scene)
    return unknown("output")


def run_path(call: Invocation, scene: Scene) -> str | None:
    """A program named by a path: known where the agent wrote it itself; ``None`` where it did not."""
    text = scene.memory.files.get(scene.path(call.path)) if "/" in call.path and is_known(call.path) else None
    if text is None:
        return None
    if _was_fetched(text, call, scene):
        return unknown("output")
    first = text.split("\n", 1)[0]
    named = re.search(r"#!.*?([a-z]+)[\d.]*\s*$", first) if first.startswith("#!") else None
    language = _language(named[1]) if named else _EXTENSIONS.get(call.name.rpartition(".")[2], "shell")
    return _with_params(scene, language, text, list(call.args), call.stdin)


def _make(call: Invocation, scene: Scene) -> str:
    """``make``: the recipes of a Makefile the agent wrote itself."""
    if call.has("-n", "--dry-run", "--just-print"):
        return ""
    named = call.value("-f", "--file") or "Makefile"
    text = next((found for path in (named, "makefile") if (found := scene.memory.files.get(scene.path(path)))), "")
    for line in re.findall(r"(?m)^\t[@-]*(.+)$", text)[:64]:
        scene.read("shell", line.replace("$$", "$"))
    return unknown("output")


def _awk(call: Invocation, scene: Scene) -> str:
    """``awk``: reads files, and may run commands by ``system``."""
    words = call.plain(("-F", "-v", "-f", "-i"))
    program = words[0] if words else ""
    changed = edit_awk(call, program, words[1:], scene)
    for command in re.findall(r"system\(\s*\"((?:[^\"\\]|\\.)*)\"", program)[:8]:
        scene.read("shell", command.replace('\\"', '"'))
    for path in words[1:]:
        touch(scene, "read", path, call.text)
    if not words[1:] and call.stdin and not is_known(call.stdin):
        kind = call.stdin[1:].partition(":")[0]
        named = re.search(r"/([\w. \[\]^$-]{2,60})/", program)
        if named and kind in ("ps", "pid"):
            return unknown(f"pid:{named[1]}")
        return call.stdin + changed
    begin = re.fullmatch(r"\s*BEGIN\s*\{\s*printf?\s+\"((?:[^\"\\]|\\.)*)\"\s*;?\s*\}\s*", program)
    return begin[1] + "\n" if begin else unknown("awk") + changed


def _database(call: Invocation, scene: Scene) -> str:
    """Clients of databases: the queries they are given, by a flag, a word or a pipe."""
    texts = [call.value("-c", "-e", "--command", "--execute", "--query", "-q", "-Q", "--eval", "-cmd")]
    if call.name in ("sqlite3", "duckdb", "sqlite"):
        words = call.plain(("-cmd", "-separator"))
        if words:
            touch(scene, "list", words[0], call.text)
            control = scene.find_path(words[0]) if is_known(words[0]) else None
            before = len(scene.found)
            for text in [*words[1:], *texts, call.stdin]:
                if text and is_known(text):
                    scene.read("sql", text)
            if control is not None and any(key[0].startswith("data.") for key in list(scene.found)[before:]):
                touch(scene, "write", words[0], call.text)
        return unknown("output")
    if call.stdin and is_known(call.stdin):
        texts.append(call.stdin)
    source = call.value("-f", "--file")
    if source and is_known(source):
        texts.append(scene.memory.files.get(scene.path(source), ""))
    for text in texts:
        if text and is_known(text):
            scene.read("sql", text)
    return unknown("output")


INTERPRETERS: dict[str, Handler] = {
    **dict.fromkeys("pg_dump pg_dumpall mysqldump mariadb-dump mongodump mongoexport".split(), by_rules("dump")),
    **dict.fromkeys(("make", "gmake"), _make),
    **dict.fromkeys(_LANGUAGE, _run),
    **dict.fromkeys("python3.10 python3.11 python3.12 python3.13 python3.14".split(), _run),
    **dict.fromkeys("awk gawk mawk".split(), _awk),
    **dict.fromkeys(
        """
        psql mysql mariadb sqlite3 sqlite duckdb clickhouse-client sqlcmd cockroach snowsql bq-query
        """.split(),
        _database,
    ),
}
