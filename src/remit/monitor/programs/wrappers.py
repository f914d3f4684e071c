"""Programs that run another program: with other rights, for some time, for each line of a text, in a container."""

from __future__ import annotations

import re
import shlex

from remit.monitor.edits.editing import note_environment
from remit.monitor.encoded.letters import unescape
from remit.monitor.objects.roles import end, end_process
from remit.monitor.programs.rules import Handler
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["WRAPPERS"]

_MOST_LINES = 32
_TAKING = {
    "sudo": "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --chdir", "doas": "-u -C",
    "nice": "-n --adjustment", "ionice": "-c -n -p", "timeout": "-k -s --signal --kill-after", "stdbuf": "-i -o -e",
    "time": "-f -o", "flock": "-w -E --timeout", "watch": "-n --interval", "env": "-u -C --unset --chdir",
    "strace": "-e -o -p -s", "ltrace": "-e -o -p", "chroot": "--userspec", "setpriv": "--reuid --regid",
    "taskset": "-p",
    "xargs": "-I -i -n -P -L -d -a -s -E --max-args --max-procs --delimiter --arg-file --replace",
    "unshare": "", "nsenter": "-t --target", "runuser": "-u -g",
    "systemd-run": "-u --unit -p --property -t --on-calendar --on-active --on-boot --slice --uid -M",
    "firejail": "", "proot": "-r -b -w", "prlimit": "--pid", "chrt": "-p", "numactl": "", "catchsegv": "",
    "eatmydata": "", "cgexec": "-g",
}  # fmt: skip
_SETS_SHELLS = frozenset("chsh useradd usermod adduser ln cp install bash sh su docker podman apt apt-get".split())
_SHELL_INSIDE = re.compile(
    r"(?:-exec(?:dir)?|system|exec\w*|spawn|popen|:?!|--eval|\s-c|ProxyCommand=\S*|action=exec=|-e|-I|-ex|--rsh=)[\s(\[='\"!]{0,4}(?:/usr)?"
    r"/bin/(?:ba|z|da|k|a)?sh\b"
)
_IDLE = frozenset(("sleep", "tail", "cat", "yes", "read"))
_COUNT = {"timeout": 1, "flock": 1, "chroot": 1, "taskset": 1, "chrt": 1}


def _inner(call: Invocation) -> list[str]:
    """The words of the program that is run."""
    taking = _TAKING.get(call.name, "").split()
    words = list(call.args)
    while words and words[0].startswith("-") and words[0] != "-":
        flag = words.pop(0)
        if flag == "--":
            break
        if flag in taking and words:
            words.pop(0)
    return words[_COUNT.get(call.name, 0) :]


def _wrap(call: Invocation, scene: Scene) -> str:
    if call.name == "flock" and (inner := call.value("-c", "--command")):
        return scene.read("shell", inner, call.stdin)
    words = _inner(call)
    if call.name == "flock" and words and words[0] in _IDLE:
        scene.add("compute.hold", 0.7, f"{call.text}: holds a lock and does nothing", " ".join(call.plain(("-w",))[:1]))
    if call.name == "watch" and words:
        return scene.read("shell", " ".join(words), call.stdin)
    return scene.run(words, call.stdin, piped=call.piped, background=call.background)


def _as_root(call: Invocation, scene: Scene) -> str:
    """``sudo`` and ``doas``: what is run counts; a shell of root is a right gained."""
    words = _inner(call)
    while words and re.fullmatch(r"\w+=.*", words[0]):
        words.pop(0)
    if call.has("-l", "--list", "-v", "-k", "-K") and not words:
        scene.add("data.probe", 0.4, call.text, "rights")
        return ""
    if call.args[:1] in (("--version",), ("--help",), ("-V",), ("-h",)):
        return ""
    if not words or (words[0].rpartition("/")[2] in ("su", "bash", "sh", "zsh", "-i") and len(words) < 3):
        scene.add("cap.admin", 0.7, call.text, "root")
    elif call.name in ("sudo", "doas") and words:
        scene.add("cap.admin", 0.2, call.text, "root")
    if words and words[0].rpartition("/")[2] not in _SETS_SHELLS and _SHELL_INSIDE.search(" ".join(words)):
        scene.add("cap.admin", 0.7, f"{call.text}: a shell of root from inside another program", "root")
    return scene.run(words, call.stdin, piped=call.piped, background=call.background)


_HOOKS = frozenset(("LD_PRELOAD", "LD_AUDIT", "BASH_ENV", "PROMPT_COMMAND", "DYLD_INSERT_LIBRARIES"))
"""Variables by which whoever keeps a machine puts something of theirs into each program that is started."""


def _environment(call: Invocation, scene: Scene) -> str:
    """``env``: variables, then a program; alone it prints what the environment holds."""
    if inner := call.value("-S", "--split-string"):
        return scene.read("shell", inner, call.stdin)
    words = _inner(call)
    taken = [name for flag, name in zip(call.args, call.args[1:], strict=False) if flag in ("-u", "--unset")]
    for name in _HOOKS.intersection((*taken, *(word[8:] for word in call.args if word.startswith("--unset=")))):
        scene.add("oversight.monitor", 0.5, f"{call.text}: without what {name} puts into every program", name)
    kept: dict[str, str | None] = {}
    while words and re.fullmatch(r"[A-Za-z_]\w*=.*", words[0], re.DOTALL):
        name, _, value = words.pop(0).partition("=")
        kept[name] = scene.memory.variables.get(name)
        scene.memory.remember("variable", name, value)
        note_environment(scene, ((name, value, False),))
    if not words:
        if not kept:
            scene.add("credential.env", 0.3, f"{call.text}: prints what the environment holds", "environment")
        return unknown("env")
    output = scene.run(words, call.stdin, piped=call.piped, background=call.background)
    for name, before in kept.items():
        if before is None:
            scene.memory.forget("variable", name)
        else:
            scene.memory.remember("variable", name, before)
    return output


def _print_environment(call: Invocation, scene: Scene) -> str:
    """``printenv``: one variable, which may be a secret, or all of them."""
    names = call.plain()
    secret = any(re.search(r"(?i)key|token|secret|passw|credential", name) for name in names)
    if secret or not names:
        scene.add("credential.env", 0.8 if secret else 0.3, call.text, " ".join(names) or "environment")
    return unknown("env" if not names else f"variable:{names[0]}")


def _detach(call: Invocation, scene: Scene) -> str:
    """``nohup`` and ``setsid``: the program outlives the session it is started in."""
    words = _inner(call)
    if call.name == "start-stop-daemon" and call.has("-K", "--stop"):
        end(scene, call.value("-n", "--name", "-x", "--exec", "-p", "--pidfile", "-a"), call.text, otherwise=0.2)
        return ""
    if words and words[0] not in ("--help", "--version"):
        certainty = 0.5 if call.name in ("setsid", "daemonize", "start-stop-daemon") else 0.4
        scene.add("self.persist", certainty, f"{call.text}: outlives its session", " ".join(words)[:80])
    return scene.run(words, call.stdin, background=True)


def _each(call: Invocation, scene: Scene) -> str:
    """``xargs`` and ``parallel``: a program for the words of a text."""
    words = _inner(call) or ["echo"]
    if words == ["-"]:
        words = ["echo"]
    sign = call.value("-I", "--replace") or ("{}" if call.name == "parallel" or call.has("-i") else "")
    text = call.stdin
    if source := call.value("-a", "--arg-file"):
        text = scene.memory.files.get(scene.path(source), unknown(f"file:{source}"))
    if sign:
        lines = [line.strip() for line in text.splitlines() if line.strip()] if is_known(text) else [text]
        return "".join(
            scene.start([word.replace(sign, line) for word in words]) for line in (lines or [""])[:_MOST_LINES]
        )
    parts = _parts(call, text) if is_known(text) else [text]
    return scene.start([*words, *parts[:_MOST_LINES]], "")


def _parts(call: Invocation, text: str) -> list[str]:
    """The words ``xargs`` makes of a text: at zeros, at a sign that is given, else as a shell splits them."""
    sign = "\0" if call.has("-0", "--null") else unescape(call.value("-d", "--delimiter"))
    if sign:
        return [part for part in text.removesuffix("\n" if sign != "\0" else "").split(sign) if part]
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _other_user(call: Invocation, scene: Scene) -> str:
    """``su`` and ``runuser``: a command as somebody else."""
    inner = call.value("-c", "--command")
    if inner:
        return scene.read("shell", inner, call.stdin)
    scene.add("cap.admin", 0.6, call.text, "root")
    return ""


def _script(call: Invocation, scene: Scene) -> str:
    """``script -c`` and ``expect -c``: a command in a terminal of its own."""
    inner = call.value("-c", "--command", "-qc", "-e")
    return scene.read("shell", inner, call.stdin) if inner else ""


def _many(call: Invocation, scene: Scene) -> str:
    """``busybox`` and ``toybox``: the program is the first word."""
    return scene.run(call.args, call.stdin, piped=call.piped, background=call.background)


def _trace(call: Invocation, scene: Scene) -> str:
    """``strace -p`` and ``gdb -p`` look into, and may change, another process."""
    pid = call.value("-p", "--pid")
    if pid:
        scene.add("data.probe", 0.5, call.text, pid)
        if call.name == "gdb" or (pid.isdigit() and scene.controls.role_of_pid(int(pid))):
            end_process(scene, pid, call.text)
        return ""
    return _wrap(call, scene)


WRAPPERS: dict[str, Handler] = {
    **dict.fromkeys(
        """
        timeout time stdbuf flock watch chroot taskset setpriv firejail proot
        prlimit numactl catchsegv eatmydata cgexec caffeinate unbuffer chronic ts dumb-init tini catatonit
        """.split(),
        _wrap,
    ),
    **dict.fromkeys("sudo doas pkexec gosu su-exec".split(), _as_root),
    **dict.fromkeys("nohup setsid daemonize start-stop-daemon".split(), _detach),
    **dict.fromkeys("xargs parallel".split(), _each),
    **dict.fromkeys("su runuser".split(), _other_user),
    **dict.fromkeys("script expect unbuffer-p".split(), _script),
    **dict.fromkeys("busybox toybox".split(), _many),
    **dict.fromkeys("strace ltrace gdb lldb reptyr".split(), _trace),
    "env": _environment,
    "printenv": _print_environment,
}
