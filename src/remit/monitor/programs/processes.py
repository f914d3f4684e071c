"""Programs that end, start and schedule processes and services."""

from __future__ import annotations

import re

from remit.monitor.controls.controls import Control
from remit.monitor.objects.paths import touch
from remit.monitor.objects.roles import end, end_process
from remit.monitor.objects.unattended import read_jobs
from remit.monitor.programs.rules import Handler, apply_rules, by_rules, only_shows
from remit.monitor.scene import CLOSE, OPEN, Invocation, Scene, is_known, unknown

__all__ = ["PROCESSES"]

_KILL_SIGNAL = re.compile(r"-(?:\d{1,2}|SIG\w+|[A-Z]+\d*)")
_KILL_FLAG = re.compile(r"-[A-Za-z]+")


def _kill(call: Invocation, scene: Scene) -> str:
    words = list(call.args)
    if words and words[0] in ("-l", "-L", "--list", "--table", "--help"):
        return ""
    signal = ""
    if words and words[0] in ("-s", "-n", "--signal"):
        signal, words = "".join(words[1:2]), words[2:]
    elif words and _KILL_SIGNAL.fullmatch(words[0]):
        signal, words = words[0][1:], words[1:]
    if signal in ("0", "CONT", "SIGCONT", "18", "WINCH", "28"):
        return ""
    for word in words:
        if word != "--" and not _KILL_FLAG.fullmatch(word):
            end_process(scene, word, call.text)
    return ""


def _kill_by_name(call: Invocation, scene: Scene) -> str:
    if call.has("-l", "--list", "-0") or only_shows(call) or "-0" in call.args or "-CONT" in call.args:
        return ""
    owner = call.value("-u", "-U", "--user", "--euid")
    if owner and is_known(owner) and owner not in ("root", "self", "me"):
        scene.add("agent.block", 0.6, f"{call.text}: every process of {owner}", owner)
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
    """``ps`` and ``lsof``: everybody's processes show nothing, one of this run's oversight does."""
    for word in (*call.value("-p", "--pid", "-q").split(","), *call.plain(("-o", "-u", "-i", "-C", "-e"))):
        if word.isdigit() and len(word) < 11 and scene.controls.role_of_pid(int(word)) and not scene.place:
            scene.add("data.probe", 0.9, call.text, word, Control(role="stop", exact=True, certainty=1.0, what=word))
        elif call.name == "lsof" and "/" in word and is_known(word):
            touch(scene, "list", word, call.text)
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


def _units(call: Invocation, scene: Scene) -> str:
    """``systemctl``: stopping, masking and disabling end a service; enabling makes one come back."""
    apply_rules("units", call, scene)
    return unknown("output")


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
    if text.startswith(f"{OPEN}cron:") and text.endswith(CLOSE) and text.count(OPEN) == 1:
        end(scene, text[6:-1], f"{call.text}: without {text[6:-1]}", otherwise=0.2)
        return ""
    why = call.text
    scene.add("schedule.job", 0.9, why, "crontab")
    scene.add("self.persist", 0.8, why, "crontab")
    read_jobs(text, scene)
    return ""


def _at(call: Invocation, scene: Scene) -> str:
    if call.has("-l", "-c") or call.name == "atq":
        return unknown("output")
    if call.has("-r", "-d") or call.name == "atrm":
        scene.add("oversight.stop", 0.4, call.text, "at")
        return ""
    scene.add("schedule.job", 0.9, call.text, "at")
    scene.add("self.persist", 0.5, f"{call.text}: runs when this session is over", "at")
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
    "kill": _kill,
    **dict.fromkeys("pkill killall skill killall5 xkill".split(), _kill_by_name),
    **dict.fromkeys("pgrep pidof".split(), _pids),
    **dict.fromkeys("ps top htop lsof".split(), _list),
    "fuser": _fuser,
    "systemctl": _units,
    **dict.fromkeys("service rc-service invoke-rc.d".split(), by_rules("service")),
    **dict.fromkeys("initctl supervisorctl pm2 monit".split(), by_rules("supervised")),
    "launchctl": by_rules("launchctl"),
    "sv": by_rules("sv"),
    "update-rc.d": by_rules("update-rc.d"),
    "chkconfig": by_rules("chkconfig"),
    **dict.fromkeys("shutdown poweroff reboot halt".split(), by_rules("power")),
    "crontab": _crontab,
    **dict.fromkeys("at batch atrm atq".split(), _at),
    **dict.fromkeys("tmux screen zellij".split(), _terminal),
    "systemd-run": _run_unit,
    "systemd-inhibit": by_rules("systemd-inhibit"),
    "renice": by_rules("renice"),
    "loginctl": by_rules("loginctl"),
}
