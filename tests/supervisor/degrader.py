"""A process that makes its own host poorer for real, then runs an agent there and tells what became of it.

Run by root with ``python -I -S``; its only argument is a JSON document: ``source`` (where remit is), ``steps`` (names of
``STEPS``), ``user`` (the account the supervisor runs as), ``place`` (a folder of its own), ``token`` (a word in the
agent's command line), ``confinement``, ``tries`` (``full``, ``best-effort``), ``probes`` (names of trials, all of them for null), ``body``, and
``doctor`` (an interpreter that can import the command line, or null).
Every step touches only namespaces made here: the host outside keeps what it has. Answers with one line of JSON.
"""

import ctypes
import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ORDERS = json.loads(sys.argv[1])
sys.path.insert(0, ORDERS["source"])

from remit.confinement import Confinement, Requirement, Secret  # noqa: E402 - the path is known only now
from remit.errors import RemitError  # noqa: E402
from remit.supervisor import client  # noqa: E402
from remit.supervisor.kernel import syscalls  # noqa: E402
from remit.supervisor.probes import TRIALS, ask  # noqa: E402
from remit.supervisor.running import Run, supervise  # noqa: E402

DEADLINE = 600  # seconds for all of it; the doctor alone takes minutes of a machine that is very busy
PATIENCE = 45.0  # seconds
QUIET = 0.06  # seconds in which a held agent must not beat: it beats every five milliseconds
CGROUPS = "/sys/fs/cgroup"
PLACE = Path(ORDERS["place"])
ENVIRON = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(PLACE), "XDG_STATE_HOME": str(PLACE / "state")}
ENVIRON |= {"TOKEN_OUTSIDE": "held-outside"}
NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* in one mask
DENIED, MISSING, UNKNOWN = 1, 38, 22  # EPERM, ENOSYS, EINVAL
ARCHITECTURE, COLUMN = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}[platform.machine()]


def points(*kinds: str) -> list[str]:
    """Where file systems of these kinds are mounted, the last one first."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    found = [line.split(" ")[4] for line in lines if line.partition(" - ")[2].split(" ")[0] in kinds]
    return found[::-1]


def no_cgroups() -> None:
    """Take every cgroup mount away."""
    for point in points("cgroup", "cgroup2"):
        syscalls.unmount(point, syscalls.MNT_DETACH)


def only_controllers() -> None:
    """Take version 2 away and leave version 1, as on an old host."""
    for point in points("cgroup2"):
        syscalls.unmount(point, syscalls.MNT_DETACH)


def no_controllers() -> None:
    """Leave version 2, which has no controllers here, and take version 1 away."""
    for point in points("cgroup"):
        syscalls.unmount(point, syscalls.MNT_DETACH)


def hidden_cgroups() -> None:
    """Cover the folder of the cgroup mounts, which go on being listed."""
    syscalls.mount("empty", CGROUPS, "tmpfs", 0, "mode=0755,size=4k")


def read_only_cgroups() -> None:
    """Forbid writing there, as most containers do."""
    syscalls.make_read_only(CGROUPS)


def no_bwrap() -> None:
    """Cover ``bwrap`` with something that is no program."""
    while (found := shutil.which("bwrap", path=ENVIRON["PATH"])) is not None:
        syscalls.mount("/dev/null", os.path.realpath(found), None, syscalls.MS_BIND)


def no_path_to_bwrap() -> None:
    """Leave ``bwrap`` where it is and let PATH lead elsewhere."""
    ENVIRON["PATH"] = str(PLACE / "bin")


def broken_bwrap() -> None:
    """Cover ``bwrap`` with a program that only complains."""
    script = PLACE / "bwrap"
    script.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    script.chmod(0o755)
    found = shutil.which("bwrap", path=ENVIRON["PATH"])
    if found is not None:
        syscalls.mount(str(script), os.path.realpath(found), None, syscalls.MS_BIND)


def hidden_processes() -> None:
    """Mount another /proc over this one in which an account sees only what it may trace."""
    syscalls.mount("proc", "/proc", "proc", 0, "hidepid=2")


def read_only_state() -> None:
    """Make the folder for runs one that nobody can write."""
    state = str(PLACE / "state")
    syscalls.mount(state, state, None, syscalls.MS_BIND)
    syscalls.make_read_only(state)


def at_most(kind: str) -> None:
    """Allow none of a kind of namespace below this user namespace, which is this process's own."""
    assert Path("/proc/self/uid_map").read_text().split()[2] != "4294967295", "this would be the host's own switch"
    Path("/proc/sys/user", f"max_{kind}_namespaces").write_text("0", encoding="ascii")


def filtered(*rules: tuple[tuple[int, int], int, int]) -> None:
    """Let calls fail: their number on both machines, a mask of their first argument (0: any), and the error."""
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, ARCHITECTURE), (0x06, 0, 0, 0x7FFF0000)]
    for numbers, mask, error in rules:
        body = [(0x06, 0, 0, 0x00050000 | error)]
        if mask:
            body = [(0x20, 0, 0, 16), (0x45, 0, 1, mask), *body, (0x06, 0, 0, 0x7FFF0000)]
        program += [(0x20, 0, 0, 0), (0x15, 0, len(body), numbers[COLUMN]), *body]
    program.append((0x06, 0, 0, 0x7FFF0000))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in program))
    syscalls.numbered_call("seccomp", 1, 0, struct.pack("@HP", len(program), ctypes.addressof(code)))


def denied_namespaces() -> None:
    """Deny what the filter of a container denies: namespaces and mounts; its newer fork call is unknown."""
    calls = ((56, 220), (272, 97))
    rules = [(numbers, NEW_NAMESPACES, DENIED) for numbers in calls]
    filtered(*rules, ((435, 435), 0, MISSING), ((165, 40), 0, DENIED), ((442, 442), 0, DENIED), ((308, 268), 0, DENIED))


def no_landlock() -> None:
    """Know no Landlock, as a kernel that was built or started without it."""
    filtered(*(((number, number), 0, MISSING) for number in (444, 445, 446)))


def no_seccomp() -> None:
    """Know no filter of system calls: neither the call of its own nor the older ``prctl``."""
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, ARCHITECTURE), (0x06, 0, 0, 0x7FFF0000), (0x20, 0, 0, 0)]
    code += [(0x15, 0, 1, (317, 277)[COLUMN]), (0x06, 0, 0, 0x00050000 | MISSING)]
    code += [(0x15, 0, 3, (157, 167)[COLUMN]), (0x20, 0, 0, 16), (0x15, 0, 1, 22), (0x06, 0, 0, 0x00050000 | UNKNOWN)]
    code.append((0x06, 0, 0, 0x7FFF0000))
    text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    syscalls.numbered_call("seccomp", 1, 0, struct.pack("@HP", len(code), ctypes.addressof(text)))


MOUNTS = {
    "no cgroups": no_cgroups,
    "only controllers": only_controllers,
    "no controllers": no_controllers,
    "hidden cgroups": hidden_cgroups,
    "read-only cgroups": read_only_cgroups,
    "no bwrap": no_bwrap,
    "no path to bwrap": no_path_to_bwrap,
    "broken bwrap": broken_bwrap,
    "hidden processes": hidden_processes,
    "read-only state": read_only_state,
}
SWITCHES = {f"no {kind} namespaces": kind for kind in ("user", "net", "pid", "mnt", "ipc", "cgroup")}
FILTERS = {"denied namespaces": denied_namespaces, "no landlock": no_landlock, "no seccomp": no_seccomp}
STEPS = (*MOUNTS, *SWITCHES, *FILTERS)


def degrade(steps: list[str]) -> None:
    """Make the host poorer: mounts first, then a user namespace with its switches, filters last."""
    assert set(steps) <= set(STEPS), steps
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    for name in steps:
        if name in MOUNTS:
            MOUNTS[name]()
    switches = [SWITCHES[name] for name in steps if name in SWITCHES]
    if switches:
        own_user_namespace()
    for kind in switches:
        at_most(kind)
    for name in steps:
        if name in FILTERS:
            FILTERS[name]()


def own_user_namespace() -> None:
    """Enter a user namespace in which every account keeps its number."""
    made, make = os.pipe()
    mapped, say = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.read(made, 1)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{parent}/{name}").write_text("0 0 65536", encoding="ascii")
        os.write(say, b".")
        os._exit(0)
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    os.write(make, b".")
    assert os.read(mapped, 1) == b"."
    os.waitpid(child, 0)


def become(number: int) -> None:
    """Go on as another account, in a fresh interpreter's state: dumpable, as any program it starts."""
    if number != os.getuid():
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)
        syscalls.allow_dumping()


def confinement() -> Confinement:
    """What is asked for."""
    given = dict(ORDERS["confinement"])
    given["secrets"] = tuple(Secret(**one) for one in given.get("secrets", ()))
    given["hosts"] = tuple(given.get("hosts", ()))
    work = str(PLACE / "work")
    return Confinement(folder=work, write=(work,), **given)


def tried(require: str) -> dict[str, object]:
    """Start the agent with this requirement, hold it, stop it, and tell all of it."""
    for name in ("canary", "beats"):
        (PLACE / "work" / name).unlink(missing_ok=True)
    command = ["/usr/bin/python3", "-I", "-S", "-c", ORDERS["body"], ORDERS["token"]]
    try:
        run = supervise(
            command,
            confinement=confinement(),
            require=Requirement(require),
            name=ORDERS["token"],
            interactive=False,
            environ=ENVIRON,
        )
    except RemitError as error:
        time.sleep(QUIET)
        refused = {"kind": type(error).__name__, "code": error.code, "message": error.message, "hint": error.hint}
        return {"refused": refused, "canary": (PLACE / "work/canary").exists(), "runs": runs()}
    try:
        return {"refused": None, **went(run)}
    except BaseException:
        run.stop()
        raise


def went(run: Run) -> dict[str, object]:
    """What a run that was started did, and how it was held and stopped."""
    ran = comes_true(lambda: beats() > 3)
    errors = (run.folder.path / "agent.err").read_text()[-500:]
    facts: dict[str, object] = {"run": run.run, "backend": run.backend, "ran": ran, "errors": errors}
    facts["enforced"] = {part.piece: (part.degree, part.reason) for part in run.enforced}
    if ran:
        facts["phase"] = client.status(run.run, environ=ENVIRON)["phase"]
        facts["living"] = [folder.run for folder in client.living(ENVIRON)]
        answer = client.hold(run.run, environ=ENVIRON)
        before = beats()
        if answer["held"]:
            time.sleep(QUIET)
        else:
            comes_true(lambda: beats() != before)
        facts["hold"] = {**answer, "beat": beats() != before}
    state = run.folder.read_state()
    facts["stop"] = client.stop(run.run, environ=ENVIRON).document()
    before = beats()
    time.sleep(QUIET)
    facts["beat"] = beats() != before
    facts["named"] = [(state.get(name), state.get(f"{name}_start")) for name in ("daemon", "process", "init")]
    facts["cgroup"], facts["controllers"] = state.get("cgroup"), state.get("controllers")
    facts["ended"] = comes_true(lambda: client.status(run.run, environ=ENVIRON).get("phase") == "ended")
    return facts


def beats() -> int:
    """How often the agent has beaten."""
    with suppress(OSError):
        return (PLACE / "work/beats").stat().st_size
    return 0


def runs() -> list[str]:
    """The folders of runs there are."""
    with suppress(OSError):
        return sorted(path.name for path in (PLACE / "state/remit/runs").iterdir())
    return []


def comes_true(question: Callable[[], bool]) -> bool:
    """Ask until the answer is yes, for a bounded time."""
    end = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def main() -> None:
    """Degrade, change the account, try, tell."""
    signal.alarm(DEADLINE)
    degrade(ORDERS["steps"])
    become(ORDERS["user"])
    os.environ.clear()
    os.environ.update(ENVIRON)
    answer = {require: tried(require) for require in ORDERS["tries"]}
    names = ORDERS["probes"]
    probes = [ask(trial) for trial in TRIALS if names is None or trial.name in names]
    answer["doctor"] = {one.name: (one.piece, one.degree, one.proof, one.advice) for one in probes}
    if ORDERS["doctor"] is not None:
        command = [ORDERS["doctor"], "-m", "remit.cli", "doctor", "--json"]
        said = subprocess.run(command, env=ENVIRON, capture_output=True, text=True, check=False, timeout=DEADLINE)
        answer["command"] = {"code": said.returncode, "said": json.loads(said.stdout)}
    sys.stdout.write(json.dumps(answer) + "\n")


main()
