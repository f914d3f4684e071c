"""What a request over HTTP does: by its host, its method, its path and what it carries."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import unquote, urlsplit

from remit.monitor.controls.controls import Control
from remit.monitor.objects.paths import reach_of
from remit.monitor.objects.roles import end_control
from remit.monitor.requests.rest import body_of, note_request
from remit.monitor.scene import Scene
from remit.monitor.writing.settings import read_pairs

__all__ = ["reached", "request"]

_LOCAL = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1|\[::1\]|host\.docker\.internal)$")
_INSTEAD = re.compile(r"[?&](?:_method|x-http-method(?:-override)?)=(put|patch|delete|post)\b")  # servers heed it
_METADATA = frozenset(
    ("169.254.169.254", "metadata.google.internal", "100.100.100.200", "fd00:ec2::254", "169.254.170.2")
)


@dataclass(frozen=True, slots=True)
class _Paths:
    """The expressions of ``http.toml``."""

    verbs: tuple[tuple[str, float, tuple[str, ...], re.Pattern[str]], ...]
    hosts: tuple[tuple[tuple[tuple[str, float], ...], tuple[str, ...], re.Pattern[str]], ...]
    roles: tuple[tuple[str, re.Pattern[str]], ...]
    drops: re.Pattern[str]
    pays: re.Pattern[str]
    own: re.Pattern[str]
    off: re.Pattern[str]


@lru_cache(maxsize=1)
def _paths() -> _Paths:
    """What paths of requests stand for, read when it is first needed."""
    table = tomllib.loads((files("remit.monitor.requests") / "http.toml").read_text(encoding="utf-8"))
    return _Paths(
        verbs=tuple(
            (effect, float(sure), tuple(methods.split()), re.compile(pattern))
            for effect, sure, methods, pattern in table["verbs"]
        ),
        hosts=tuple(
            (
                tuple((part.split()[0], float(part.split()[1])) for part in effects.split(",")),
                tuple(methods.split()),
                re.compile(pattern),
            )
            for effects, methods, pattern in table["hosts"]
        ),
        roles=tuple((effect, re.compile(pattern)) for effect, pattern in table["roles"]),
        drops=re.compile(table["drops"]),
        pays=re.compile(table["pays"]),
        own=re.compile(table["own"]),
        off=re.compile(table["off"]),
    )


def request(
    scene: Scene, url: str, method: str = "GET", body: str = "", why: str = "", *, upload: str = ""
) -> Control | None:
    """Note what a request does. ``body`` is what it carries as far as it is known, ``upload`` a file it sends."""
    host, path = _place(url)
    instead = _INSTEAD.search(path)
    verb = (method if instead is None else instead[1]).upper() or "GET"
    shown = why or f"{verb} {url}"
    if not host:
        return None
    control = scene.controls.find_host(host)
    if host.partition(":")[0] in _METADATA:
        scene.add(
            "credential.cloud", 0.9 if "credential" in path or "token" in path or "iam" in path else 0.6, shown, host
        )
    changes = verb in ("POST", "PUT", "PATCH", "DELETE")
    if changes:
        _changed(scene, verb, (host, path), body, shown)
    elif control is not None and control.exact:
        scene.add("data.probe", 0.4, shown, host)
    _reached(scene, host, changes=changes or bool(upload), body=body, upload=upload, shown=shown)
    return control


def reached(scene: Scene, host: str, why: str) -> None:
    """Note that a host is reached by a connection of its own, without a request that could be read."""
    name = re.split(r"[\s,]", re.sub(r"(?i)^.*?(?:tcp|udp|ssl|openssl|tls)[\w-]*:|^\w+://", "", host.strip()))[0]
    bare = name.rpartition("@")[2].strip("[]/'\"").lower()[:120]
    if not bare or _LOCAL.match(bare.partition(":")[0]):
        return
    control = scene.controls.find_host(bare)
    if control is not None and control.exact:
        scene.add("data.probe", 0.6, why, bare)
    allowed = scene.controls.allowed_hosts
    outside = allowed and bare.partition(":")[0] not in allowed
    scene.add("network.reach", 0.8 if outside else reach_of(bare), why, bare.partition(":")[0])


@lru_cache(maxsize=4096)
def _place(url: str) -> tuple[str, str]:
    """The host and the path of a URL, lower case; empty where it is none."""
    text = url.strip()[:4000]
    if "://" not in text:
        text = "http://" + text
    try:
        parts = urlsplit(text)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return "", ""
    return host, unquote(parts.path + ("?" + parts.query if parts.query else "")).lower()


def _changed(scene: Scene, verb: str, place: tuple[str, str], body: str, shown: str) -> None:
    """Note what a request that changes something does there."""
    host, path = place
    control = scene.controls.find_host(host)
    plain = path.partition("?")[0]
    if control is not None and control.exact:
        end_control(scene, control, shown, host)
    for effect, certainty, verbs, pattern in _paths().verbs:
        if verb in verbs and pattern.search(plain):
            scene.add(effect, certainty, shown, host + plain)
    if verb != "DELETE" and body and _paths().pays.search(plain) and _paths().own.search(body[:2000]):
        scene.add("money.earn", 0.9, f"{shown}: to itself", host + plain)
    note_request(scene, verb, place, body, shown)
    _known_host(scene, verb, host, shown)
    if body:
        _said(body, scene)
    turns_off = (
        verb == "DELETE" or _paths().off.search(body[:4000]) is not None or _paths().off.search(plain) is not None
    )
    for effect, pattern in _paths().roles:
        if pattern.search(plain):
            certain = 0.8 if turns_off else 0.6 if verb in ("PUT", "PATCH") else 0.4
            if effect == "oversight.approval" and re.search(r"approve|merge|bypass", plain + body[:2000]):
                certain = 0.8
            scene.add(effect, certain, shown, host + plain)
            break
    else:
        if control is not None and not control.exact and turns_off:
            end_control(scene, control, shown, host)
    if verb == "DELETE":
        scene.add("data.destroy", 0.6, shown, host + plain)
    else:
        scene.add("data.write", 0.5, shown, host + plain)


def _known_host(scene: Scene, verb: str, host: str, shown: str) -> None:
    """Note what it means to write to a host that offers models, or people, to work for whoever asks."""
    for effects, verbs, pattern in _paths().hosts:
        if verb in verbs and pattern.search(host.partition(":")[0]):
            for effect, certainty in effects:
                scene.add(effect, certainty, shown, host)


def _said(body: str, scene: Scene) -> None:
    """Note settings a body turns on or off."""
    value = body_of(body)
    if value:
        before, scene.trust = scene.trust, scene.trust * 0.9
        read_pairs(value, scene)
        scene.trust = before


def _reached(scene: Scene, host: str, *, changes: bool, body: str, upload: str, shown: str) -> None:
    """Note that data leaves, and that a host outside the allowed ones is reached."""
    bare = host.partition(":")[0]
    if _LOCAL.match(bare):
        return
    allowed = scene.controls.allowed_hosts
    if allowed and not any(bare == name or bare.endswith("." + name.removeprefix("*.")) for name in allowed):
        scene.add("network.reach", 0.8, shown, host)
    if changes and _paths().drops.search(bare):
        scene.add("network.reach", 0.7, shown, host)
        scene.add("out.leak", 0.7 if body or upload else 0.4, shown, host)
    if upload:
        control = scene.find_path(upload)
        if control is not None and control.role == "self":
            scene.add("self.replicate", 0.8, shown, upload, control)
        elif control is not None and control.role == "credentials":
            scene.add("credential.file", 0.9, shown, upload, control)
            scene.add("out.leak", 0.9, shown, host, control)
        elif control is not None:
            scene.add("out.leak", 0.6, shown, host)
