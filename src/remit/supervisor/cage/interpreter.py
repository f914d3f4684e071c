"""Which program a command runs, and what of the file system that program needs besides the system's own folders."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from remit.errors import SupervisorError

__all__ = ["SYSTEM", "Program", "is_below", "links_on_the_way", "program_of"]

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
DEEPEST_LINK = 40  # as many links as the kernel follows
INTERPRETERS_OF_INTERPRETERS = 5  # as many as the kernel follows: a script may be the interpreter of a script


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program of a command: ``path`` is what is executed, ``needs`` what it needs, ``folders`` belong on PATH."""

    path: str
    needs: tuple[str, ...]
    folders: tuple[str, ...]


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it; both are absolute and have no dots in them."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def links_on_the_way(path: str) -> Iterator[tuple[str, str]]:
    """Every symbolic link that is followed to reach a path: where it stands (itself without links) and its text."""
    parts = [part for part in path.split("/") if part]
    place, followed = "/", 0
    while parts:
        part = parts.pop(0)
        if part in {".", ".."}:
            place = str(Path(place).parent) if part == ".." else place
            continue
        here = str(Path(place, part))
        if not Path(here).is_symlink() or followed >= DEEPEST_LINK:
            place = here
            continue
        followed += 1
        text = str(Path(here).readlink())
        yield here, text
        parts = [step for step in text.split("/") if step] + parts
        place = "/" if text.startswith("/") else place


def program_of(command: tuple[str, ...], *, folder: str, path: str) -> Program:
    """Find a command's program as a shell would from ``folder`` with ``path`` as PATH, and everything it stands on.

    That is: its own file, its interpreter (``#!``), and the prefix (virtual environment, installation) of each.
    Raises ``SupervisorError`` with the code ``supervisor.command-not-found``.
    """
    if not command or not command[0]:
        raise SupervisorError("there is no command to run", code="supervisor.command-not-found")
    found = _find(command[0], folder, path)
    needs: list[str] = []
    folders: list[str] = []
    current: str | None = found
    for _ in range(INTERPRETERS_OF_INTERPRETERS):
        if current is None:
            break
        needs.extend(_needs_of(current))
        if not any(is_below(current, system) for system in SYSTEM):
            folders.append(str(Path(current).parent))
        current = _interpreter_of(current, folder, path)
    return Program(path=found, needs=tuple(dict.fromkeys(needs)), folders=tuple(dict.fromkeys(folders)))


def _find(name: str, folder: str, path: str) -> str:
    """Find an executable file."""
    if "/" in name:
        candidates = [str(Path(folder, name))]
    else:
        candidates = [str(Path(folder, place, name)) for place in path.split(":")]
    found = next((os.path.normpath(candidate) for candidate in candidates if _is_executable(candidate)), None)
    if found is not None:
        return found
    there = [candidate for candidate in candidates if Path(candidate).exists()]
    hint = f"`chmod +x {there[0]}`, or name its interpreter" if there else f"looked at {', '.join(candidates)}"
    reason = "is not an executable file" if there else "was not found"
    raise SupervisorError(f"the command `{name}` {reason}", code="supervisor.command-not-found", hint=hint)


def _is_executable(path: str) -> bool:
    """Whether a path is a regular file with an executable bit."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def _interpreter_of(program: str, folder: str, path: str) -> str | None:
    """The interpreter a script names in its first line, ``None`` for anything else; ``env`` is looked through."""
    try:
        with Path(program).open("rb") as script:
            line = script.readline(256)
    except OSError:
        return None
    words = line[2:].decode(errors="replace").split() if line.startswith(b"#!") else []
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if not words:
        return None
    return _find(words[0], folder, path)


def _needs_of(executable: str) -> Iterator[str]:
    """What an executable needs that is no system folder: prefixes where there are some, else the file itself."""
    real = os.path.realpath(executable)
    places = [executable, *(place for place, _ in links_on_the_way(executable)), real]
    for place in places:
        settings = Path(place).parent.parent / "pyvenv.cfg"
        if settings.is_file():
            yield str(settings.parent.resolve())
            yield from _home_of(settings)
    if any(is_below(real, system) for system in SYSTEM):
        return
    prefix = Path(real).parent.parent
    own = Path(real).parent.name == "bin" and (prefix / "lib").is_dir()
    own = own or Path(real).parent.name == "shims"  # of a version manager: it looks for the program in its own folders
    yield str(prefix) if own and not _is_personal(str(prefix)) else real


def _home_of(settings: Path) -> Iterator[str]:
    """The installation a virtual environment was made from, when it is no system folder."""
    with settings.open(encoding="utf-8", errors="replace") as lines:
        pairs = [line.partition("=") for line in lines]
    for key, _, value in pairs:
        home = value.strip()
        if key.strip() != "home" or not home.startswith("/"):
            continue
        prefix = str(Path(home).resolve().parent)
        system = any(is_below(prefix, folder) for folder in SYSTEM)
        if not system and not _is_personal(prefix) and _is_installation(prefix):
            yield prefix


def _is_installation(prefix: str) -> bool:
    """Whether a prefix holds a Python: an agent may have written the settings, and is not shown any folder it likes."""
    try:
        return any(entry.name.startswith("python3") for entry in Path(prefix, "lib").iterdir())
    except OSError:
        return False


def _is_personal(prefix: str) -> bool:
    """Whether a prefix is somebody's own folder, with much more in it than a program: a home, or its ``.local``."""
    homes = {account.pw_dir for account in pwd.getpwall()} | {os.path.expanduser("~")}  # noqa: PTH111 (a text)
    above = {"/", "/root", "/home", *homes}
    return prefix in above or str(Path(prefix).parent) == "/home" or prefix.endswith("/.local")
