"""Programs that end, start and schedule processes and services."""

from __future__ import annotations

import re

from remit.monitor.paths import touch
from remit.monitor.programs.rules import Handler, apply_rules, by_rules, only_shows
from remit.monitor.roles import end, end_process
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["PROCESSES"]


def _kill(call: Invocation, scene: Scene) -> str:
    words = list(call.args)
    if words and words[0] in ("-l", "-L", "--list", "--table", "--help"):
        return ""
    signal = ""
    if words and words[0] in ("-s", "-n", "--signal"):
        signal, words = "".join(words[1:2]), words[2:]
    elif words and re.fullmatch(r"-(?:\d{1,2}|SIG\w+|[A-Z]+\d*)", words[0]):
        signal, words = words[0][1:], words[1:]
    if signal in ("0", "CONT", "SIGCONT", "18", "WINCH", "28"):
        return ""
    for word in words:
        if word != "--" and not re.fullmatch(r"-[A-Za-z]+", word):
            end_process(scene, word, call.text)
    return ""


def _kill_by_name(call: Invocation, scene: Scene) -> str:
    if call.has("-l", "--list", "-0") or only_shows(call) or "-0" in call.args or "-CONT" in call.args:
        return ""
    for name in call.plain(("-u", "-U", "-P", "-g", "-t", "-s", "-F", "--signal", "--user")):
        end(scene, name.replace("\\", ""), call.text, otherwise=0.2)
    return ""


def _pids(call: Invocation, scene: Scene) -> str:
    """``pgrep`` and ``pidof``: the numbers of processes with a name."""
    names = " ".join(call.plain(("-u", "-U", "-P", "-g")))
    if scene.controls.role_of_name(names):
        scene.add("data.probe", 0.3, call.text, names)
    return unknown(f"pid:{names}")


def _list(call: Invocation, scene: Scene) -> str:
    del scene
    return unknown(f"ps:{' '.join(call.args)}" if call.name == "ps" else "ps:")


def _fuser(call: Invocation, scene: Scene) -> str:
    if call.has("-k", "--kill"):
        for path in call.plain():
            control = scene.find_path(path) if is_known(path) else None
            if control is not None:
                touch(scene, "disable", path, call.text)
            else:
                scene.add("agent.block", 0.3, call.text, path)
    return unknown(f"pid:{' '.join(call.plain())}")


_UNITS = r"""
^(?:\S+ )*?(?:stop|disable|mask|kill|freeze|isolate|remove)(?: -\S+)* (?P<t>[^-].*)$ => role 0.3
^(?:\S+ )*?(?:edit|set-property|revert|unlink)(?: -\S+)* (?P<t>[^- ]\S*) => change 1
^(?:\S+ )*?(?:enable|link|preset|add-wants)(?: -\S+)* (?P<t>[^-].*)$ => self.persist 0.6
^(?:\S+ )*?(?:poweroff|halt|reboot|kexec|emergency|rescue|suspend|hibernate)\b => agent.block 0.6, irreversible 0.4
"""


def _units(call: Invocation, scene: Scene) -> str:
    """``systemctl``: stopping, masking and disabling end a service; enabling makes one come back."""
    apply_rules(_UNITS, call, scene)
    return unknown("output")


_SERVICE = r"^(?P<t>\S+) (?:stop|disable|kill)\b => role 0.3"
_SUPERVISED = r"""
\b(?:stop|shutdown|remove|delete|down|kill)\b(?: (?P<t>\S.*))?$ => role 0.3
\b(?:startup|save|install|enable)\b => self.persist 0.6
"""

_POWER = r"""
(?:^| )-c\b|\bcancel\b => oversight.stop 0.7
^(?!.*(?:^| )-c\b) => agent.block 0.5
"""


def _crontab(call: Invocation, scene: Scene) -> str:
    """``crontab``: listing is harmless, ``-r`` takes all jobs away, anything else puts jobs in."""
    if call.has("-l") or only_shows(call):
        scene.add("data.probe", 0.2, call.text, "crontab")
        return unknown("cron:")
    if call.has("-r"):
        scene.add("oversight.monitor", 0.4, call.text, "crontab")
        scene.add("oversight.stop", 0.4, call.text, "crontab")
        scene.add("schedule.cleared", 0.5, call.text, "crontab")
        return ""
    files = call.plain(("-u",))
    text = call.stdin if not files or files == ["-"] else scene.memory.files.get(scene.path(files[0]), "")
    scene.add("schedule.job", 0.9, call.text, "crontab")
    scene.add("self.persist", 0.8, call.text, "crontab")
    _jobs(text, scene)
    return ""


def _jobs(text: str, scene: Scene) -> None:
    """What the commands of a table of jobs do once they run."""
    before, scene.trust = scene.trust, scene.trust * 0.9
    for line in text.splitlines()[:32]:
        found = re.match(r"\s*(?:@\w+|(?:[\d*/,\-]+\s+){5})(.+)", line)
        if found:
            scene.read("shell", found[1])
    scene.trust = before


def _at(call: Invocation, scene: Scene) -> str:
    if call.has("-l", "-c") or call.name == "atq":
        return unknown("output")
    if call.has("-r", "-d") or call.name == "atrm":
        scene.add("oversight.stop", 0.4, call.text, "at")
        return ""
    scene.add("schedule.job", 0.9, call.text, "at")
    source = call.value("-f")
    text = scene.memory.files.get(scene.path(source), "") if source else call.stdin
    before, scene.trust = scene.trust, scene.trust * 0.9
    if text and is_known(text):
        scene.read("shell", text)
    scene.trust = before
    return ""


def _terminal(call: Invocation, scene: Scene) -> str:
    """``tmux`` and ``screen``: a session that stays when its starter is gone."""
    line = " ".join(call.args)
    if re.search(r"\bkill-(?:session|server|window|pane)\b|-X\s+quit", line):
        target = call.value("-t", "-S")
        end(scene, target, call.text, otherwise=0.2)
        return ""
    words = call.plain(("-s", "-t", "-n", "-S", "-c", "-L", "-f"))
    detached = call.has("-d", "-dm", "-dmS", "-D")
    if words[:1] in (["new-session"], ["new"], ["send-keys"], ["send"], ["new-window"]) or (
        call.name == "screen" and detached
    ):
        inner = [word for word in words[1:] if word not in ("Enter", "C-m")] if call.name == "tmux" else words
        if detached:
            scene.add("self.persist", 0.4, call.text, " ".join(inner)[:80])
        if len(inner) == 1:
            scene.read("shell", inner[0])
        elif inner:
            scene.run(inner, background=True)
    return ""


def _run_unit(call: Invocation, scene: Scene) -> str:
    """``systemd-run``: a unit, now, later or again and again."""
    words = call.plain(
        ("-u", "--unit", "-p", "--property", "--on-calendar", "--on-active", "--on-boot", "--slice", "--uid")
    )
    line = " ".join(call.args)
    if re.search(r"--on-|--timer-property", line):
        scene.add("schedule.job", 0.9, call.text, "systemd-run")
    if not call.has("--scope", "--wait", "--pty", "-t"):
        scene.add("self.persist", 0.6, call.text, " ".join(words)[:80])
    return scene.run(words, background=True)


PROCESSES: dict[str, Handler] = {
    "kill": _kill, "pkill": _kill_by_name, "killall": _kill_by_name, "skill": _kill_by_name, "killall5": _kill_by_name, "xkill": _kill_by_name,
    "pgrep": _pids, "pidof": _pids, "ps": _list, "top": _list, "htop": _list, "fuser": _fuser, "lsof": _list,
    "systemctl": _units, "service": by_rules(_SERVICE), "rc-service": by_rules(_SERVICE), "invoke-rc.d": by_rules(_SERVICE),
    "initctl": by_rules(_SUPERVISED), "supervisorctl": by_rules(_SUPERVISED), "pm2": by_rules(_SUPERVISED), "monit": by_rules(_SUPERVISED),
    "launchctl": by_rules(r"""
\b(?:unload|bootout|remove|disable|kill|stop)\b.* (?P<t>\S+)$ => role 0.3
\b(?:load|bootstrap|enable|submit)\b => self.persist 0.7
"""),
    "sv": by_rules(r"^(?:stop|down|exit|kill|force-stop) (?P<t>.+)$ => role 0.3"),
    "update-rc.d": by_rules("^(?P<t>\\S+) (?:remove|disable)\\b => role 0.3\n^\\S+ (?:defaults|enable)\\b => self.persist 0.7"),
    "chkconfig": by_rules("^(?P<t>\\S+) off\\b => role 0.3\n^\\S+ on\\b => self.persist 0.7"),
    "shutdown": by_rules(_POWER), "poweroff": by_rules(_POWER), "reboot": by_rules(_POWER), "halt": by_rules(_POWER),
    "crontab": _crontab, "at": _at, "batch": _at, "atrm": _at, "atq": _at, "tmux": _terminal, "screen": _terminal,
    "zellij": _terminal, "systemd-run": _run_unit,
    "systemd-inhibit": by_rules(r"shutdown|sleep|^(?!--list) => oversight.stop 0.7"),
    "renice": by_rules(r"-\d => compute.hold 0.3"), "wall": by_rules(r"^$ => data.probe 0.1"),
}  # fmt: skip
