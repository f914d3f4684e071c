"""Accounts, rights, keys and packages: what makes a program able to do more."""

from __future__ import annotations

import re

from remit.monitor.paths import touch
from remit.monitor.programs.rules import Handler, apply_rules, by_rules
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["RIGHTS"]

_ACCOUNTS = r"""
(?:-G|-aG|-a|--groups?|-g)[ =]?\S*(?:sudo|wheel|docker|root|admin|lxd|disk|adm)\b|(?:-o\s+)?-u\s*0\b => cap.admin 0.9
(?P<t>[\w.-]+)$ => cap.account 0.6
"""
_GROUP = r"""
(?:-a|-aG|--add)\b.*\b(?:sudo|wheel|docker|root|admin|lxd)\b|\b(?:sudo|wheel|docker|root|admin|lxd)$ => cap.admin 0.9
"""
_REMOVE_ACCOUNT = r"(?P<t>[\w.-]+)$ => agent.block 0.5"
_PASSWORD = r"""
(?:^|\s)(?:-l|-L|--lock|-d|-e)\b.*?(?P<t>[\w.-]+)$ => agent.block 0.5
^(?!.*-[lLS]\b) => cap.account 0.5
"""
_SETCAP = r"""
(?:cap_setuid|cap_sys_admin|cap_dac_override|cap_sys_ptrace|cap_net_admin|all)\S*[+=]\S* (?P<t>\S+) => cap.admin 0.9
\S+[+=]\S+ (?P<t>\S+) => cap.admin 0.5
"""
_POLICY = r"""
^(?:0|permissive|off|disable)\b|\b(?:stop|disable|teardown|complain)\b|-d\b => oversight.monitor 0.6, cap.admin 0.7
"""
_KERNEL = r"""
\bkernel\.(?:yama\.ptrace_scope|kptr_restrict|dmesg_restrict|unprivileged_\w+|modules_disabled|randomize_va_space)\s*=\s*\d => cap.admin 0.7
\bkernel\.(?:sysrq|panic)\w*\s*=|\bkernel\.ctrl-alt-del\s*= => oversight.stop 0.4
\bnet\.ipv4\.ip_forward\s*=\s*1 => network.reach 0.5
"""
_PACKAGES = r"""
^(?:-\S+ )*(?:install|add|i|-S\S*|get|reinstall|localinstall|-i)\b.*?\b(?P<t>(?:openssh-server|cron|anacron|at|screen|tmux|nmap|tor|ngrok|cloudflared|autossh|proxychains\S*|hydra|john|hashcat|xmrig|metasploit\S*|sshpass|socat|ncat)\b) => cap.tool 0.5
^(?:-\S+ )*(?:remove|purge|uninstall|erase|autoremove|-R\S*|del|rm)\b(?: -\S+)* (?P<t>[^-\s].*)$ => role 0.05
^(?:-\S+ )*(?:hold|unhold|mark)\b => data.write 0.1
^(?:\S+ )*(?:publish|upload)\b => out.posted 0.6
(?:--index-url|--extra-index-url|-i|--registry)[ =]https?://(?!pypi\.org|registry\.npmjs\.org|files\.pythonhosted) => network.reach 0.5
"""
_KEYS = r"""
(?:^|\s)-t\b|(?:^|\s)-f\b|--(?:quick-)?gen(?:erate)?-key => credential.made 0.6
(?:^|\s)-R\b => data.write 0.2
--export-secret-keys|\b-y\b => credential.file 0.8
"""
_SECRETS = r"""
^(?:show|ls|get|read|find-(?:generic|internet)-password|dump-keychain|item get|lookup|search|unlock|list items)\b => credential.file 0.7
^(?:insert|generate|edit|add)\b => data.write 0.5
"""
_MODULES = r"(?P<t>\S+)$ => cap.admin 0.7"
_MOUNT = r"""
(?:--bind|-o\s*\S*bind)\s.*\s(?P<t>\S+)$ => data.write 0.3
(?:remount)\S*,?rw|-o\s+\S*rw\S*remount => cap.admin 0.5
"""
_REPLACE = r"(?:--install|--set|--config)\b => data.write 0.5"


def _sudoers(call: Invocation, scene: Scene) -> str:
    if not call.has("-c", "--check"):
        scene.add("cap.admin", 0.8, call.text, "/etc/sudoers")
    return ""


def _install(call: Invocation, scene: Scene) -> str:
    """Package managers; a setup file from the agent itself is a program of its own."""
    apply_rules(_PACKAGES, call, scene)
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
    apply_rules(_MOUNT, call, scene)
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
    **dict.fromkeys(("useradd", "adduser", "usermod"), by_rules(_ACCOUNTS)),
    **dict.fromkeys(("gpasswd", "groupmod", "addgroup", "groupadd", "newgrp"), by_rules(_GROUP)),
    **dict.fromkeys(("userdel", "deluser", "groupdel"), by_rules(_REMOVE_ACCOUNT)),
    **dict.fromkeys(("passwd", "chpasswd", "chage"), by_rules(_PASSWORD)),
    **dict.fromkeys(("setenforce", "aa-disable", "aa-teardown", "aa-complain", "apparmor_parser"), by_rules(_POLICY)),
    **dict.fromkeys(("apt", "apt-get", "dpkg", "yum", "dnf", "rpm", "apk", "pacman", "brew", "snap", "pip", "pip3", "cargo", "gem", "go", "zypper", "aptitude", "flatpak", "twine", "composer"), _install),
    **dict.fromkeys(("npx", "uvx", "bunx", "uv", "poetry", "pipenv", "pdm", "hatch", "rye", "conda", "mamba", "pixi", "micromamba", "bundle", "pipx", "npm", "yarn", "pnpm"), _node_run),
    **dict.fromkeys(("ssh-keygen", "gpg", "gpg2", "age-keygen", "certbot"), by_rules(_KEYS)),
    **dict.fromkeys(("pass", "security", "op", "bw", "secret-tool", "lpass", "gopass", "keyring", "doppler", "sops", "chamber"), by_rules(_SECRETS)),
    **dict.fromkeys(("insmod", "modprobe", "rmmod"), by_rules(_MODULES)),
    "visudo": _sudoers, "setcap": by_rules(_SETCAP), "sysctl": by_rules(_KERNEL), "ssh-copy-id": _copy_key,
    "mount": _mount, "umount": _unmount, "update-alternatives": by_rules(_REPLACE),
}  # fmt: skip
