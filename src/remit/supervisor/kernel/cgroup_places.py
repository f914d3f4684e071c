"""Where on this host a cgroup could be made, read from ``/proc/self/mountinfo`` and ``/proc/self/cgroup``.

Pure: the two texts arrive as arguments. Places are in the order to try them: this process's own cgroup first, then its
ancestors up to the mount, because what was delegated lies deepest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["Places", "places_of", "read_places"]

CONTROLLERS = ("memory", "pids")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders a cgroup could be made in: of the unified hierarchy (v2), and of v1 controllers by controller."""

    unified: tuple[Path, ...]
    legacy: tuple[tuple[str, tuple[Path, ...]], ...] = ()

    def of(self, controller: str) -> tuple[Path, ...]:
        """The v1 folders of one controller, none where it is not mounted as v1."""
        return dict(self.legacy).get(controller, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mounted:
    """One line of mountinfo that shows a cgroup file system."""

    root: str
    point: Path
    kind: str
    options: frozenset[str]


def read_places() -> Places:
    """The places of this process; none where ``/proc`` cannot be read."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        membership = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return Places(unified=())
    return places_of(mounts, membership)


def places_of(mountinfo: str, membership: str) -> Places:
    """Find the places in the text of ``/proc/self/mountinfo`` and of ``/proc/self/cgroup``."""
    mounted = tuple(_mounts(mountinfo))
    own = dict(_memberships(membership))
    unified = [path for mount in mounted if mount.kind == "cgroup2" for path in _upwards(mount, own.get("", "/"))]
    legacy = []
    for name in CONTROLLERS:
        holders = [mount for mount in mounted if mount.kind == "cgroup" and name in mount.options]
        legacy.append((name, tuple(path for mount in holders for path in _upwards(mount, own.get(name, "/")))))
    return Places(unified=tuple(dict.fromkeys(unified)), legacy=tuple(entry for entry in legacy if entry[1]))


def _mounts(mountinfo: str) -> Iterable[_Mounted]:
    """The cgroup mounts of a mountinfo text (``man 5 proc_pid_mountinfo``)."""
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        left, right = before.split(" "), after.split(" ")
        if separator and len(left) >= 5 and len(right) >= 3 and right[0] in ("cgroup", "cgroup2"):
            options = frozenset(right[2].split(","))
            yield _Mounted(root=_plain(left[3]), point=Path(_plain(left[4])), kind=right[0], options=options)


def _memberships(text: str) -> Iterable[tuple[str, str]]:
    """Controller and own path, one pair a controller; the unified hierarchy's controller is ``""``."""
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if number == "0" and not names:
            yield "", path
        else:
            yield from ((name, path) for name in names.split(","))


def _upwards(mount: _Mounted, own: str) -> Iterable[Path]:
    """The folder of a process whose path in the hierarchy is ``own``, then its ancestors up to the mount point."""
    inside = PurePosixPath(own)
    root = PurePosixPath(mount.root)
    reachable = ".." not in inside.parts and inside.is_relative_to(root)
    relative = inside.relative_to(root) if reachable else PurePosixPath()
    return [mount.point / step for step in (relative, *relative.parents)]


def _plain(escaped: str) -> str:
    r"""A path of mountinfo without its escapes: ``\040`` is a space."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), escaped)
