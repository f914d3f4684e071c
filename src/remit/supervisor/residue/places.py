"""Places on disk where something an agent leaves behind would run or be read later, and a bounded look at them.

A place is walked without following a symbolic link and without opening a file: what lies there was chosen by somebody
who may want the walk to hang. Every bound that cut the walk short is said, because a place nobody looked at is not
clean.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path

from remit.confinement import Confinement

__all__ = ["Listing", "Place", "Seen", "look", "places_of", "printable"]

MOST_ENTRIES = 4000  # of one place

SYSTEM = (
    ("systemd-unit", "etc/systemd/system etc/systemd/user run/systemd/system run/systemd/user", 3),
    ("systemd-unit", "run/systemd/transient run/systemd/generator run/systemd/generator.early", 3),
    ("systemd-unit", "run/systemd/generator.late usr/local/lib/systemd var/lib/systemd/linger", 3),
    ("systemd-unit", "usr/lib/systemd/system usr/lib/systemd/user", 2),
    ("at-job", "var/spool/at var/spool/atjobs var/spool/cron/atjobs", 2),
    ("cron", "etc/crontab etc/anacrontab etc/cron.d etc/cron.hourly etc/cron.daily etc/cron.weekly", 1),
    ("cron", "etc/cron.monthly var/spool/cron", 2),
    ("start-up", "etc/profile etc/profile.d etc/bash.bashrc etc/environment etc/rc.local etc/init.d", 1),
    ("start-up", "etc/ld.so.preload etc/ld.so.conf.d etc/xdg/autostart etc/udev/rules.d run/udev/rules.d", 1),
    ("start-up", "etc/sudoers etc/sudoers.d etc/pam.d etc/modules-load.d etc/apt/apt.conf.d", 1),
)
SHARED = ("dev/shm", "tmp", "var/tmp")
HOME = (
    ("systemd-unit", ".config/systemd .local/share/systemd", 4),
    ("ssh", ".ssh", 2),
    ("start-up", ".config/autostart .config/environment.d .config/fish .config/git .local/bin .local/share/dbus-1", 3),
    ("agent-instructions", ".claude .codex .gemini .cursor .config/opencode .config/goose", 2),
    ("file", ".config", 3),
)
HOOKS = ".git/config .git/hooks .git/info .husky .pre-commit-config.yaml .envrc .vscode"
INSTRUCTIONS = tuple(
    (
        "AGENTS.md AGENT.md CLAUDE.md CLAUDE.local.md GEMINI.md copilot-instructions.md CONVENTIONS.md "
        ".cursorrules .clinerules .windsurfrules .goosehints .mcp.json mcp.json"
    ).split()
)
INSTRUCTION_FOLDERS = ".claude .codex .gemini .cursor .clinerules .windsurf .continue .roo .github/instructions"
UNREAD = frozenset("node_modules .git __pycache__ .venv venv".split())  # never walked in search of a name
PYTHON = ("*.pth", "sitecustomize.py", "usercustomize.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file, or a folder down to ``depth`` levels of entries, of which ``names`` (shell patterns) are looked at.

    ``marked``: only set-user-id and set-group-id files count.
    """

    kind: str
    path: str
    depth: int = 1
    names: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file as it was seen: the kind of its place, the time of its last change in ns, its owner's number."""

    kind: str
    changed: int
    owner: int


@dataclass(slots=True, kw_only=True)
class Listing:
    """What a look found: ``files`` by path, the places looked at in ``whole``, and in ``cut`` what was left out."""

    files: dict[str, Seen] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    cut: dict[str, str] = field(default_factory=dict)


def printable(text: str) -> str:
    """A name as it can be shown and kept as JSON: control characters and broken bytes are spelled out."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in safe)


def places_of(
    confinement: Confinement, command: tuple[str, ...] = (), *, root: str = "/", homes: Iterable[str] | None = None
) -> tuple[Place, ...]:
    """The places to look at, the small and telling ones first, whole trees last: a cut hits the least telling.

    ``root`` is where the system's places are found, ``homes`` the home folders (of this user and of the account the
    agent runs as, where not given).
    """
    root = os.path.realpath(root)
    homes = tuple(dict.fromkeys(map(os.path.realpath, _homes(confinement) if homes is None else homes)))
    workspaces = tuple(dict.fromkeys(map(os.path.realpath, (confinement.folder, *confinement.write))))
    listed = [place for base in workspaces for place in _in_workspace(base)]
    listed += [place for prefix in _prefixes(confinement.folder, command) for place in _in_prefix(prefix)]
    listed += [Place(kind="start-up", path=home, depth=1, names=(".*",)) for home in homes]
    listed += [place for home in homes for place in _table(home, HOME)]
    listed += _table(root, SYSTEM)
    user = str(Path(root, "run/user", str(os.getuid()), "systemd"))
    listed.append(Place(kind="systemd-unit", path=user, depth=3))
    listed += [Place(kind="file", path=str(Path(root, name)), depth=3) for name in SHARED]
    listed += [Place(kind="agent-instructions", path=base, depth=3, names=INSTRUCTIONS) for base in workspaces]
    listed.append(Place(kind="file", path=str(Path(root, "etc")), depth=6))
    listed += [Place(kind="set-user-id", path=base, depth=6, marked=True) for base in workspaces]
    return tuple(listed)


def _table(base: str, rows: Iterable[tuple[str, str, int]]) -> list[Place]:
    """The rows of a table as places below a folder."""
    return [
        Place(kind=kind, path=str(Path(base, name)), depth=depth)
        for kind, names, depth in rows
        for name in names.split()
    ]


def _homes(confinement: Confinement) -> Iterator[str]:
    """The home folders something could be planted in to run again."""
    accounts = {os.getuid(): None}
    if confinement.user is not None:
        with suppress(KeyError):  # no such account: nothing ran as it
            accounts[pwd.getpwnam(confinement.user).pw_uid] = None
    for number in accounts:
        try:
            yield pwd.getpwuid(number).pw_dir
        except KeyError:
            yield os.environ.get("HOME", "/")


def _in_workspace(base: str) -> list[Place]:
    """What inside the folder runs, or is read as an instruction, when the next person or agent works there."""
    hooks = [Place(kind="git-hook", path=str(Path(base, name)), depth=2) for name in HOOKS.split()]
    folders = [
        Place(kind="agent-instructions", path=str(Path(base, name)), depth=3) for name in INSTRUCTION_FOLDERS.split()
    ]
    texts = Place(kind="agent-instructions", path=base, depth=1, names=INSTRUCTIONS)
    environments = [place for name in (".venv", "venv") for place in _in_prefix(str(Path(base, name)))]
    return [*hooks, *folders, *environments, texts]


def _prefixes(folder: str, command: tuple[str, ...]) -> Iterator[str]:
    """The folders the command's own interpreter is installed in: as it was named, and where its links lead."""
    named = Path(folder, command[0]) if command and "/" in command[0] else None
    found = named if named is not None else (shutil.which(command[0]) if command else None)
    if found is not None:
        spellings = (os.path.abspath(found), os.path.realpath(found))  # noqa: PTH100 - a link must stay unresolved
        yield from dict.fromkeys(str(Path(spelling).parent.parent) for spelling in spellings)


def _in_prefix(prefix: str) -> list[Place]:
    """The files Python runs by itself when it starts from this prefix."""
    try:
        libraries = sorted(islice(Path(prefix).glob("lib/python3*"), 4))
    except OSError:  # the look at the folder will say that it cannot be read
        libraries = [Path(prefix, "lib")]
    inside = [library / name for library in libraries for name in ("site-packages", "dist-packages", ".")]
    return [Place(kind="python-start-up", path=str(path), depth=1, names=PYTHON) for path in inside]


def look(
    places: Iterable[Place],
    *,
    ignored: Iterable[str],
    still: Callable[[], bool],
    most: int = MOST_ENTRIES,
) -> Listing:
    """Look at the places in their order, each to ``most`` entries, for as long as ``still`` says there is time.

    ``ignored`` are folders that are the agent's to change, or the supervisor's own. A path counts for the first place
    that holds it.
    """
    listing = Listing()
    inner = tuple(ignored)
    for place in places:
        reason = _look_at(place, listing, inner, still, most) if still() else "there was no time left"
        if reason:
            listing.cut[place.path] = reason
        else:
            listing.whole.add(place.path)
    return listing


def _look_at(place: Place, listing: Listing, ignored: tuple[str, ...], still: Callable[[], bool], most: int) -> str:
    """Add a place's files to the listing; returns why it was not looked at whole, empty when it was."""
    if place.kind == "file" and any(place.path == base or place.path.startswith(base + "/") for base in ignored):
        return ""
    waiting, count, refused, deep = deque([(place.path, 0)]), 0, 0, 0
    while waiting:
        if not still():
            return f"only the first {count} entries were looked at: there was no time left"
        path, level = waiting.popleft()
        if level == place.depth and level > 0:
            deep += 1
            continue
        try:
            entries = _entries(path, most - count) if level or _is_folder(path) else [path]
        except FileNotFoundError:
            continue
        except OSError:
            refused += 1
            continue
        count += len(entries)
        if count >= most:
            list(_take(entries, place, listing, ignored))
            return f"only the first {count} entries were looked at"
        waiting.extend((folder, level + 1) for folder in _take(entries, place, listing, ignored))
    return _left_out(place, refused, deep)


def _entries(path: str, most: int) -> list[str]:
    """At most so many entries of a folder, as paths."""
    with os.scandir(path) as found:
        return [entry.path for entry in islice(found, most)]


def _is_folder(path: str) -> bool:
    """Whether the path itself, not what a link leads to, is a folder."""
    return stat.S_ISDIR(os.lstat(path).st_mode)


def _take(entries: Iterable[str], place: Place, listing: Listing, ignored: tuple[str, ...]) -> Iterator[str]:
    """List the entries the place asks for; yields the folders among them to go on with."""
    for entry in entries:
        name = entry.rpartition("/")[2]
        if (place.kind == "file" and entry in ignored) or (place.names and name in UNREAD):
            continue
        try:
            status = os.lstat(entry)
        except OSError:
            continue  # gone between the two looks
        if stat.S_ISDIR(status.st_mode):
            yield entry
        elif _counts(place, name, status.st_mode):
            seen = Seen(kind=place.kind, changed=status.st_ctime_ns, owner=status.st_uid)
            if place.marked or entry not in listing.files:
                listing.files[entry] = seen


def _counts(place: Place, name: str, mode: int) -> bool:
    """Whether the place asks for a file of that name and mode."""
    if place.marked:
        return stat.S_ISREG(mode) and bool(mode & (stat.S_ISUID | stat.S_ISGID))
    return not place.names or any(fnmatch(name, pattern) for pattern in place.names)


def _left_out(place: Place, refused: int, deep: int) -> str:
    """What a walk that came to its end did not see: folders it may not read, folders below the depth it looks to."""
    reasons = [f"{refused} could not be read"] if refused else []
    if deep and not place.names:
        reasons.append(f"{deep} folders below {place.depth} levels were not looked into")
    return " and ".join(reasons)
