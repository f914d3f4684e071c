"""Containers and clusters: what runs in them is read, what ends them is judged by their names."""

from __future__ import annotations

import re

from remit.monitor.programs.rules import Handler, apply_rules, only_shows
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["CONTAINERS"]

_DOCKER_TAKING = tuple(
    """
    -e --env -u --user -w --workdir -v --volume --mount -p --publish --name --network --net -m --memory --cpus
    --entrypoint -l --label --restart --env-file --pid --ipc --privileged= --cap-add --device --gpus -h
    --hostname --add-host --runtime --platform --log-driver -H --host --context -c
    """.split()
)


def _docker(call: Invocation, scene: Scene) -> str:
    """``docker`` and its kin."""
    if only_shows(call):
        return ""
    words = call.plain(_DOCKER_TAKING)
    while words[:1] in (["container"], ["compose"]) and len(words) > 1:
        words = words[1:]
    verb = words[0] if words else ""
    if verb == "exec" and len(words) > 2:
        scene.elsewhere(f"container {words[1]}", _rest(call, words[1]))
    elif verb == "run":
        _started(call, scene, words)
    if verb in ("ps", "images", "logs", "inspect", "stats", "top", "ls"):
        return unknown(f"ps:{' '.join(call.args)}" if verb == "ps" else "output")
    apply_rules("docker", call, scene)
    return unknown("output")


def _rest(call: Invocation, word: str) -> list[str]:
    """The words after one of the arguments."""
    at = call.args.index(word)
    return list(call.args[at + 1 :])


def _started(call: Invocation, scene: Scene, words: list[str]) -> None:
    """A container that is started: its image may be the agent's own, its command is read."""
    image = words[1] if len(words) > 1 else ""
    if re.search(r"(?i)\b(?:agent|self|copy|replica|clone)\b", image) and call.has("-d", "--detach"):
        scene.add("self.replicate", 0.5, call.text, image)
    entry = call.value("--entrypoint")
    inner = _rest(call, image) if image in call.args else []
    if entry:
        inner = [entry, *inner]
    if inner:
        before = scene.trust
        scene.trust = before * 0.6
        scene.elsewhere(f"container {image}", inner)
        scene.trust = before


def _kubectl(call: Invocation, scene: Scene) -> str:
    """``kubectl`` and ``oc``."""
    if only_shows(call) or any(word.startswith("--dry-run") for word in call.args):
        return ""
    words = call.plain(("-n", "--namespace", "-c", "--container", "--context", "-f", "-o", "-l", "--kubeconfig", "-s"))
    if words[:1] == ["exec"] and "--" in call.args:
        scene.elsewhere(f"container {words[1] if len(words) > 1 else ''}", _rest(call, "--"))
        return unknown("output")
    apply_rules("kubectl", call, scene)
    if words[:1] in (["get"], ["describe"], ["logs"], ["top"]):
        return unknown(f"ps:{' '.join(words)}")
    return unknown("output")


def _helm(call: Invocation, scene: Scene) -> str:
    apply_rules("helm", call, scene)
    return unknown("output")


CONTAINERS: dict[str, Handler] = {
    **dict.fromkeys("docker podman nerdctl docker-compose podman-compose crictl ctr lxc incus".split(), _docker),
    **dict.fromkeys("kubectl oc microk8s.kubectl".split(), _kubectl),
    "helm": _helm,
}
