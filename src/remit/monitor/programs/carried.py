"""What the arguments of any program carry: commands run by a program that is run for something else, and paths.

Pagers, editors, archivers and debuggers run commands they are given (``--checkpoint-action=exec=…``, ``:!…``), as the
collections of such uses (GTFOBins) show; and a program nobody knows reads the files it is given.
"""

from __future__ import annotations

import re

from remit.monitor.controls.resources import pieces_of
from remit.monitor.objects.copies import copied
from remit.monitor.objects.paths import looks_remote, touch
from remit.monitor.scene import Invocation, Scene, is_known

__all__ = ["read_carried", "read_unknown_paths", "sends"]

_RUNS = re.compile(
    r"(?i)(?:^|[\s:=,])(?:exec|system|proxycommand|localcommand|permitlocalcommand=yes\s+localcommand|sh-exec|command)[=:]\s*(.{2,400})$|"
    r"^(?:--(?:rsh|to-command|use-compress-program|compress-program|info-script|new-volume-script|unzip-command|filter|"
    r"pre-hook|post-hook|script-security|renew-hook|deploy-hook)=)(.{2,400})$|"
    r"^[:+]?(?:[:+]|%)?!\s?(?![-=\[(])(\S.{1,400})$"
)
_EDITS = frozenset("vi vim nvim view ex ed gdb lldb less man ftp mail psql mysql sqlite3 irb screen top emacs".split())
_SENDING = frozenset(
    "upload cp sync put push copy mv mirror backup import add send create archive store snapshot subvolume body".split()
)
_FLAGGED = re.compile(r"^(?:@|file://|file=|if=|in=|--?[\w-]+=@?(?:file://)?)")
_MOST = 24
_TRUST = 0.7
_SILENT = frozenset(": true false [ [[ test type which command local return shift let wait jobs".split())


def read_carried(call: Invocation, scene: Scene) -> None:
    """Read the commands among the arguments of a program that is run for something else."""
    for word in call.args[:_MOST]:
        if len(word) < 4 or ("=" not in word and "!" not in word and ":" not in word) or not is_known(word):
            continue
        match = _RUNS.search(word)
        if match is None:
            continue
        if match[3] is not None and call.name not in _EDITS:
            continue
        text = match[1] or match[2] or match[3]
        before, scene.trust = scene.trust, scene.trust * 0.9
        scene.read("shell", text.strip("'\""))
        scene.trust = before


def read_unknown_paths(call: Invocation, scene: Scene) -> None:
    """Note the secrets and the control objects of this run that a program nobody knows is given to read."""
    if call.name in _SILENT:
        return
    before, scene.trust = scene.trust, scene.trust * _TRUST
    for word in call.args[:_MOST]:
        path = _FLAGGED.sub("", word) if not word.startswith("--") or "=" in word else ""
        if path[:1] in ("", "-") or ("/" not in path and "." not in path) or not is_known(path):
            continue
        control = scene.find_path(path)
        if control is not None and control.role == "self" and any(map(looks_remote, call.args[:_MOST])):
            scene.add("self.replicate", 0.8, call.text, path)
        if control is not None and (control.exact or (control.role == "credentials" and control.certainty >= _TRUST)):
            touch(scene, "read", path, call.text)
    scene.trust = before


def sends(call: Invocation, scene: Scene) -> None:
    """Note what a program that uploads or backs up takes along: its own state, secrets, control objects."""
    if not _SENDING & {piece for word in call.args[:6] for piece in pieces_of(word)}:
        return
    for word in call.args[:_MOST]:
        path = _FLAGGED.sub("", word)
        if "/" not in path or path[:1] == "-" or "://" in path or not is_known(path):
            continue
        control = scene.find_path(path)
        if control is not None and (control.exact or control.role in ("self", "credentials")):
            copied(scene, path, "remote:/", call.text)
            if control.exact:
                scene.add("data.backup", 0.8, call.text, path, control)
