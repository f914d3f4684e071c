"""What an agent sees of the file system: the paths its charter names, what its program needs, and nothing else.

The view is worked out here and built elsewhere: a list of mounts in the order in which they are made. Nothing is
shared that was not asked for; what lies below a shared folder and is nobody's business (keys, the registry of runs) is
covered; what must not change below a writable folder is bound over itself read-only, and the folders that lead to it
are made mount points, because a mount point cannot be renamed away.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.cage.interpreter import SYSTEM, is_below, links_on_the_way, program_of

__all__ = ["CONTROL", "HOME", "KERNEL_FILES", "Kind", "Mount", "View", "existing", "view_of"]

CONTROL = "/run/remit"  # where the agent finds its inbox and outbox
HOME = "/home/agent"
PRIVATE = (("/tmp", 0o1777), ("/var/tmp", 0o1777), ("/run", 0o755), ("/home", 0o755), (HOME, 0o700))  # noqa: S108 - its own
SYSTEM_FILES = (
    "ld.so.cache ld.so.conf ld.so.conf.d ld.so.preload ssl/certs ssl/openssl.cnf ca-certificates pki/tls/certs "
    "pki/ca-trust/extracted crypto-policies alternatives localtime timezone locale.alias mime.types services protocols "
    "magic fonts java-11-openjdk java-17-openjdk java-21-openjdk"
).split()
KERNEL = ("/proc", "/sys", "/dev")
# What root's number alone, without any capability, could change through the kernel's own files.
KERNEL_FILES = ("sys", "sysrq-trigger", "irq", "bus", "fs", "scsi", "acpi", "driver", "dynamic_debug", "mtrr")
TOO_WIDE = ("/", "/home", "/run")  # the view has its own; what is wanted lies below
SECRETS_OF_A_HOME = (
    ".ssh .gnupg .aws .azure .kube .docker .netrc .pypirc .git-credentials .password-store .config/gcloud .config/gh "
    ".config/remit .local/share/keyrings .mozilla .config/google-chrome .config/chromium"
).split()
SECRETS_OF_THE_SYSTEM = (
    "/etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/ssh /etc/sudoers /etc/ssl/private".split()
)
SMALLEST_ROOM = 64 * 2**20  # bytes of a private folder


class Kind(StrEnum):
    """How a place in the view comes about."""

    BIND = "bind"  # a path of the outside
    FOLDER = "folder"  # an empty folder in memory
    FILE = "file"  # a file with the given content, read-only
    LINK = "link"  # a symbolic link with the given text
    PROCESSES = "processes"  # the kernel's view of the agent's own processes
    DEVICES = "devices"  # the few harmless devices


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One place of the view: ``source`` is a path outside (bind) or a text (file, link); sizes are in bytes."""

    kind: Kind
    target: str
    source: str = ""
    writable: bool = False
    mode: int = 0o755
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything an agent sees: ``mounts`` in the order in which they are made.

    ``notes`` tell a reader what was covered. ``program`` is the file to execute, and
    ``folders`` those its PATH should begin with.
    """

    mounts: tuple[Mount, ...]
    notes: tuple[str, ...] = ()
    program: str = ""
    folders: tuple[str, ...] = ()


def view_of(
    confinement: Confinement,
    command: tuple[str, ...],
    *,
    control: str,
    path: str | None = None,
    notices: Mapping[str, str] | None = None,
) -> View:
    """Work out what an agent sees; ``control`` is ``<registry>/<run>/control`` outside, ``path`` the PATH to search.

    ``notices`` are files beside the inbox, by name, with what stands in them; the agent cannot change them. Every path
    is followed to where it really is. Raises ``SupervisorError``: ``supervisor.command-not-found``, or
    ``supervisor.view`` for a listed path that does not exist, cannot be shared, or leads out of a writable folder.
    """
    search = dict(confinement.variables).get("PATH") or path or os.environ.get("PATH") or os.defpath
    program = program_of(command, folder=confinement.folder, path=search)
    listed = {name: _real(name, confinement) for name in (confinement.folder, *confinement.read, *confinement.write)}
    writable = _roots(listed[name] for name in confinement.write)
    there = (name for name in confinement.protected if os.path.lexists(name))  # a charter read from a text has no file
    protected = tuple(_real(name, confinement) for name in there)
    registry = str(Path(control).resolve().parent.parent)
    _refuse_contradictions(writable, protected, registry, listed.values())
    shared = sorted({*listed.values(), *program.needs}, key=_depth)
    covered = _covered(shared, registry, set(listed.values()))
    kept = _kept(writable, protected, covered)
    names = (*listed, program.path, *program.needs)
    mounts = (
        *_base(confinement, names),
        *_shares(shared, writable),
        *kept,
        *(_cover(place) for place in covered),
        *_control(os.path.realpath(control), notices or {}),
    )
    notes = tuple(f"`{place}` lies below a shared folder and is covered" for place in covered)
    return View(mounts=mounts, notes=notes, program=program.path, folders=program.folders)


def _depth(path: str) -> tuple[int, str]:
    """Order paths so that what lies below comes after."""
    return path.count("/"), path


def _roots(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that lie below no other of them."""
    found = sorted(set(paths), key=_depth)
    return tuple(path for path in found if not any(is_below(path, other) and path != other for other in found))


def existing(name: str, confinement: Confinement) -> str:
    """Return the path that is listed under a name; raises ``SupervisorError`` where there is nothing."""
    here = os.path.normpath(f"{confinement.folder}/{name}" if not name.startswith("/") else name)
    if not Path(here).exists():
        hint = "make it, or take it out of the charter's `runtime.filesystem`"
        raise SupervisorError(f"the path `{name}` does not exist", code="supervisor.view", hint=hint)
    return here


def _real(name: str, confinement: Confinement) -> str:
    """Follow a listed path; a link the agent may have laid itself is refused, as is what cannot be shared."""
    here = existing(name, confinement)
    own = [str(Path(confinement.folder, root).resolve()) for root in confinement.write]
    for place, text in links_on_the_way(here):
        laid = next((root for root in own if place != root and is_below(place, root)), None)
        if laid is not None:
            hint = f"the agent can change `{laid}`; name the path `{text}` itself if that is what is meant"
            message = f"the path `{name}` goes through the link `{place}`, which the agent could have laid"
            raise SupervisorError(message, code="supervisor.view", hint=hint)
    real = os.path.realpath(here)
    if real in TOO_WIDE or any(is_below(real, kernel) for kernel in KERNEL):
        hint = "name the folders below it that are needed"
        raise SupervisorError(f"the path `{name}` cannot be shared with an agent", code="supervisor.view", hint=hint)
    return real


def _refuse_contradictions(
    writable: tuple[str, ...], protected: tuple[str, ...], registry: str, listed: Iterable[str]
) -> None:
    """Refuse a writable path below a protected one, a protected file with a second name, and the registry of runs."""
    for path in writable:
        above = next((place for place in protected if is_below(path, place)), None)
        if above is not None:
            message = f"the path `{path}` is to be written and lies in the protected `{above}`"
            raise SupervisorError(message, code="supervisor.view", hint="take one of the two out of the charter")
    for path in protected:
        twice = Path(path).is_file() and Path(path).stat().st_nlink > 1
        if twice and any(is_below(path, place) for place in writable):
            message = f"the protected `{path}` has a second name (a hard link), which the agent could write through"
            hint = "copy it and move the copy over it, so that it has one name"
            raise SupervisorError(message, code="supervisor.view", hint=hint)
    inside = next((path for path in listed if is_below(path, registry)), None)
    if inside is not None:
        message = f"the path `{inside}` lies in the registry of runs, which no agent may see"
        raise SupervisorError(message, code="supervisor.view", hint="keep the agent's files elsewhere")


def _base(confinement: Confinement, names: Iterable[str]) -> Iterator[Mount]:
    """The system, read-only; private folders; and the links that lead to what is shared."""
    for path in SYSTEM:
        if Path(path).is_symlink():
            yield Mount(kind=Kind.LINK, target=path, source=str(Path(path).readlink()))
        elif Path(path).is_dir():
            yield Mount(kind=Kind.BIND, target=path, source=path)
    yield from _system_files(confinement.user)
    room = max(SMALLEST_ROOM, confinement.memory or 2**30)
    yield Mount(kind=Kind.PROCESSES, target="/proc")
    yield Mount(kind=Kind.DEVICES, target="/dev", size=room)
    for path, mode in PRIVATE:
        yield Mount(kind=Kind.FOLDER, target=path, writable=True, mode=mode, size=room)
    links = {place: text for name in names for place, text in links_on_the_way(name)}
    there = (*SYSTEM, *KERNEL, *(f"/etc/{name}" for name in SYSTEM_FILES))
    for place, text in sorted(links.items(), key=lambda link: _depth(link[0])):
        if not any(is_below(place, path) for path in there):
            yield Mount(kind=Kind.LINK, target=place, source=text)


def _system_files(user: str | None) -> Iterator[Mount]:
    """The few files of ``/etc`` that programs need; accounts are reduced to the agent's own."""
    for name in SYSTEM_FILES:
        path = f"/etc/{name}"
        if Path(path).is_symlink():
            yield Mount(kind=Kind.LINK, target=path, source=str(Path(path).readlink()))
        elif Path(path).exists():
            yield Mount(kind=Kind.BIND, target=path, source=path)
    accounts, groups = _accounts(user)
    contents = {
        "passwd": accounts,
        "group": groups,
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "hostname": "agent\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
    }
    for name, text in contents.items():
        yield Mount(kind=Kind.FILE, target=f"/etc/{name}", source=text)


def _accounts(user: str | None) -> tuple[str, str]:
    """The account files of the view: the agent's own account and ``nobody``."""
    try:
        account = pwd.getpwnam(user) if user is not None else None
    except KeyError:
        raise SupervisorError(f"there is no account `{user}`", code="supervisor.view") from None
    number, group = (account.pw_uid, account.pw_gid) if account else (os.getuid(), os.getgid())
    people, sets = f"agent:x:{number}:{group}:agent:{HOME}:/bin/sh\n", f"agent:x:{group}:\n"
    nobody = 65534
    if number != nobody:
        people += "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    return people, sets if group == nobody else sets + "nogroup:x:65534:\n"


def _shares(shared: Iterable[str], writable: tuple[str, ...]) -> Iterator[Mount]:
    """Bind what is shared; what lies in a folder that is bound already, and in the same way, needs no bind."""
    bound: list[tuple[str, bool]] = [(path, False) for path in SYSTEM if not Path(path).is_symlink()]
    for path in shared:
        changes = any(is_below(path, root) for root in writable)
        above = [way for place, way in bound if is_below(path, place)]
        if above and above[-1] is changes:
            continue
        bound.append((path, changes))
        yield Mount(kind=Kind.BIND, target=path, source=path, writable=changes)


def _kept(writable: tuple[str, ...], protected: tuple[str, ...], covered: tuple[str, ...]) -> Iterator[Mount]:
    """Bind the protected paths read-only over themselves, after pinning every folder between them and their root."""
    pinned: set[str] = set()
    for path in (*protected, *covered):
        root = next((root for root in writable if path != root and is_below(path, root)), None)
        folder = str(Path(path).parent)
        while root is not None and folder != root:
            pinned.add(folder)
            folder = str(Path(folder).parent)
    for folder in sorted(pinned, key=_depth):
        yield Mount(kind=Kind.BIND, target=folder, source=folder, writable=True)
    for path in sorted(protected, key=_depth):
        if any(is_below(path, root) for root in writable):
            yield Mount(kind=Kind.BIND, target=path, source=path)


def _covered(shared: Iterable[str], registry: str, listed: set[str]) -> tuple[str, ...]:
    """Everything secret that lies below a shared folder and was not asked for by name."""
    shares = list(shared)
    homes = {str(Path("~").expanduser().resolve()), "/root", *shares}
    secrets = (f"{home}/{name}" for home in homes for name in SECRETS_OF_A_HOME)
    places = [registry, *SECRETS_OF_THE_SYSTEM, *secrets]
    found = (
        place
        for place in places
        if any(is_below(place, share) and place != share for share in shares)
        and Path(place).exists()
        and not any(is_below(name, place) for name in listed)
    )
    return _roots(os.path.realpath(place) for place in found)


def _cover(place: str) -> Mount:
    """Put an empty folder or an empty file over a place."""
    if Path(place).is_dir():
        return Mount(kind=Kind.FOLDER, target=place, mode=0o500, size=4096)
    return Mount(kind=Kind.FILE, target=place)


def _control(control: str, notices: Mapping[str, str]) -> Iterator[Mount]:
    """The way between overseer and agent: an inbox and notices it can read and an outbox it can write.

    Their folder is a mount of its own, so that no process in the cage can rename it and put a forged inbox there.
    """
    yield Mount(kind=Kind.FOLDER, target=CONTROL, writable=True, size=2**16)
    for name, writable in (("inbox", False), ("outbox", True)):
        yield Mount(kind=Kind.BIND, target=f"{CONTROL}/{name}", source=f"{control}/{name}", writable=writable)
    for name, text in notices.items():
        yield Mount(kind=Kind.FILE, target=f"{CONTROL}/{name}", source=text)
