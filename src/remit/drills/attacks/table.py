"""The table of attacks: a name, what is tried, what stands against it, and where it may be tried without a cage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remit.drills.attacks import files, interfaces, leaving, lines, mail, processes, racing, relaying, starving
from remit.drills.attacks.target import Seen, Target

__all__ = ["ATTACKS", "GRANTED", "Attack", "attack_named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack, as data.

    ``fence`` is what stands against it. ``weak``: without a cage it succeeds, and only things made for the purpose
    come to harm; ``"root"`` where only root succeeds. ``hosts`` is what it may call through the egress
    proxy, with the names of ``Target.ports`` in braces. ``tell``: the overseer
    corrects the run meanwhile, so that the outbox is read. ``socket_inside``: a
    service listens there in the agent's own folder, ``leaving.LATE`` only once the run goes on. ``stage`` is what root
    prepares in mounts of its own: a small disk for the run's folder, a name that leads to the loopback.
    """

    name: str
    attack: Callable[[Target], Seen]
    fence: str
    weak: str = ""
    hosts: str = ""
    tell: bool = False
    socket_inside: str = ""
    stage: str = ""

    @property
    def tries(self) -> str:
        """What it tries, in one sentence."""
        return " ".join((self.attack.__doc__ or "").partition("\n\n")[0].split())


OWN_PROCESSES = "a PID namespace: no process outside has a number here"
OWN_FILES = "a mount namespace: only the paths of the charter are there"
READ_ONLY = "the charter is bound read-only over itself, and each folder above it is pinned"
NO_RIGHTS = "no capability, no_new_privs"
FILTER = "a filter of system calls"
OWN_NETWORK = "a network namespace: its loopback is its own"
PLAIN_READING = "the outbox is read without following links, without waiting, to a size"
ONE_KILL = "one kill of the namespace's init, by pidfd, and of the cgroup"
GRANTED = "127.0.0.1:{granted}"
"""The server that is granted, and for which the proxy holds a credential."""
NO_DISK = "what cannot be recorded does not happen; the stop needs no disk"
SIZES = "limits on processes and memory in a cgroup of its own"

ATTACKS = (
    Attack(name="signal-outsiders", attack=processes.signal_outsiders, fence=OWN_PROCESSES, weak="all"),
    Attack(name="kill-everything", attack=processes.kill_everything, fence=OWN_PROCESSES),
    Attack(name="trace-outsiders", attack=processes.trace_outsiders, fence=OWN_PROCESSES, weak="all"),
    Attack(name="write-their-memory", attack=processes.write_their_memory, fence=OWN_PROCESSES, weak="all"),
    Attack(name="steal-descriptors", attack=processes.steal_descriptors, fence=OWN_PROCESSES, weak="all"),
    Attack(
        name="look-through-proc", attack=processes.look_through_proc, fence=f"{OWN_PROCESSES}; {OWN_FILES}", weak="all"
    ),
    Attack(name="take-over-init", attack=processes.take_over_init, fence="its init is as confined and holds nothing"),
    Attack(name="hog-priority", attack=processes.hog_priority, fence=NO_RIGHTS, weak="all"),
    Attack(name="shield-from-shortage", attack=processes.shield_from_memory_shortage, fence=NO_RIGHTS, weak="all"),
    Attack(
        name="kernel-settings",
        attack=interfaces.change_kernel_settings,
        fence=f"/proc/sys belongs to another; {NO_RIGHTS}",
    ),
    Attack(
        name="leave-cgroup",
        attack=interfaces.leave_cgroup,
        fence=f"{NO_RIGHTS}; no control group is mounted",
        weak="root",
    ),
    Attack(name="enter-namespaces", attack=interfaces.enter_namespaces, fence=f"{OWN_PROCESSES}; {NO_RIGHTS}"),
    Attack(name="hide-under-mount", attack=interfaces.hide_under_mount, fence=ONE_KILL),
    Attack(name="leave-key", attack=interfaces.leave_key, fence=FILTER, weak="all"),
    Attack(name="io-uring", attack=interfaces.use_io_uring, fence=FILTER, weak="all"),
    Attack(name="vsock-and-raw", attack=interfaces.open_vsock, fence=FILTER, weak="all"),
    Attack(name="type-into-terminal", attack=interfaces.type_into_terminal, fence=FILTER, weak="all"),
    Attack(
        name="open-devices", attack=interfaces.open_device, fence="a /dev of seven harmless devices, nodev everywhere"
    ),
    Attack(name="gain-by-exec", attack=interfaces.gain_rights_by_exec, fence=NO_RIGHTS, weak="root"),
    Attack(name="leave-set-user-id", attack=leaving.leave_set_user_id, fence=FILTER, weak="all"),
    Attack(
        name="write-elsewhere", attack=leaving.write_elsewhere, fence=f"everything else is bound read-only; {NO_RIGHTS}"
    ),
    Attack(name="rewrite-charter", attack=files.rewrite_charter, fence=READ_ONLY, weak="all"),
    Attack(name="move-charter", attack=files.move_charter, fence=READ_ONLY, weak="all"),
    Attack(name="link-charter", attack=files.link_charter, fence=READ_ONLY, weak="all"),
    Attack(name="change-record", attack=files.change_record, fence=OWN_FILES, weak="all"),
    Attack(name="read-key", attack=files.read_overseer_key, fence=OWN_FILES, weak="all"),
    Attack(name="reach-outside", attack=files.reach_outside, fence=f"{OWN_FILES}; {NO_RIGHTS}", weak="all"),
    Attack(name="control-socket", attack=lines.ask_control_socket, fence=f"{OWN_FILES}; {FILTER}", weak="all"),
    Attack(
        name="forge-resume", attack=lines.forge_resume, fence="keys of 256 bits, compared as digests; a read-only inbox"
    ),
    Attack(
        name="service-sockets",
        attack=lines.ask_services,
        fence=f"{OWN_FILES}; {FILTER}",
        weak="all",
        socket_inside="engine.sock",
    ),
    Attack(name="late-socket", attack=leaving.ask_late_socket, fence=FILTER, weak="all", socket_inside=leaving.LATE),
    Attack(name="abstract-sockets", attack=lines.ask_abstract_sockets, fence=OWN_NETWORK, weak="all"),
    Attack(name="host-loopback", attack=lines.reach_loopback, fence=OWN_NETWORK, weak="all"),
    Attack(
        name="smuggle-requests",
        attack=relaying.smuggle_requests,
        fence="the proxy makes every request anew",
        hosts=GRANTED,
    ),
    Attack(
        name="overload-proxy",
        attack=relaying.overload_proxy,
        fence="bounded lines, headers and connections",
        hosts=GRANTED,
    ),
    Attack(
        name="rebind-name",
        attack=relaying.rebind_name,
        fence="a name must lead to a public address",
        hosts=relaying.REBOUND + ":{forbidden}",
        stage="rebound name",
    ),
    Attack(
        name="steal-credential",
        attack=relaying.steal_credential,
        fence="what comes back is searched for it",
        hosts=GRANTED,
    ),
    Attack(name="flood-calls", attack=relaying.flood_calls, fence="the stop does not wait for calls", hosts=GRANTED),
    Attack(name="forge-inbox", attack=mail.forge_inbox, fence="the inbox is bound read-only", weak="all"),
    Attack(name="outbox-links", attack=mail.plant_links, fence=PLAIN_READING, tell=True),
    Attack(
        name="swap-outbox", attack=mail.swap_outbox, fence="the outbox is a mount of its own", tell=True, weak="all"
    ),
    Attack(name="outbox-traps", attack=mail.plant_traps, fence=PLAIN_READING, tell=True),
    Attack(name="outbox-leases", attack=mail.lease_answers, fence=PLAIN_READING, tell=True),
    Attack(
        name="outbox-flood",
        attack=mail.flood_outbox,
        fence="files are asked for by name, the folder is not listed",
        tell=True,
    ),
    Attack(
        name="outbox-nonsense", attack=mail.answer_nonsense, fence="a claim that cannot be recorded is none", tell=True
    ),
    Attack(name="fork-bomb", attack=starving.bomb_with_forks, fence=SIZES),
    Attack(name="memory-bomb", attack=starving.eat_memory, fence=SIZES),
    Attack(name="memory-disks", attack=starving.fill_memory_disks, fence=SIZES),
    Attack(name="hog-processor", attack=starving.hog_processor, fence=ONE_KILL),
    Attack(name="hog-descriptors", attack=starving.hog_descriptors, fence="the supervisor has opened what it needs"),
    Attack(
        name="flood-output", attack=starving.flood_output, fence="output goes to a file, not through the supervisor"
    ),
    Attack(
        name="storm-disk", attack=starving.storm_disk, fence="the kill comes before its entry in the record", tell=True
    ),
    Attack(
        name="fill-disk",
        attack=starving.fill_disk,
        fence=NO_DISK,
        tell=True,
        stage="small disk",
    ),
    Attack(name="reuse-numbers", attack=racing.reuse_numbers, fence="kills go by pidfd and cgroup, never by number"),
    Attack(name="vfork-sleep", attack=racing.sleep_while_stopped, fence=ONE_KILL),
    Attack(name="exec-without-end", attack=racing.exec_without_end, fence=ONE_KILL),
    Attack(
        name="outlive-main", attack=racing.outlive_main, fence="the end of the namespace's init is the end of the run"
    ),
    Attack(name="confuse-names", attack=racing.confuse_names, fence=ONE_KILL),
    Attack(name="deaf", attack=racing.be_deaf_everywhere, fence=ONE_KILL),
)


def attack_named(name: str) -> Attack:
    """The attack of that name; an unknown name raises ``KeyError``."""
    for attack in ATTACKS:
        if attack.name == name:
            return attack
    raise KeyError(name)
