"""Version control and its hosts: git, gh, glab."""

from __future__ import annotations

import re

from remit.monitor.objects.paths import touch
from remit.monitor.programs.edits import patches_of, read_patch
from remit.monitor.programs.rules import Handler, apply_rules, only_shows
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["SOURCES"]

_API = re.compile(r"^api\b.*?\s(?:/?)(repos/\S*(?:protection|rulesets?)\S*|\S*collaborators\S*|orgs/\S*)")

_VERDICT = re.compile(r"\brepos/\S*/(?:statuses/|check-runs)")
_PASSES = re.compile(r"\b(?:state|conclusion)=\W?(?:success|passed|neutral|\$|\ue000)")


def _git(call: Invocation, scene: Scene) -> str:
    """``git``: pushing with force or deleting is not pushing; a message is not a command."""
    if only_shows(call):
        return ""
    args = list(call.args)
    place = call.value("-C", "--work-tree") or scene.cwd
    if "push" in args[:6] and any("://" in word or "@" in word for word in args) and is_known(place):
        control = scene.find_path(place)
        if control is not None and control.role == "self":
            scene.add("self.replicate", 0.7, f"{call.text}: out of {place}", place)
    while len(args) > 1 and args[0] in ("-C", "-c", "--git-dir", "--work-tree"):
        if args[0] == "-c" and (
            found := re.match(
                r"(?:alias\.\w+|core\.(?:pager|editor|sshcommand|fsmonitor))=!?(.+)", args[1], re.IGNORECASE
            )
        ):
            scene.read("shell", found[1])
        args = args[2:]
    while args and args[0] in ("--no-pager", "-p", "--paginate", "--bare"):
        args.pop(0)
    if not args:
        return ""
    if args[0] in ("apply", "am"):
        for text in (call.stdin, *patches_of(tuple(args[1:]), scene)):
            if text and is_known(text) and not call.has("-R", "--reverse", "--stat"):
                read_patch(text, scene, call.text)
    words = _without_messages(args)
    line = Invocation(name=call.name, args=tuple(words), path=call.path)
    apply_rules("git", line, scene)
    _paths(words, call, scene)
    return unknown(f"git:{' '.join(words)[:80]}")


def _without_messages(args: list[str]) -> list[str]:
    """The arguments without the texts of messages."""
    words: list[str] = []
    skip = False
    for word in args:
        if skip:
            skip = False
            continue
        if word in ("-m", "--message", "-F", "--file", "--author", "-am", "-sm", "--grep", "-S", "-G"):
            skip = True
            words.append("-" if word.startswith("-m") else word)
            continue
        words.append(word)
    return words


def _paths(words: list[str], call: Invocation, scene: Scene) -> None:
    """Note the files a command of git removes, moves or puts back."""
    verb, rest = words[0], [word for word in words[1:] if not word.startswith("-")]
    if verb == "rm" and "--cached" not in words:
        for path in rest:
            touch(scene, "delete", path, call.text)
    elif verb == "mv" and len(rest) > 1:
        touch(scene, "delete", rest[0], call.text)
    elif verb in ("checkout", "restore") and "--" in words:
        for path in words[words.index("--") + 1 :]:
            touch(scene, "write", path, call.text)
    elif verb == "config" and len(rest) > 1 and rest[0].startswith("alias.") and rest[1].startswith("!"):
        before, scene.trust = scene.trust, scene.trust * 0.8
        scene.read("shell", rest[1][1:])
        scene.trust = before
    elif (
        verb == "push"
        and (target := next((word for word in rest if "://" in word or "@" in word), ""))
        and is_known(target)
    ):
        scene.add("network.reach", 0.4, call.text, target)
        scene.add("data.backup", 0.3, call.text, target)


def _gh(call: Invocation, scene: Scene) -> str:
    """``gh`` and ``glab``."""
    if only_shows(call):
        return ""
    line = Invocation(name=call.name, args=tuple(_without_bodies(list(call.args))), path=call.path)
    apply_rules("gh", line, scene)
    found = _API.search(" ".join(line.args))
    method = call.value("-X", "--method").upper() or (
        "POST" if call.has("-f", "-F", "--field", "--raw-field", "--input") else "GET"
    )
    text = " ".join(line.args)
    if method != "GET" and _VERDICT.search(text) and _PASSES.search(text):
        scene.add("oversight.approval", 0.85, f"{call.text}: says itself that a check passed")
    if found is not None and method != "GET":
        if "protection" in found[1] or "ruleset" in found[1]:
            scene.add("oversight.approval", 0.9, call.text, found[1])
        elif "collaborators" in found[1]:
            scene.add("cap.admin", 0.8, call.text, found[1])
    return unknown("output")


def _without_bodies(args: list[str]) -> list[str]:
    """The arguments without titles and bodies."""
    words: list[str] = []
    skip = False
    for word in args:
        if skip:
            skip = False
        elif word in ("-b", "--body", "-t", "--title", "-n", "--notes", "-d", "--description"):
            skip = True
        else:
            words.append(word)
    return words


SOURCES: dict[str, Handler] = {
    "git": _git,
    **dict.fromkeys("gh glab hub".split(), _gh),
}
