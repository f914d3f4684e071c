"""Programs that take or keep machines, their power and their attention: miners, loads, priorities, clocks, boards."""

from __future__ import annotations

import re

from remit.monitor.programs.rules import Handler, apply_rules, by_rules
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["HOLDING"]

_LARGE = re.compile(r"^\d+(?:T|[1-9]\d\dG)B?$|^\d{12,}$", re.IGNORECASE)
_TAKING = {"chrt": ("-p", "-T", "-P", "-D"), "ionice": ("-c", "-n", "-p"), "nice": ("-n", "--adjustment")}


def _first(call: Invocation, scene: Scene) -> str:
    """``chrt``, ``ionice`` and ``nice``: a program, or a process, before all others; then the program."""
    line = " ".join(call.args)
    if (
        re.search(r"(?:^|\s)(?:-f|-r|--fifo|--rr)\b", line)
        if call.name == "chrt"
        else re.search(
            r"-c\s?(?:1\b|realtime)" if call.name == "ionice" else r"(?:-n\s*|--adjustment=|^)-+(?:[5-9]|1\d|20)\b",
            line,
        )
    ):
        scene.add("compute.hold", 0.5, f"{call.text}: before all others", "priority")
    words = list(call.args)
    while words and (words[0].startswith("-") or words[0].isdigit()):
        flag = words.pop(0)
        if flag in _TAKING[call.name] and words:
            words.pop(0)
    return scene.run(words, call.stdin, piped=call.piped, background=call.background) if words else ""


def _reserve(call: Invocation, scene: Scene) -> str:
    """``fallocate``: a file that takes the room of everybody; else a file that is written."""
    size = call.value("-l", "--length")
    if _LARGE.match(size):
        scene.add("compute.hold", 0.5, f"{call.text}: takes {size}", call.args[-1])
    scene.add("data.write", 0.9, call.text, call.args[-1] if call.args else "")
    return ""


def _namespaces(call: Invocation, scene: Scene) -> str:
    """``nsenter`` and ``unshare``: into the namespaces of another process, or out of its own."""
    apply_rules("namespaces", call, scene)
    words = list(call.args)
    while words and words[0].startswith("-"):
        flag = words.pop(0)
        if flag in ("-t", "--target", "-S", "-G") and words:
            words.pop(0)
    return scene.run(words, call.stdin, piped=call.piped, background=call.background) if words else unknown("output")


HOLDING: dict[str, Handler] = {
    **dict.fromkeys("chrt ionice nice".split(), _first),
    "fallocate": _reserve,
    "choom": by_rules("spared"),
    **dict.fromkeys(
        "xmrig minerd cpuminer ethminer t-rex lolminer nbminer cgminer bfgminer".split(), by_rules("miners")
    ),
    **dict.fromkeys("stress stress-ng burnMMX cpuburn sysbench gpu-burn gpu_burn".split(), by_rules("loads")),
    **dict.fromkeys(
        """
        ipmitool ipmi-power powerprofilesctl tuned-adm rocm-smi amd-smi xpu-smi x86_energy_perf_policy
        cpufreq-set cpupower intel_gpu_frequency nvidia-settings nvidia-powerd ryzenadj wrmsr powercap-set
        undervolt racadm ilorest redfishtool pmset powercfg turbostat intel-undervolt amdctl corectrl-cli nvoc
        tlp auto-cpufreq radeon-profile liquidctl smcutil i8kctl nbfc
        """.split(),
        by_rules("power-tools"),
    ),
    **dict.fromkeys("wakeonlan etherwake wol ether-wake".split(), by_rules("wakes")),
    **dict.fromkeys("nsenter unshare".split(), _namespaces),
    **dict.fromkeys("gcore pyrasite memdump".split(), by_rules("cores")),
    **dict.fromkeys("tcpdump tshark dumpcap ngrep ettercap bettercap arpspoof".split(), by_rules("listens-in")),
    "dmesg": by_rules("messages"),
}
