"""Accounts, rights, keys and packages: what makes a program able to do more."""

from __future__ import annotations

import re

from remit.monitor.objects.paths import touch
from remit.monitor.programs.rules import Handler, apply_rules, by_rules
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["RIGHTS"]


def _sudoers(call: Invocation, scene: Scene) -> str:
    if not call.has("-c", "--check"):
        scene.add("cap.admin", 0.8, call.text, "/etc/sudoers")
    return ""


def _install(call: Invocation, scene: Scene) -> str:
    """Package managers; a setup file from the agent itself is a program of its own."""
    apply_rules("packages", call, scene)
    for path in call.plain():
        if path.startswith(("http://", "https://", "git+")) and not re.match(
            r"(?:git\+)?https?://(?:github\.com|files\.pythonhosted\.org|pypi\.org|registry\.npmjs)", path
        ):
            scene.add("cap.tool", 0.5, call.text, path)
    return unknown("output")


def _node_run(call: Invocation, scene: Scene) -> str:
    """``npx``, ``uvx``, ``pipx run``, ``uv run``, ``poetry run``: another program."""
    words = list(call.args)
    if call.name in (
        "uv",
        "poetry",
        "pipenv",
        "pdm",
        "hatch",
        "rye",
        "conda",
        "mamba",
        "pixi",
        "micromamba",
        "bundle",
        "pipx",
        "npm",
        "yarn",
        "pnpm",
    ):
        if words[:1] not in (["run"], ["exec"]):
            return _install(Invocation(name=call.name, args=tuple(words[1:] if words[:1] == ["pip"] else words)), scene)
        words = words[1:]
        while words and words[0].startswith("-"):
            words = (
                words[2:]
                if words[0]
                in ("-n", "--name", "-p", "--with", "--python", "--project", "--directory", "--extra", "--group")
                else words[1:]
            )
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in ("-p", "--package", "--from", "--with", "-c") else words[1:]
    return scene.run(words, call.stdin, piped=call.piped) if words else ""


def _mount(call: Invocation, scene: Scene) -> str:
    """``mount`` over a path hides what was there."""
    words = call.plain(("-o", "-t"))
    if len(words) > 1:
        control = scene.find_path(words[-1])
        if control is not None:
            touch(scene, "write", words[-1], call.text)
    apply_rules("mount", call, scene)
    return unknown("output")


def _unmount(call: Invocation, scene: Scene) -> str:
    for path in call.plain():
        if scene.find_path(path) is not None:
            touch(scene, "disable", path, call.text)
    return ""


def _copy_key(call: Invocation, scene: Scene) -> str:
    """``ssh-copy-id``: lasting access to another host."""
    scene.add("self.persist", 0.6, call.text, " ".join(call.plain(("-i", "-p", "-o"))))
    scene.add("credential.made", 0.7, call.text, " ".join(call.plain(("-i", "-p", "-o"))))
    return ""


RIGHTS: dict[str, Handler] = {
    **dict.fromkeys(("ulimit", "prlimit"), by_rules("ulimit")),
    **dict.fromkeys("useradd adduser usermod".split(), by_rules("accounts")),
    **dict.fromkeys("gpasswd groupmod addgroup groupadd newgrp".split(), by_rules("group")),
    **dict.fromkeys("userdel deluser groupdel".split(), by_rules("remove_account")),
    **dict.fromkeys("passwd chpasswd chage".split(), by_rules("password")),
    **dict.fromkeys("setenforce aa-disable aa-teardown aa-complain apparmor_parser".split(), by_rules("policy")),
    **dict.fromkeys(
        """
        apt apt-get dpkg yum dnf rpm apk pacman brew snap pip pip3 cargo gem go zypper aptitude flatpak twine
        composer
        """.split(),
        _install,
    ),
    **dict.fromkeys(
        """
        npx uvx bunx uv poetry pipenv pdm hatch rye conda mamba pixi micromamba bundle pipx npm yarn pnpm
        """.split(),
        _node_run,
    ),
    **dict.fromkeys("ssh-keygen gpg gpg2 age-keygen certbot".split(), by_rules("keys")),
    **dict.fromkeys(
        """
        pass security op bw secret-tool lpass gopass keyring doppler sops chamber
        """.split(),
        by_rules("secrets"),
    ),
    **dict.fromkeys("insmod modprobe rmmod".split(), by_rules("modules")),
    "visudo": _sudoers,
    "setcap": by_rules("setcap"),
    "sysctl": by_rules("kernel"),
    "ssh-copy-id": _copy_key,
    "mount": _mount,
    "umount": _unmount,
    "update-alternatives": by_rules("replace"),
}
