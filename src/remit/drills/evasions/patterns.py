"""The table of patterns: a name, the trick, and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remit.drills.evasions import detaching, escaping, hiding, multiplying, outside, signalling
from remit.drills.evasions.beating import Pulse

__all__ = ["PATTERNS", "Outside", "Pattern", "pattern_named"]

Outside = str  # where a launcher listens: "" (nobody does), "hidden", "shared" (in the agent's folder), "abstract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One way to outlive a stop.

    ``evade`` does the trick. ``processes`` is how many processes say ``evading`` when it has succeeded.
    ``root``: it can only be played by root. ``keeps_output``: it holds the client's pipe. ``outside``: where a
    launcher has to listen for it.
    """

    name: str
    evade: Callable[[Pulse], None]
    processes: int = 1
    root: bool = False
    keeps_output: bool = False
    outside: Outside = ""

    @property
    def what(self) -> str:
        """What it does and which stop that beats, in one sentence."""
        return " ".join((self.evade.__doc__ or "").partition("\n\n")[0].split())


PATTERNS = (
    Pattern(name="plain", evade=detaching.be_plain),
    Pattern(name="deaf", evade=signalling.be_deaf),
    Pattern(name="double-fork", evade=detaching.detach_twice),
    Pattern(name="triple-fork", evade=detaching.detach_thrice),
    Pattern(name="clean-daemon", evade=detaching.clean_up),
    Pattern(name="nohup", evade=detaching.ignore_hangup),
    Pattern(name="orphan", evade=detaching.orphan),
    Pattern(name="held-pipe", evade=detaching.hold_the_pipe, keeps_output=True),
    Pattern(name="other-user", evade=detaching.change_user, root=True),
    Pattern(name="respawn-on-term", evade=signalling.respawn_when_told),
    Pattern(name="stopped-child", evade=signalling.wake_when_orphaned),
    Pattern(name="traced", evade=signalling.be_traced),
    Pattern(name="vfork-parent", evade=signalling.sleep_as_parent),
    Pattern(name="pid-hopping", evade=multiplying.hop),
    Pattern(name="session-hopping", evade=multiplying.leap),
    Pattern(name="watchdogs", evade=multiplying.watch_each_other, processes=8),
    Pattern(name="fork-bomb", evade=multiplying.bomb, processes=48),
    Pattern(name="vfork-storm", evade=multiplying.storm),
    Pattern(name="stand-by", evade=multiplying.stand_by),
    Pattern(name="renamed", evade=hiding.change_name),
    Pattern(name="memory-exec", evade=hiding.run_from_memory),
    Pattern(name="zombie-leader", evade=hiding.be_threads),
    Pattern(name="sleeper", evade=hiding.sleep_long),
    Pattern(name="user-namespace", evade=escaping.become_inner_root),
    Pattern(name="pid-namespace", evade=escaping.become_inner_init),
    Pattern(name="cgroup-move", evade=escaping.leave_cgroup),
    Pattern(name="cgroup-mount", evade=escaping.mount_cgroups),
    Pattern(name="outside-socket", evade=outside.ask_outside, outside="hidden"),
    Pattern(name="outside-shared", evade=outside.ask_outside, outside="shared"),
    Pattern(name="outside-abstract", evade=outside.ask_outside, outside="abstract"),
)


def pattern_named(name: str) -> Pattern:
    """The pattern of that name; an unknown name raises ``KeyError``."""
    for pattern in PATTERNS:
        if pattern.name == name:
            return pattern
    raise KeyError(name)
