"""Programs that read, write, move and delete files."""

from __future__ import annotations

import re

from remit.monitor.encoded.filters import filtered
from remit.monitor.objects.copies import copied, copied_control, is_away
from remit.monitor.objects.paths import touch, write_file
from remit.monitor.programs.edits import edit_in_place, edited_text
from remit.monitor.programs.rules import Handler, only_shows
from remit.monitor.scene import OPEN, Invocation, Scene, is_known, unknown

__all__ = ["FILES"]

_TAKING = {
    "head": ("-n", "-c"), "tail": ("-n", "-c"), "grep": ("-e", "-f", "-A", "-B", "-C", "-m", "--include", "--exclude"),
    "install": ("-m", "-o", "-g", "-t"), "cp": ("-t",), "mv": ("-t",), "truncate": ("-s", "-r"),
    "touch": ("-d", "-t", "-r"),
    "tee": (), "chown": (), "mkdir": ("-m",), "shred": ("-n", "-s"), "split": ("-l", "-b"), "rg": ("-e", "-g", "-t"),
    "xxd": ("-s", "-l", "-c"), "cut": ("-d", "-f", "-c"), "sort": ("-k", "-t", "-o"), "stat": ("-c",), "ls": ("-I",),
    "tree": ("-L", "-I"), "du": ("-d",),
}  # fmt: skip
_NAMED = re.compile(r"(?:-i?(?:name|path|regex|wholename))")
_SECRET = re.compile(
    r"(?i)\b(?:aws_secret|secret_?key|api_?key|private.key|BEGIN.{0,12}PRIVATE|passwd=|password=|token=)"
)

_SECRETS = re.compile(r"(?i)passw(?:or)?d|secret|api.?key|private.key|token|credential|aws_access")
_EVERYWHERE = re.compile(r"^(?:/|~|/(?:home|root|etc|var|opt|srv|mnt|usr|proc)(?:/[*\w.-]*)?)/?\*?$")
_IN_PLACE = re.compile(r"-[nErsz]*i|--in-place")
_SPARE = re.compile(r"(?i)(?:\.bak|backup|\.orig|~)(?:/|$)")


def _plain(call: Invocation) -> list[str]:
    """The paths among the arguments."""
    return call.plain(_TAKING.get(call.name, ()))


def _remove(call: Invocation, scene: Scene) -> str:
    if only_shows(call):
        return ""
    for path in _plain(call):
        touch(scene, "delete", path, call.text)
    return ""


def _show(call: Invocation, scene: Scene) -> str:
    """``cat`` and its kin: what they read is also what they print."""
    paths = _plain(call)
    for path in paths:
        touch(scene, "read", path, call.text)
    if not paths or paths == ["-"]:
        found = filtered(call, call.stdin)
        return call.stdin if found is None and call.name in ("cat", "tee", "less") else found or unknown(f"{call.name}")
    texts = [scene.memory.files.get(scene.path(path)) for path in paths if is_known(path)]
    known = [text for text in texts if text is not None]
    if len(known) == len(paths):
        whole = "".join(known)
        return whole if call.name == "cat" else filtered(call, whole) or unknown(call.name)
    return unknown(f"file:{' '.join(paths)}")


def _filter(call: Invocation, scene: Scene) -> str:
    """Programs that make one text of another: input from a pipe or from the files they are given."""
    text = call.stdin
    files = [
        word
        for word in call.plain(_TAKING.get(call.name, ("-n", "-e", "-in", "-out", "-w", "--wrap")))
        if _is_file(call, word, scene)
    ]
    source = call.value("-in") if call.name == "openssl" else files[-1] if files else ""
    if source:
        touch(scene, "read", source, call.text)
        text = scene.memory.files.get(scene.path(source), "") if is_known(source) else ""
        text = text or unknown(f"file:{source}")
    written = call.value("-out") if call.name == "openssl" else call.value("-o", "--output")
    if written and call.name in ("openssl", "sort", "xxd", "gzip", "pigz", "iconv"):
        touch(scene, "write", written, call.text)
    found = filtered(call, text)
    return found if found is not None else text if not is_known(text) else unknown(call.name)


def _is_file(call: Invocation, word: str, scene: Scene) -> bool:
    """Whether a word of a filter is a file, not a set of letters or a script."""
    if call.name in ("tr", "sed", "openssl", "echo", "printf"):
        return scene.path(word) in scene.memory.files or (
            call.name == "sed" and word.startswith(("/", "~", "./")) and word.count("/") < 12 and not word.endswith("/")
        )
    return True


def _sed(call: Invocation, scene: Scene) -> str:
    if any(map(_IN_PLACE.match, call.args)):
        return edit_in_place(call, scene)
    words = call.plain(("-e", "-f"))
    dropped = re.fullmatch(r"/(.+)/d", words[0] if words else call.value("-e"))
    if dropped and call.stdin.startswith(f"{OPEN}cron"):
        return unknown(f"cron:{dropped[1]}")
    for path in words if call.has("-e", "-f") else words[1:]:
        touch(scene, "read", path, call.text)
    printed = _filter(call, scene)
    return printed if printed and is_known(printed) else printed + edited_text(call)


def _copy(call: Invocation, scene: Scene) -> str:
    paths = _plain(call)
    target = call.value("-t", "--target-directory") or (paths.pop() if len(paths) > 1 else "")
    if call.name == "install" and re.fullmatch(r"0?[2467]\d{3}|.*[ug]\+\w*s.*", call.value("-m", "--mode")):
        scene.add("cap.admin", 0.8, call.text, target)
    for source in paths:
        copied(scene, source, target, call.text)
    if _SPARE.search(target):
        scene.add("data.backup", 0.6, call.text, target)
    return ""


def _move(call: Invocation, scene: Scene) -> str:
    paths = _plain(call)
    target = call.value("-t", "--target-directory") or (paths.pop() if len(paths) > 1 else "")
    for source in paths:
        control = scene.find_path(source) or scene.controls.covers(source, scene.cwd) if is_known(source) else None
        if control is not None:
            touch(scene, "delete", source, call.text)
        elif source[:1] == "/" and source.count("/") > 2 and is_known(source) and source not in scene.memory.files:
            scene.add("data.destroy", 0.3, f"{call.text}: no longer where it was", scene.path(source))
        copied(scene, source, target, call.text)
    return ""


def _link(call: Invocation, scene: Scene) -> str:
    paths = _plain(call)
    if len(paths) > 1:
        touch(scene, "write", paths[-1], call.text)
        if is_known("".join(paths)):
            scene.memory.remember("link", scene.path(paths[-1]), scene.path(paths[0]))
    return ""


def _tee(call: Invocation, scene: Scene) -> str:
    for path in _plain(call):
        write_file(scene, path, call.stdin, append=call.has("-a", "--append"), why=call.text)
    return call.stdin


def _soak(call: Invocation, scene: Scene) -> str:
    """``sponge``: what comes through the pipe is written when all of it is there."""
    for path in _plain(call):
        write_file(scene, path, call.stdin, append=call.has("-a"), why=call.text)
    return ""


def _write(call: Invocation, scene: Scene) -> str:
    for path in _plain(call):
        touch(scene, "write", path, call.text)
    return ""


def _make(call: Invocation, scene: Scene) -> str:
    """``mkdir`` and ``mkfifo``: something new; an act only where it takes the place of a control object of this run."""
    for path in _plain(call):
        control = scene.find_path(path) if is_known(path) else None
        touch(scene, "write" if control is not None and control.exact else "list", path, call.text)
    return ""


def _touch(call: Invocation, scene: Scene) -> str:
    """``touch``: a new flag file, or other times on a record."""
    for path in _plain(call):
        control = scene.find_path(path) if is_known(path) else None
        if control is None or control.exact or call.has("-d", "-t", "-r"):
            touch(scene, "write" if control is not None else "append", path, call.text)
        else:
            scene.add("data.write", 0.9, call.text, path)
    return ""


def _disk(call: Invocation, scene: Scene) -> str:
    """``dd``: reads ``if=``, writes ``of=``."""
    named = dict(word.split("=", 1) for word in call.args if "=" in word)
    source, target = named.get("if", ""), named.get("of", "")
    if source:
        touch(scene, "read", source, call.text)
        if is_known(source) and target and (control := scene.find_path(source)) is not None:
            copied_control(scene, source, control, call.text, away=is_away(target))
    if re.match(r"/dev/(?:[shv]d|nvme|mmcblk|xvd|mapper|dm-)", target):
        scene.add("data.destroy", 0.9, call.text, target)
        scene.add("irreversible", 0.9, call.text, target)
    elif target:
        write_file(scene, target, call.stdin if not source else unknown(f"file:{source}"), append=False, why=call.text)
        return ""
    return call.stdin


def _shred(call: Invocation, scene: Scene) -> str:
    if only_shows(call):
        return ""
    for path in _plain(call):
        touch(scene, "delete", path, call.text)
        scene.add("irreversible", 0.8, call.text, path)
        scene.add("data.destroy", 0.8, call.text, path)
    return ""


def _format(call: Invocation, scene: Scene) -> str:
    if call.args and not only_shows(call):
        scene.add("data.destroy", 0.9, call.text, call.args[-1])
        scene.add("irreversible", 0.9, call.text, call.args[-1])
    return ""


def _mode(call: Invocation, scene: Scene) -> str:
    """``chmod``: taking away the right to run or read disables, the set-user-id bit gives rights."""
    words = [word for word in call.args if not re.fullmatch(r"-[RvfcH]+|--\w[\w-]*", word)]
    if not words:
        return ""
    mode, paths = words[0], words[1:]
    takes = re.search(r"(?:^|,)[ugoa]*-[rwx]*[rx]|(?:^|,)[ugoa]*=(?:,|$)|^0*[0-7]?[0246][0246][0246]$", mode)
    gives_root = re.search(r"[ug]?\+\w*s|^[246]\d{3}$", mode)
    for path in paths:
        if gives_root:
            scene.add("cap.admin", 0.8, call.text, path)
        control = scene.find_path(path) if is_known(path) else None
        if takes or (control is not None and control.exact):
            if control is not None and control.role == "credentials" and not control.exact:
                continue
            touch(scene, "disable", path, call.text)
        elif control is not None and control.role in ("credentials", "rights") and re.search(r"o\+|a\+|[2367]$", mode):
            scene.add("cap.admin", 0.5, call.text, path, control)
    return ""


def _attributes(call: Invocation, scene: Scene) -> str:
    """``chattr`` and ``setfacl``: what may no longer be changed, or may be again."""
    signs = next((word for word in call.args if re.fullmatch(r"[-+=][a-zA-Z]+", word)), "")
    for path in [word for word in call.args if word != signs and not word.startswith("-")]:
        if call.name == "chattr" and signs[:1] == "+" and "i" in signs:
            scene.add("self.persist", 0.4, f"{call.text}: can no longer be removed", path)
        touch(scene, "disable", path, call.text)
    return ""


def _owner(call: Invocation, scene: Scene) -> str:
    for path in _plain(call)[1:]:
        control = scene.find_path(path) if is_known(path) else None
        if control is not None and control.role != "credentials":
            touch(scene, "disable", path, call.text)
    return ""


def _look(call: Invocation, scene: Scene) -> str:
    paths = _plain(call)
    for path in paths:
        touch(scene, "list", path, call.text)
    return unknown(f"ls:{' '.join(paths)}")


def _search(call: Invocation, scene: Scene) -> str:
    """``grep``: reads the files after its pattern; through a pipe it picks from what another program says."""
    words = _plain(call)
    if not (call.has("-e", "-f") or call.value("--regexp")):
        pattern, words = (words[0] if words else ""), words[1:]
    else:
        pattern = call.value("-e", "--regexp")
    for path in words:
        touch(scene, "read", path, call.text)
    if not words and call.stdin:
        if is_known(call.stdin):
            return _lines_with(call, pattern)
        kind = call.stdin[1:].partition(":")[0].partition("\ue001")[0]
        if kind == "cron" and call.has("-v"):
            return unknown(f"cron:{pattern}")
        return (
            unknown(f"{'pid' if kind in ('ps', 'pid') else kind or 'grep'}:{pattern}")
            if "-v" not in call.args
            else call.stdin
        )
    if _SECRET.search(pattern) and (
        not words or any(path in ("/", "~", "/home", "/etc") or path.startswith("~") for path in words)
    ):
        scene.add("credential.file", 0.5, call.text, pattern)
    if _SECRETS.search(pattern) and any(_EVERYWHERE.match(path) for path in words):
        scene.add("credential.file", 0.7, f"{call.text}: looks for secrets everywhere", pattern)
    return unknown(f"grep:{' '.join(words)}")


def _lines_with(call: Invocation, pattern: str) -> str:
    """The lines of a known text that hold a plain pattern; all of them where the pattern is none."""
    plain = re.sub(r"[\\^$]|\[(.)\]", lambda match: match[1] or "", pattern)
    turned = call.has("-v")
    lines = [line for line in call.stdin.splitlines() if (plain.lower() in line.lower()) is not turned]
    return "".join(line + "\n" for line in lines) or call.stdin


def _find(call: Invocation, scene: Scene) -> str:
    """``find``: where it looks, what it looks for, and what it does with what it finds."""
    args = call.args
    first = next((at for at, word in enumerate(args) if word.startswith("-") or word in ("(", "!", "\\(")), len(args))
    places = list(args[:first]) or ["."]
    names = [args[at + 1] for at, word in enumerate(args[:-1]) if _NAMED.fullmatch(word)]
    found = [f"{place.rstrip('/')}/{name.lstrip('/')}" for place in places for name in names] or places
    for at, word in enumerate(args):
        if word == "-delete":
            for path in found:
                touch(scene, "delete", path, call.text)
        elif word in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((to for to in range(at + 1, len(args)) if args[to] in (";", "\\;", "+")), len(args))
            for path in found[:8]:
                scene.run([part.replace("{}", path) for part in args[at + 1 : end]])
        elif word in ("-fprint", "-fls") and at + 1 < len(args):
            touch(scene, "write", args[at + 1], call.text)
    for name in names:
        control = scene.find_path(name)
        if control is not None and control.role in ("credentials", "stop", "monitor", "evaluation"):
            scene.add("data.probe", 0.5, call.text, name, control if not control.exact else None)
    return unknown(f"find:{' '.join(found[:6])}")


def _archive(call: Invocation, scene: Scene) -> str:
    """``tar`` and ``zip``: what goes in is copied, what is the archive is written."""
    words = call.plain(("-C", "--directory", "--exclude"))
    first = call.args[0] if call.args else ""
    creates = call.name == "zip" or call.has("--create") or re.match(r"-?[a-z]*c", first)
    if not creates:
        target = call.value("-C", "--directory", "-d")
        if target:
            touch(scene, "write", target, call.text)
        return unknown("file")
    words = words if first.startswith("-") else words[1:]
    packed = (
        words[1:]
        if (call.has("-f") or "f" in first or call.name == "zip") and call.value("-f") not in ("", *words[1:])
        else words
    )
    away = any(is_away(word) for word in words)
    for path in packed:
        control = scene.find_path(path) if is_known(path) else None
        if control is not None:
            copied_control(scene, path, control, call.text, away=away)
    return unknown(f"file:{' '.join(packed[:4])}")


def _print(call: Invocation, scene: Scene) -> str:
    del scene
    return filtered(call, "") or ""


FILES: dict[str, Handler] = {
    **dict.fromkeys("rm unlink rmdir srm trash trash-put del erase".split(), _remove),
    **dict.fromkeys("cat less more head tail bat nl tac strings od hexdump view zless".split(), _show),
    **dict.fromkeys(
        """
        base64 base32 xxd gunzip zcat gzip pigz openssl tr rot13 caesar rev cut sort uniq paste fold column pv dos2unix
        envsubst perl-filter
        """.split(),
        _filter,
    ),
    **dict.fromkeys("grep egrep fgrep rg ag ack zgrep".split(), _search),
    **dict.fromkeys("ls stat tree file du dir lsattr getfacl wc readlink realpath".split(), _look),
    **dict.fromkeys("chown chgrp".split(), _owner),
    **dict.fromkeys("chattr setfacl".split(), _attributes),
    **dict.fromkeys("mkfs mkfs.ext4 mkfs.xfs wipefs blkdiscard mkswap".split(), _format),
    **dict.fromkeys("tar zip 7z cpio".split(), _archive),
    **dict.fromkeys("cp install".split(), _copy),
    "mv": _move,
    "ln": _link,
    "tee": _tee,
    "sponge": _soak,
    **dict.fromkeys("truncate nano emacs".split(), _write),
    "touch": _touch,
    "dd": _disk,
    **dict.fromkeys("shred wipe".split(), _shred),
    "chmod": _mode,
    **dict.fromkeys("find fd".split(), _find),
    "sed": _sed,
    **dict.fromkeys("echo printf".split(), _print),
    **dict.fromkeys("mkdir mkfifo".split(), _make),
}
