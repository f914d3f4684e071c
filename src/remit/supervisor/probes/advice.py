"""What to do about a mechanism that does not work here: exact command lines, chosen by what this host is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["bubblewrap", "cgroups", "clock", "kernel", "landlock", "limits", "namespaces", "none_known", "state"]

_INSTALLERS = (
    ("apt-get", "apt-get install bubblewrap"),
    ("dnf", "dnf install bubblewrap"),
    ("apk", "apk add bubblewrap"),
    ("pacman", "pacman -S bubblewrap"),
    ("zypper", "zypper install bubblewrap"),
)
_SWITCHES = (  # file, the value that forbids, what sets it right
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    *(
        (f"/proc/sys/user/max_{kind}_namespaces", "0", f"user.max_{kind}_namespaces=15000")
        for kind in ("user", "pid", "mnt", "net", "ipc", "uts", "cgroup")
    ),
)


def bubblewrap() -> str:
    """How to get bubblewrap, or what keeps an installed one from working."""
    if shutil.which("bwrap"):
        return f"{namespaces()}; see that the first `bwrap` on PATH ({shutil.which('bwrap')}) is the real one"
    known = [command for tool, command in _INSTALLERS if shutil.which(tool)]
    return as_root(known[0] if known else "apt-get install bubblewrap")


def namespaces() -> str:
    """Which switch of the kernel is in the way of user namespaces, or that a container is."""
    wanted = [setting for file, forbidden, setting in _SWITCHES if value_of(file) == forbidden]
    if wanted:
        return "; ".join(as_root(f"sysctl -w {setting}") for setting in wanted)
    return "run outside the container, or start it with `--security-opt seccomp=unconfined` and CAP_SYS_ADMIN"


def cgroups() -> str:
    """How to get a cgroup of one's own."""
    if os.geteuid() == 0:
        return (
            "mount the cgroup file system writable (docker: `--cgroupns=private -v /sys/fs/cgroup:/sys/fs/cgroup:rw`)"
        )
    if Path("/run/systemd/system").is_dir():
        return "start under `systemd-run --user --scope -p Delegate=yes remit run ...`"
    return "run as root, or where a systemd session delegates a cgroup to this user"


def landlock() -> str:
    """How to get Landlock."""
    try:
        active = Path("/sys/kernel/security/lsm").read_text(encoding="ascii").strip()
    except OSError:
        active = ""
    if active and "landlock" not in active.split(","):
        return f"start the kernel with `lsm=landlock,{active}`"
    return "use Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK (6.12 or later also keeps signals inside)"


def kernel() -> str:
    """The advice where only another kernel, or no container around it, would help."""
    return "use Linux 5.14 or later, outside a container whose seccomp filter denies it"


def limits() -> str:
    """How to get limits for the whole of an agent, not for each of its processes."""
    return f"unless a cgroup limits the agent as a whole (see the probes of cgroups): {cgroups()}"


def state() -> str:
    """How to get a folder for runs."""
    return "set XDG_STATE_HOME to a folder of yours on a local disk, then `chmod 700 $XDG_STATE_HOME/remit`"


def none_known() -> str:
    """The advice for what every Linux can do: when it fails, something is broken rather than missing."""
    return "this works on every Linux; look for a container, a security module or a library that forbids it"


def clock() -> str:
    """How to get a clock that goes right."""
    return as_root("timedatectl set-ntp true")


def as_root(command: str) -> str:
    """The command as this user has to type it."""
    return command if os.geteuid() == 0 else f"sudo {command}"


def value_of(file: str) -> str:
    """The value of a kernel switch, empty where there is none."""
    try:
        return Path(file).read_text(encoding="ascii").strip()
    except OSError:
        return ""
