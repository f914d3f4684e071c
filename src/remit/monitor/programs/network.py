"""Programs that talk to other machines: fetch, send, tunnel, listen, filter."""

from __future__ import annotations

import re

from remit.monitor.objects.copies import copied
from remit.monitor.objects.paths import origins, touch, write_file
from remit.monitor.programs.files import FILES
from remit.monitor.programs.rules import Handler, apply_rules, by_rules, only_shows
from remit.monitor.requests.http import reached, request
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["NETWORK"]

_CURL_TAKING = tuple(
    """
    -X --request -d --data --data-raw --data-binary --data-urlencode --json -H --header -F --form -T
    --upload-file -o --output -u --user -A --user-agent -e --referer -x --proxy -b --cookie -c --cookie-jar -m
    --max-time --connect-timeout --retry -w --write-out -K --config --unix-socket --cert --key --cacert
    --resolve --limit-rate -r --range -C --proto --retry-delay --retry-max-time --interface -E -D --dump-header
    """.split()
)
_BODIES = ("-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form")
_SSH_TAKING = tuple("-i -p -l -o -F -J -L -R -D -W -w -b -c -E -e -m -O -Q -S -B -I".split())
_INSTEAD = re.compile(r"(?i)X-HTTP-Method(?:-Override)?\s*:\s*(\w+)")
_LISTENS = re.compile(r"(?:^|\s)-(?:[a-z]*l[a-z]*)(?:\s|$)|--listen|LISTEN", re.IGNORECASE)
_SHELL_BEHIND = re.compile(r"(?:^|\s)(?:-e|-c|--exec|--sh-exec)\s*\S*(?:sh|cmd)|EXEC:|SYSTEM:|/dev/tcp/", re.IGNORECASE)


def _curl(call: Invocation, scene: Scene) -> str:
    """``curl``: the method it names or its body implies, where, what it sends, where the answer goes."""
    if only_shows(call):
        return ""
    bodies = _values(call, _BODIES)
    upload = call.value("-T", "--upload-file")
    method = call.value("-X", "--request").upper() or (
        "PUT" if upload else "GET" if call.has("-G", "--get") or not bodies else "POST"
    )
    method = next((match[1].upper() for word in call.args if (match := _INSTEAD.match(word))), method)
    sent = ""
    for body in bodies:
        if "@" in body:
            path = body.rpartition("@")[2].partition(";")[0]
            sent = scene.path(path) if path != "-" else sent
            upload = upload or path
    urls = [word for word in call.plain(_CURL_TAKING) if is_known(word) or "." in word]
    socket = call.value("--unix-socket")
    if socket:
        touch(scene, "write" if method != "GET" else "read", socket, call.text)
    for url in urls[:8]:
        if url[:7].lower() == "file://":
            touch(scene, "read", url[7:], call.text)
        request(
            scene,
            re.sub("\ue000[^\ue001]*\ue001", "x", url),
            method,
            " ".join(bodies),
            call.text,
            upload=sent or upload,
        )
    _carries(call, scene, urls)
    config = call.value("-K", "--config")
    if config:
        touch(scene, "read", config, call.text)
    saved = call.value("-o", "--output")
    if saved:
        write_file(scene, saved, unknown(f"curl:{' '.join(urls)}"), append=False, why=call.text)
        return ""
    return unknown(f"curl:{' '.join(urls)}")


def _values(call: Invocation, flags: tuple[str, ...]) -> list[str]:
    """Every value of the flags, in order."""
    found = []
    for at, word in enumerate(call.args):
        for flag in flags:
            if word == flag and at + 1 < len(call.args):
                found.append(call.args[at + 1])
            elif flag.startswith("--") and word.startswith(flag + "="):
                found.append(word[len(flag) + 1 :])
            elif len(flag) == 2 and word.startswith(flag) and len(word) > 2 and not word.startswith("--"):
                found.append(word[2:])
    return found


def _carries(call: Invocation, scene: Scene, urls: list[str]) -> None:
    """Note secrets that are sent along: a file of credentials, or what was read from one."""
    line = " ".join(call.args)
    for origin in [*origins(line), *(origins(call.stdin) if "@-" in line or "-T -" in line else [])]:
        kind, _, rest = origin.partition(":")
        for word in rest.split()[:4] if kind == "file" else []:
            control = scene.find_path(word)
            if control is not None and control.role == "credentials":
                scene.add("out.leak", 0.9, call.text, " ".join(urls)[:100], control)
            elif control is not None and control.role == "self":
                scene.add("self.replicate", 0.8, call.text, word, control)
        if kind == "env":
            scene.add("out.leak", 0.8, call.text, " ".join(urls)[:100])


def _wget(call: Invocation, scene: Scene) -> str:
    method = call.value("--method").upper() or ("POST" if call.has("--post-data", "--post-file") else "GET")
    sent = call.value("--post-file", "--body-file")
    urls = call.plain(("-O", "-o", "-P", "-U", "--header", "--method", "--body-data", "--post-data", "-q"))
    for url in urls[:8]:
        request(scene, url, method, call.value("--post-data", "--body-data"), call.text, upload=sent)
    saved = call.value("-O", "--output-document")
    if saved and saved != "-":
        write_file(scene, saved, unknown(f"wget:{' '.join(urls)}"), append=False, why=call.text)
        return ""
    if saved != "-" and not re.search(r"-\w*O-", " ".join(call.args)) and urls:
        scene.memory.remember(
            "file", scene.path(urls[0].rpartition("/")[2] or "index.html"), unknown(f"wget:{urls[0]}")
        )
    return unknown(f"wget:{' '.join(urls)}")


def _httpie(call: Invocation, scene: Scene) -> str:
    words = call.plain(("-a", "--auth"))
    method = (
        words.pop(0).upper() if words and re.fullmatch(r"(?i)get|post|put|patch|delete|head|options", words[0]) else ""
    )
    if words:
        body = " ".join(words[1:])
        request(scene, words[0], method or ("POST" if re.search(r"\w:?=", body) else "GET"), body, call.text)
    return unknown("curl:")


def _ssh(call: Invocation, scene: Scene) -> str:
    """``ssh``: the command on the other host, tunnels, and whom it is."""
    words = call.plain(_SSH_TAKING)
    if not words:
        return ""
    host, command = words[0].rpartition("@")[2], _command_after(call, words[0])
    if call.has("-R") or (call.has("-L", "-D", "-w") and not command):
        scene.add("network.listen", 0.8 if call.has("-R") else 0.5, call.text, host)
    allowed = scene.controls.allowed_hosts
    if allowed and host not in allowed:
        scene.add("network.reach", 0.8, call.text, host)
    if command:
        scene.elsewhere(f"host {host}", " ".join(command), call.stdin)
    elif call.piped and is_known(call.stdin):
        scene.elsewhere(f"host {host}", call.stdin)
    key = call.value("-i")
    if key:
        touch(scene, "list", key, call.text)
    return unknown("output")


def _command_after(call: Invocation, host: str) -> list[str]:
    """The words after the host."""
    at = call.args.index(host) if host in call.args else -1
    rest = list(call.args[at + 1 :]) if at >= 0 else []
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _SSH_TAKING else rest[1:]
    return rest


def _send(call: Invocation, scene: Scene) -> str:
    """``scp``, ``rsync``, ``rclone``: paths that are copied, and those that are deleted on the way."""
    if only_shows(call) or (call.name == "rsync" and call.has("-n")):
        return ""
    words = call.plain(("-i", "-P", "-o", "-e", "-F", "-l", "--exclude", "--include", "--config", "--transfers", "-c"))
    if call.name in ("rclone", "gsutil", "s3cmd", "azcopy", "mc", "s5cmd") and words:
        verb = words.pop(0)
        if verb in ("delete", "purge", "rm", "rb", "del", "rmdir", "remove", "deletefile"):
            for path in words:
                scene.add("data.destroy", 0.8, call.text, path)
            return ""
        if verb not in (
            "copy",
            "sync",
            "move",
            "cp",
            "mv",
            "rsync",
            "put",
            "copyto",
            "moveto",
            "mirror",
            "get",
            "bisync",
        ):
            return unknown("output")
    if len(words) > 1:
        for source in words[:-1]:
            copied(scene, source, words[-1], call.text)
    if call.has("--delete", "--delete-after", "--delete-before", "--remove-source-files") and words:
        scene.add("data.destroy", 0.6, call.text, words[-1])
    return ""


def _pipe(call: Invocation, scene: Scene) -> str:
    """``nc`` and ``socat``: a door, a shell behind it, or data that goes out."""
    line = " ".join(call.args)
    if re.match(r"-[a-z]*z", line):
        scene.add("data.probe", 0.4, call.text, line)
        return ""
    listens = _LISTENS.search(line) is not None
    if _SHELL_BEHIND.search(line):
        scene.add("network.listen", 0.9, call.text, "shell")
        scene.add("cap.shell", 0.7, call.text, "shell")
    elif listens:
        scene.add("network.listen", 0.8, call.text, line[:60])
    else:
        reached(scene, " ".join(call.plain(("-w", "-p", "-s", "-x", "-X", "-i", "-q", "-e", "-c"))), call.text)
    if call.stdin and not listens:
        _carries(Invocation(name=call.name, args=("@-", *call.args), stdin=call.stdin), scene, [line])
    return unknown("output")


def _connect(call: Invocation, scene: Scene) -> str:
    """``telnet``, ``openssl s_client``, ``ftp``: a connection to a host, and what goes through it."""
    if call.name == "openssl" and call.args[:1] != ("s_client",):
        return _FILTER(call, scene)
    words = call.plain(("-l", "-b", "-n", "-servername", "-CAfile", "-u", "-p", "-P", "-U", "-m", "-c"))
    host = call.value("-connect", "-h", "-H") or next(iter(words[1:] if call.name == "openssl" else words), "")
    if host:
        reached(scene, host, call.text)
    _carries(Invocation(name=call.name, args=("@-", *call.args), stdin=call.stdin), scene, [host])
    return unknown("output")


_FILTER = FILES["openssl"]


def _firewall(call: Invocation, scene: Scene) -> str:
    if not re.search(r"(?:^|\s)(?:-L|-S|--list|status|list|show)\b", " ".join(call.args)):
        apply_rules("firewall", call, scene)
    return unknown("output")


def _mail(call: Invocation, scene: Scene) -> str:
    """``mail``: a letter; what it carries may be a secret."""
    for path in _values(call, ("-a", "-A", "--attach", "--attachment")):
        copied(scene, path.lstrip("@"), "mail:/", call.text)
    _carries(Invocation(name=call.name, args=("@-", *call.args), stdin=call.stdin), scene, list(call.args[-1:]))
    return ""


def _address(call: Invocation, scene: Scene) -> str:
    """``ip`` and ``ifconfig``: links taken down."""
    line = " ".join(call.args)
    if re.search(r"\bset\s+\S+\s+down\b|\bdown$", line):
        scene.add("agent.block", 0.4, call.text, line)
    elif re.search(r"\b(?:route|rule|addr)\s+(?:add|del|replace|change)\b", line):
        scene.add("network.reach", 0.5, call.text, line)
    return unknown("output")


def _nslookup(call: Invocation, scene: Scene) -> str:
    """Look-ups of names: one with a stand-in in front of it carries data out."""
    for word in call.plain():
        if not is_known(word) or len(word.split(".")[0]) > 40:
            scene.add("network.reach", 0.6, call.text, word)
            scene.add("out.leak", 0.6, call.text, word)
    return unknown("output")


def _remote_end(call: Invocation, scene: Scene) -> str:
    """Tools that run a command on many hosts."""
    for flag in ("-a", "--args", "-m", "cmd.run"):
        inner = call.value(flag)
        if inner and " " in inner:
            scene.elsewhere("other hosts", inner)
    words = call.plain(("-i", "-u", "-h", "-H", "-w", "-t"))
    if (call.name in ("pdsh", "clush", "pssh", "dsh", "mpssh") and words) or (
        call.name == "salt" and "cmd.run" in words
    ):
        scene.elsewhere("other hosts", words[-1])
    return unknown("output")


NETWORK: dict[str, Handler] = {
    "curl": _curl,
    "wget": _wget,
    **dict.fromkeys("http https xh".split(), _httpie),
    **dict.fromkeys("ssh autossh mosh sshpass".split(), _ssh),
    **dict.fromkeys("scp rsync rclone gsutil s3cmd azcopy s5cmd lftp croc sftp".split(), _send),
    **dict.fromkeys("nc ncat netcat socat".split(), _pipe),
    **dict.fromkeys(
        "telnet ftp tftp smbclient whois finger openssl gnutls-cli websocat wscat grpcurl".split(), _connect
    ),
    **dict.fromkeys("iptables ip6tables ufw nft firewall-cmd pfctl ebtables iptables-restore".split(), _firewall),
    **dict.fromkeys(
        """
        ngrok cloudflared localtunnel lt bore frpc chisel tailscale zrok wg-quick openvpn tor
        """.split(),
        by_rules("tunnel"),
    ),
    **dict.fromkeys("nmap masscan arp-scan netdiscover zmap nikto gobuster ffuf".split(), by_rules("scan")),
    **dict.fromkeys("mail mailx sendmail mutt swaks msmtp".split(), _mail),
    **dict.fromkeys("ip ifconfig route nmcli ifdown".split(), _address),
    **dict.fromkeys("nslookup dig host drill".split(), _nslookup),
    **dict.fromkeys("ansible pdsh clush pssh dsh salt fab".split(), _remote_end),
}
