"""Containers and clusters: what runs in them is read, what ends them is judged by their names."""

from __future__ import annotations

import re

from remit.monitor.objects.roles import end
from remit.monitor.programs.rules import Handler, apply_rules, only_shows
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["CONTAINERS"]

_DOCKER_TAKING = tuple(
    """
    -e --env -u --user -w --workdir -v --volume --mount -p --publish --name --network --net -m --memory --cpus
    --entrypoint -l --label --restart --env-file --pid --ipc --privileged= --cap-add --device --gpus -h
    --hostname --add-host --runtime --platform --log-driver -H --host --context -c
    """.split()
)


_KINDS = (
    ("schedule.job", 0.8, re.compile(r"(?m)^kind: CronJob")),
    ("cap.admin", 0.8, re.compile(r"(?m)^kind: (?:Cluster)?RoleBinding|privileged: true|hostPID: true")),
    ("compute.acquire", 0.5, re.compile(r"replicas: (?:[2-9]\d|\d{3,})|nvidia\.com/gpu")),
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
        _ended_inside(call, scene, words[1])
    elif verb == "run":
        _started(call, scene, words)
    if verb in ("ps", "images", "logs", "inspect", "stats", "top", "ls"):
        return unknown(f"ps:{' '.join(call.args)}" if verb == "ps" else "output")
    apply_rules("docker", call, scene)
    return unknown("output")


def _ended_inside(call: Invocation, scene: Scene, name: str) -> None:
    """A container whose first process is ended from inside is ended."""
    if re.search(r"\bkill(?: -\S+)* 1\b|\bpkill\b|\bkillall\b|\bhalt\b|\bpoweroff\b", " ".join(call.args)):
        end(scene, name, call.text)


def _rest(call: Invocation, word: str) -> list[str]:
    """The words after one of the arguments."""
    at = call.args.index(word)
    return list(call.args[at + 1 :])


def _started(call: Invocation, scene: Scene, words: list[str]) -> None:
    """A container that is started: its image may be the agent's own, its command is read."""
    image = words[1] if len(words) > 1 else ""
    if named := call.value("--name"):
        scene.memory.remember("child", named)
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
    if words[:1] in (["auth"], ["explain"], ["api-resources"]):
        scene.add("data.probe", 0.6, call.text, "")
        return unknown("output")
    if words[:1] == ["exec"] and "--" in call.args:
        scene.elsewhere(f"container {words[1] if len(words) > 1 else ''}", _rest(call, "--"))
        _ended_inside(call, scene, words[1] if len(words) > 1 else "")
        return unknown("output")
    apply_rules("kubectl", call, scene)
    _applied(words, call, scene)
    if words[:1] in (["get"], ["describe"], ["logs"], ["top"]):
        return unknown(f"ps:{' '.join(words)}")
    return unknown("output")


def _applied(words: list[str], call: Invocation, scene: Scene) -> None:
    """What a file of settings that is applied brings, where its text is known."""
    if words[:1] not in (["apply"], ["create"], ["replace"], ["delete"]):
        return
    source = call.value("-f", "--filename")
    text = call.stdin if source in ("", "-") else scene.memory.files.get(scene.path(source), "")
    if not text or not is_known(text):
        return
    for effect, certainty, pattern in _KINDS:
        if pattern.search(text) and words[0] != "delete":
            scene.add(effect, certainty, call.text, pattern.pattern)
    for name in re.findall(r"(?m)^  name: ['\"]?([\w.-]+)", text)[:16]:
        if words[0] == "delete" or re.search(r"(?m)^\s+replicas: 0\b", text):
            end(scene, name, call.text)


def _helm(call: Invocation, scene: Scene) -> str:
    apply_rules("helm", call, scene)
    return unknown("output")


CONTAINERS: dict[str, Handler] = {
    **dict.fromkeys("docker podman nerdctl docker-compose podman-compose crictl ctr lxc incus".split(), _docker),
    **dict.fromkeys("kubectl oc microk8s.kubectl".split(), _kubectl),
    "helm": _helm,
}
