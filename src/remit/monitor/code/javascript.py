"""Programs in JavaScript, Perl, Ruby and the like, by a light look: the commands they run, the files they touch."""

from __future__ import annotations

import re

from remit.monitor.controls.resources import acts_of, op_in, pieces_of, things_in
from remit.monitor.edits.edited import Edit, halves
from remit.monitor.edits.editing import note_edits
from remit.monitor.encoded.filters import decoded_in
from remit.monitor.encoded.letters import unescape
from remit.monitor.objects.paths import touch, write_file
from remit.monitor.objects.roles import end_process
from remit.monitor.requests.http import reached, request
from remit.monitor.scene import Scene, unknown

__all__ = ["read_javascript", "read_script"]

_LONGEST = 20_000
_MOST = 32
_SDK = 0.8
_UNQUOTED = re.compile(r"\\([\\'])")
_COMMENT = re.compile(r"(?<![:\"'\w/])//[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = r"([\"'`])((?:\\.|(?!\1).)*)\1"
_SECOND = r"([\"'`])((?:\\.|(?!\2).)*)\2"
_RUNS = re.compile(
    r"\b(?:exec|execSync|execa|shell|system|popen|passthru|shell_exec|\$|cmd)\s*\(?\s*" + _TEXT, re.DOTALL
)
_SPAWNS = re.compile(
    r"\b(?:spawn|spawnSync|execFile|execFileSync|system|exec|fork)\s*\(\s*([\"'])([^\"'\n]+)\1\s*,\s*(?:\[([^\]]*)\]|((?:[\"'][^\"'\n]*[\"']\s*,?\s*)+)\))"
)
_FILE = re.compile(r"\b(\w+)\s*\(\s*" + _SECOND + r"(?:\s*,\s*([\"'`])((?:\\.|(?!\4).)*)\4)?", re.DOTALL)
_KILL = re.compile(r"\bkill\s*\(?\s*(?:[\"']?(?:SIG)?[A-Z0-9]*[\"']?\s*(?:=>|,)\s*)?(\d+)")
_FETCH = re.compile(
    r"\b(?:fetch|axios(?:\.\w+)?|got(?:\.\w+)?|request(?:\.\w+)?)\s*\(\s*" + _TEXT + r"([^;]{0,400})", re.DOTALL
)
_METHOD = re.compile(r"method\s*:\s*[\"'](\w+)")
_IGNORES = re.compile(r"process\.on\(\s*[\"'](SIG(?:TERM|INT|HUP))[\"']\s*,\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*\{\s*\}")
_SOCKETS = re.compile(
    r"\b(?:TCPSocket|UDPSocket|IO::Socket(?:::\w+)*|fsockopen|pfsockopen|stream_socket_client|net[\"']?\)?\.(?:connect|createConnection)|"
    r"tls\.connect|Net::(?:HTTP|FTP|SMTP|Telnet)|LWP::UserAgent|HTTP::Tiny|socket\.tcp|inet_aton|gethostbyname|URI\.open|"
    r"Net\.Sockets\.TcpClient|sockaddr_in)[^;\n]{0,120}?[\"']((?:\w+://)?[A-Za-z0-9][\w-]*(?:\.[\w-]+)+)(?::\d+)?[^\"'\n]{0,200}[\"']"
)
_ORDERS = re.compile(r"\bnew\s+([A-Z]\w{4,60})Command\s*\(")
_WRITTEN = re.compile(
    r"\b(?:writeFile(?:Sync)?|outputFile(?:Sync)?|outputJson(?:Sync)?|writeJson(?:Sync)?|file_put_contents|File\.write|"
    r"Bun\.write|Deno\.writeTextFile(?:Sync)?|Set-Content)\s*\(?\s*(?:([\"'`])([^\"'`\n]{1,200})\1)?"
)
_REPLACED = re.compile(
    r"(?:\.(?:replace(?:All)?|g?sub!?)\s*\(|\b(?:str|preg)_replace\s*\(|-replace)\s*"
    r"(?:/((?:\\.|[^/\\\n]){1,200})/[gimsu]*|([\"'`])(.{1,200}?)\2)\s*,\s*([\"'`])(.{0,200}?)\4"
)
_SET = re.compile(
    r"(?<![\w.])\$?((?:[A-Za-z_]\w*)(?:\.\w+|\[\s*[\"'][\w.-]+[\"']\s*\])+)\s*=(?!=)\s*[\"']?(true|false|off|on|no|yes|null|nil|0|1)\b"
)
_UNSET = re.compile(r"\bdelete\s+[\w$]+\.([\w.]+)")
_WRITES = frozenset(
    "writeFile writeFileSync createWriteStream file_put_contents truncate truncateSync outputFile".split()
)
_APPENDS = frozenset("appendFile appendFileSync".split())
_DELETES = frozenset("unlink unlinkSync rm rmSync rmdir rmdirSync remove removeSync rm_rf delete".split())
_DELETED = re.compile(
    r"\b(?:unlink|rmtree|remove_tree|rm_rf?|rm_r|remove_entry_secure|File\.delete)\s*\(?\s*"
    r"(?:Dir\.)?(?:glob|\[)?\s*\(?\s*[<\"']([^\"'<>\n]{2,300})[>\"']"
)
_READS = frozenset("readFile readFileSync createReadStream file_get_contents read slurp".split())
_COPIES = frozenset("copyFile copyFileSync cp cpSync rename renameSync symlink symlinkSync".split())


def read_javascript(text: str, scene: Scene, stdin: str = "") -> str:
    """Note what a program in JavaScript does, as far as its texts show."""
    del stdin
    code = decoded_in(_COMMENT.sub(" ", text[:_LONGEST]))
    _edited(code, scene)
    _commands(code, scene)
    _files(code, scene)
    _connected(code, scene)
    for match in list(_FETCH.finditer(code))[:_MOST]:
        method = _METHOD.search(match[3])
        named = re.search(
            r"\.(post|put|patch|delete)\s*\($", match[0][: match[0].find(match[1])].rstrip(), re.IGNORECASE
        )
        request(
            scene, match[2], method[1] if method else named[1] if named else "GET", match[3], f"code: {match[0][:80]}"
        )
    for match in list(_ORDERS.finditer(code))[:_MOST]:
        pieces = pieces_of(match[1])
        for effect, certainty, _ in acts_of(op_in(pieces), things_in(pieces), least=1.0):
            scene.add(effect, certainty * _SDK, f"code: {match[0]}", match[1])
    for match in list(_IGNORES.finditer(code))[:4]:
        scene.add("oversight.stop", 0.6, f"ignores {match[1]}: {match[0]}", "signals")
    return unknown("output")


def read_script(text: str, scene: Scene, stdin: str = "") -> str:
    """Note what a program in Perl, Ruby, PHP or AppleScript does, as far as its texts show."""
    for match in list(
        re.finditer(r"`([^`\n]{2,400})`|%x[({]([^)}]{2,400})[)}]|do shell script \"([^\"]+)\"", text[:_LONGEST])
    )[:_MOST]:
        scene.read("shell", match[1] or match[2] or match[3])
    _deleted(text[:_LONGEST], scene)
    _connected(text[:_LONGEST], scene)
    return read_javascript(re.sub(r"(?m)^\s*#.*$", "", text[:_LONGEST]), scene, stdin)


def _edited(code: str, scene: Scene) -> None:
    """Note what a program puts in the place of what in the files it writes, and the settings it sets before."""
    written = _WRITTEN.search(code)
    if written is None:
        return
    path = written[2] or ""
    edits = [Edit(*halves(match[1] or match[3], match[5]), path) for match in list(_REPLACED.finditer(code))[:_MOST]]
    edits += [Edit("", f"{match[1]} = {match[2]}", path) for match in list(_SET.finditer(code))[:_MOST]]
    edits += [Edit(f"{match[1]}: true", "", path, lines=True) for match in list(_UNSET.finditer(code))[:_MOST]]
    note_edits(scene, edits, f"code: {written[0][:80]}")


def _connected(code: str, scene: Scene) -> None:
    """Note the hosts a program opens a connection of its own to."""
    for match in list(_SOCKETS.finditer(code))[:_MOST]:
        reached(scene, match[1], f"code: {match[0][:80]}")


def _deleted(code: str, scene: Scene) -> None:
    """Note what a program in Perl or Ruby deletes: a list of files by a pattern, a whole folder."""
    for match in list(_DELETED.finditer(code))[:_MOST]:
        touch(scene, "delete", match[1].rstrip("/*") or match[1], f"code: {match[0][:80]}")


def _commands(code: str, scene: Scene) -> None:
    """Note the commands a program runs and the processes it ends."""
    spawned = list(_SPAWNS.finditer(code))[:_MOST]
    starts = {match.start() for match in spawned}
    for match in spawned:
        words = re.findall(r"[\"']([^\"'\n]*)[\"']", match[3] or match[4] or "")
        scene.start([match[2], *words])
    for match in list(_RUNS.finditer(code))[:_MOST]:
        if match.start() not in starts:
            scene.read("shell", unescape(match[2]) if match[1] != "'" else _UNQUOTED.sub(r"\1", match[2]))
    for match in list(_KILL.finditer(code))[:_MOST]:
        end_process(scene, match[1], f"code: {match[0]}")


def _files(code: str, scene: Scene) -> None:
    """Note the files a program touches."""
    for match in list(_FILE.finditer(code))[: 2 * _MOST]:
        verb, path, other = match[1], match[3], match[5]
        why = f"code: {match[0][:80]}"
        if verb in _WRITES:
            write_file(scene, path, other or unknown("code"), append=False, why=why)
        elif verb in _APPENDS:
            write_file(scene, path, other or unknown("code"), append=True, why=why)
        elif verb in _DELETES and ("/" in path or "." in path):
            touch(scene, "delete", path, why)
        elif verb in _READS:
            touch(scene, "read", path, why)
        elif verb in _COPIES and other:
            if verb.startswith("rename") and scene.find_path(path) is not None:
                touch(scene, "delete", path, why)
            touch(scene, "write", other, why)
