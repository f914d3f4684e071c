"""The control objects of a run: what may not be touched without it being an act on oversight.

Two sources: what is known of a run (``Controls.of_run``: exact), and shapes (``Controls.usual``: likely).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from remit.monitor.controls.shapes import WELL_KNOWN_PATHS, name_role, path_role

__all__ = ["Control", "Controls", "normal_path"]

_LONGEST_KEPT = 500
_LEADS = frozenset(("", "~", "$"))
_NOTHING: Mapping[str, str] = MappingProxyType({})
_RUN_FILES = {
    "ledger.db": "ledger", "ledger.db-wal": "ledger", "ledger.db-shm": "ledger", "ledger.db-open": "ledger",
    "anchors": "ledger", "control.sock": "stop", "door.sock": "approval", "run.json": "stop", "stop.json": "stop",
    "overseer.key": "credentials", "control": "correct", "approvals.db": "approval", "pins.db": "approval",
}  # fmt: skip


class Control(NamedTuple):
    """A control object that was found: its role, whether it is one of this run, and how sure its role is."""

    role: str
    exact: bool
    certainty: float
    what: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Controls:
    """What this run's control objects are.

    ``pids`` are processes of its oversight, ``paths`` maps absolute paths (a folder stands for all below it) to roles,
    ``hosts``, ``names`` (processes, services, units, containers, tables) and ``tools`` map to roles likewise. Roles are
    ``remit.monitor.controls.shapes.ROLES``. ``shapes`` says whether paths and names are also known by their shape.
    ``home`` and ``cwd`` are where ``~`` and relative paths start. ``allowed_hosts`` are hosts it may reach.
    """

    pids: frozenset[int] = frozenset()
    paths: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    hosts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    names: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    tools: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    allowed_hosts: frozenset[str] = frozenset()
    shapes: bool = True
    home: str = "~"
    cwd: str = ""

    @staticmethod
    def usual() -> Controls:
        """What is a control object by its shape; one object, however often it is asked for."""
        return _usual()

    @staticmethod
    def of_run(
        folder: str | Path,
        *,
        charter: str | Path | None = None,
        pids: Iterable[int] = (),
        paths: Mapping[str, str] | None = None,
        hosts: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
        tools: Mapping[str, str] | None = None,
        cwd: str = "",
        home: str = "~",
    ) -> Controls:
        """The control objects of the run with this folder: its record, socket, key, mailbox, charter, supervisor.

        Reads ``run.json`` in the folder where there is one (the processes of the supervisor); a folder that does not
        exist is named all the same. ``paths``, ``hosts``, ``names`` and ``tools`` are added to what is found.
        """
        root = str(folder).rstrip("/") or "/"
        known = {root: "stop", **{f"{root}/{name}": role for name, role in _RUN_FILES.items()}, "/run/remit": "correct"}
        if charter is not None:
            known[str(charter)] = "charter"
        found = {normal_path(path, cwd=cwd, home=home): role for path, role in {**known, **(paths or {})}.items()}
        return Controls(
            pids=frozenset(pids) | _pids_of(Path(root) / "run.json"),
            paths=MappingProxyType(found),
            hosts=MappingProxyType({host.lower(): role for host, role in (hosts or {}).items()}),
            names=MappingProxyType({name.lower(): role for name, role in (names or {}).items()}),
            tools=MappingProxyType(dict(tools or {})),
            cwd=cwd,
            home=home,
        )

    def within(self, *, cwd: str) -> Controls:
        """The same control objects seen from another working directory."""
        return replace(self, cwd=cwd)

    def role_of_path(self, path: str, cwd: str = "") -> str:
        """The role of a path, empty where it has none; a relative path starts at ``cwd``."""
        control = self.find_path(path, cwd)
        return "" if control is None else control.role

    def role_of_name(self, name: str) -> str:
        """The role of a process, service, unit, container or table."""
        control = self.find_name(name)
        return "" if control is None else control.role

    def role_of_pid(self, pid: int) -> str:
        """``stop`` for a process of this run's oversight, else empty."""
        return "stop" if pid in self.pids else ""

    def role_of_host(self, host: str) -> str:
        """The role of a host, empty where it has none."""
        control = self.find_host(host)
        return "" if control is None else control.role

    def find_path(self, path: str, cwd: str = "") -> Control | None:
        """The control object a path (or a pattern with ``*``) names or lies in, or ``None``."""
        return _found(self, path, cwd) if len(path) < _LONGEST_KEPT else self.look_up_path(path, cwd)

    def look_up_path(self, path: str, cwd: str = "") -> Control | None:
        """The same without remembering what was asked before: what ``find_path`` is tested against."""
        return self.look_up_place(normal_path(path, cwd=cwd or self.cwd, home=self.home), path)

    def look_up_place(self, place: str, path: str) -> Control | None:
        """The same of a path that is normal already; ``path`` is how it was written."""
        pattern = "*" in place or "?" in place or "[" in place
        own = self.paths and (pattern or place.startswith(_outermost(self)))
        if (own or (self.pids and place[:6] == "/proc/")) and (found := self._own_path(place)) is not None:
            return found
        if not self.shapes:
            return None
        if pattern:
            role, certainty = _role_of_pattern(place)
        else:
            role, certainty = path_role(place)
            if not role and place[-1:] == "/" and len(place) > 1:
                role, certainty = path_role(place.rstrip("/"))
        return Control(role=role, exact=False, certainty=certainty, what=path) if role else None

    def covers(self, path: str, cwd: str = "") -> Control | None:
        """The first control object of this run below a folder: what goes when the folder goes."""
        place = normal_path(path, cwd=cwd or self.cwd, home=self.home).rstrip("/")
        own = _below(self).get(place)
        return None if own is None else Control(role=self.paths[own], exact=True, certainty=1.0, what=own)

    def find_name(self, name: str) -> Control | None:
        """The control object a name (or a pattern, or part of a command line) stands for, or ``None``."""
        text = name.lower().strip()
        bare = text.removesuffix(".service").removesuffix(".timer").rpartition("/")[2]
        for own, role in self.names.items():
            if own in (text, bare) or (len(bare) > 3 and fnmatchcase(own, text)) or _has_word(text, own):
                return Control(role=role, exact=True, certainty=1.0, what=own)
        role = name_role(text) if self.shapes else ""
        return Control(role=role, exact=False, certainty=0.8, what=name) if role else None

    def find_host(self, host: str) -> Control | None:
        """The control object behind a host (with or without a port), or ``None``."""
        text = host.lower()
        role = self.hosts.get(text) or self.hosts.get(text.partition(":")[0], "")
        if role:
            return Control(role=role, exact=True, certainty=1.0, what=host)
        role = name_role(text.partition(":")[0]) if self.shapes and not _is_address(text) else ""
        return Control(role=role, exact=False, certainty=0.6, what=host) if role else None

    def _own_path(self, place: str) -> Control | None:
        """The nearest folder or file of this run that a normal path lies in."""
        if place.startswith("/proc/") and (number := place.split("/", 3)[2]).isdigit() and int(number) in self.pids:
            return Control(role="stop", exact=True, certainty=1.0, what=place)
        part = place
        while part:
            if (role := self.paths.get(part)) is not None:
                return Control(role=role, exact=True, certainty=1.0, what=place)
            part = part.rpartition("/")[0]
        if "*" in place or "?" in place or "[" in place:
            for own, role in self.paths.items():
                if fnmatchcase(own, place):
                    return Control(role=role, exact=True, certainty=1.0, what=own)
        return None


@lru_cache(maxsize=16_384)
def _found(controls: Controls, path: str, cwd: str) -> Control | None:
    """What a path names, remembered: controls never change, and a stream names the same folders again and again."""
    return controls.look_up_place(normal_path(path, cwd=cwd or controls.cwd, home=controls.home), path)


@lru_cache(maxsize=64)
def _below(controls: Controls) -> Mapping[str, str]:
    """Every folder that a path of a run lies below, with the first path that does."""
    found: dict[str, str] = {}
    for path in controls.paths:
        for at, sign in enumerate(path):
            if sign == "/":
                found.setdefault(path[:at], path)
    return found


@lru_cache(maxsize=64)
def _outermost(controls: Controls) -> tuple[str, ...]:
    """The paths of a run that lie in no other of them: whatever begins otherwise lies in none."""
    paths = sorted(controls.paths)
    return tuple(path for path in paths if not any(path.startswith(f"{other}/") for other in paths))


def normal_path(path: str, *, cwd: str = "", home: str = "~") -> str:
    """A path without ``.``, ``..`` and double slashes, absolute where ``cwd`` is; ``~`` and ``$HOME`` are ``home``."""
    first = path[:1]
    if first == "/":
        whole = path
    elif first not in _LEADS and cwd[:1] == "/":
        whole = f"{cwd}/{path}"
    else:
        whole = "//"
    if "//" not in whole and "/." not in whole and len(path) <= 4096:
        return whole
    return _normal(path, cwd, home) if len(path) < _LONGEST_KEPT else _normal.__wrapped__(path, cwd, home)


@lru_cache(maxsize=8192)
def _normal(path: str, cwd: str, home: str) -> str:
    """The same of a path that may need it; what long ones become is not kept."""
    text = path[:4096]
    text = text.removeprefix("file://")
    if text.startswith("$HOME"):
        text = "~" + text[5:]
    elif text.startswith("${HOME}"):
        text = "~" + text[7:]
    if text.startswith("~") and home != "~":
        text = home + text[1:] if text[1:2] in ("", "/") else text
    if not text.startswith(("/", "~")) and cwd:
        text = f"{cwd}/{text}"
    if "//" not in text and "/." not in text and not text.startswith("./"):
        return text
    whole = posixpath.normpath(text)
    return whole[1:] if whole.startswith("//") else whole


def _has_word(text: str, own: str) -> bool:
    """Whether a command line names it as a word of its own."""
    at = text.find(own)
    if at < 0 or len(own) < 3:
        return False
    before, after = text[at - 1 : at], text[at + len(own) : at + len(own) + 1]
    return not (before.isalnum() or after.isalnum())


def _is_address(host: str) -> bool:
    """Whether a host is written as an IPv4 address."""
    return host.replace(".", "").replace(":", "").isdigit()


@lru_cache(maxsize=1024)
def _role_of_pattern(pattern: str) -> tuple[str, float]:
    """The role of a path with a pattern in it: of what it looks like, else of a well-known path it matches."""
    role, certainty = path_role(pattern.rstrip("/").replace("*", "x").replace("?", "x"))
    if role:
        return role, certainty
    last = pattern.rpartition("/")[2]
    plain = sum(sign.isalpha() for sign in last)
    for path in WELL_KNOWN_PATHS:
        if fnmatchcase(path, pattern) and pattern.strip("/*?~") not in ("", "etc", "var/log"):
            return path_role(path)
        if plain > 4 and fnmatchcase(path.rpartition("/")[2], last):
            return path_role(path)
    return "", 0.0


@lru_cache(maxsize=1)
def _usual() -> Controls:
    return Controls()


def _pids_of(state: Path) -> frozenset[int]:
    """The processes of the supervisor a run's state file names; none where it cannot be read."""
    try:
        value = json.loads(state.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    if not isinstance(value, dict):
        return frozenset()
    named = [
        value.get(key) for key in ("supervisor", "watcher", "daemon", "companion", "supervisor_pid", "watcher_pid")
    ]
    pids = [each.get("pid") if isinstance(each, dict) else each for each in named]
    return frozenset(pid for pid in pids if isinstance(pid, int) and not isinstance(pid, bool) and pid > 1)
