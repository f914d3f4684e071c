"""What a tool's name, and what its server claims about it, suggest: kind, reach, effects.

Guesses only, and careful ones: a name that says "delete" is believed against a server that says "read-only", and a
name that says nothing is taken to change things unless the server claims otherwise.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from remit.charter.kinds import tool_kind

__all__ = ["Claims", "Reach", "common_kind", "effects_of", "finishing_rank", "kind_guess", "reach_of", "words_of"]

_SPLIT = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GENERIC = frozenset(
    ("mcp", "http", "shell", "config", "clock", "ci")
)  # a word of these says little beside another kind

_READS = frozenset(
    (
        "get list read show search find fetch view describe status log diff lookup query check convert count "
        "preview inspect tree info glob grep ls cat head tail stat browse load recall retrieve select explain "
        "help whoami ping watch"
    ).split()
)
_WRITES = frozenset(
    (
        "create write edit update set add commit push send post put move rename copy checkout merge upload "
        "save insert submit publish run exec execute start launch open click type fill press apply install "
        "deploy restart schedule spawn delegate handoff transfer pay buy order issue refund charge reply "
        "forward book invite grant assume attach replace patch fork approve close assign enable notify store "
        "remember init clone pull rebase stash tag sync import"
    ).split()
)
_DESTROYS = frozenset(
    (
        "delete remove drop destroy purge reset truncate revoke wipe kill terminate cancel rm rmdir unlink "
        "clear erase clean uninstall detach disable silence mute forget archive expire ban"
    ).split()
)
_FINISHING = tuple(("submit publish send merge deploy commit reply pay write edit create update set post run").split())
_STORES = frozenset(("files", "git", "database", "memory", "cloud", "containers"))
_MUTES = frozenset(("silence", "mute", "disable", "delete", "remove", "stop", "kill", "ack", "acknowledge"))


class Reach(StrEnum):
    """How far a call reaches into the world: it looks, it changes, it destroys."""

    READS = "reads"
    CHANGES = "changes"
    DESTROYS = "destroys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a server says about its own tool (MCP tool annotations); ``None`` where it says nothing. Never proof."""

    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None

    def __str__(self) -> str:
        """Return the claims that tell something as words for a comment, empty when there are none."""
        pairs = [(self.read_only, "read-only", "not read-only")]
        if not self.read_only:
            pairs += [(self.destructive, "destructive", "not destructive"), (self.idempotent, "idempotent", "")]
        pairs.append((self.open_world, "open world", "closed world"))
        words = [yes if value else no for value, yes, no in pairs if value is not None]
        return ", ".join(word for word in words if word)


def words_of(name: str) -> tuple[str, ...]:
    """The lower-case words of a tool's name, whatever joins them."""
    return tuple(word for word in _SPLIT.split(_CAMEL.sub("_", name[:200]).lower()) if word)


def common_kind(names: Collection[str], *, server: str = "") -> str | None:
    """The kind at least half of a server's tool names point to (its own name counts once more), or ``None``."""
    votes: Counter[str] = Counter()
    for name in names:
        votes.update({kind for word in words_of(name) if (kind := tool_kind(word))})
    votes.update({kind for word in words_of(server) if (kind := tool_kind(word)) and kind != "mcp"})
    best = max(votes.values(), default=0)
    if best == 0 or 2 * best < len(names):
        return None
    tied = sorted(kind for kind, count in votes.items() if count == best)
    return next((kind for kind in tied if kind not in _GENERIC), tied[0])


def kind_guess(name: str, *, common: str | None) -> str | None:
    """The kind of one tool: the server's common kind where its name allows it, else what its name says."""
    own = {kind for word in words_of(name) if (kind := tool_kind(word))}
    direct = tool_kind(name)
    if common is not None and (not own or common in own):
        return common
    return direct


def reach_of(name: str, claims: Claims, *, kind: str | None) -> Reach:
    """How far a call of this tool reaches; the more careful of its name and the server's claims."""
    words = set(words_of(name))
    if words & _DESTROYS or (claims.destructive and not claims.read_only):
        return Reach.DESTROYS
    if kind == "shell" or words & _WRITES or claims.read_only is False:
        return Reach.CHANGES
    return Reach.READS if claims.read_only or words & _READS or kind == "clock" else Reach.CHANGES


def effects_of(name: str, *, kind: str | None, reach: Reach) -> tuple[str, ...]:
    """What a call of this tool does to the world, in the words of ``charter.effects``."""
    if reach is Reach.READS:
        return (f"info.{kind or 'unknown'}",)
    words = set(words_of(name))
    match kind:
        case "payments":
            return ("money.spend", "irreversible")
        case "email" | "chat":
            return ("irreversible",)
        case "agents":
            return ("agent.spawn",)
        case "scheduler":
            return ("data.destroy",) if reach is Reach.DESTROYS else ("schedule.job",)
        case "monitoring" if words & _MUTES:
            return ("oversight.monitor",)
        case _:
            destroys = reach is Reach.DESTROYS and (kind in _STORES or kind is None or bool(words & _DESTROYS))
            return ("data.write", "data.destroy") if destroys else ("data.write",)


def finishing_rank(name: str, *, reads: bool) -> tuple[int, int]:
    """How likely this call is the one that finishes the job; the smallest wins (changing before reading, by verb)."""
    words = words_of(name)
    verbs = [_FINISHING.index(word) for word in words if word in _FINISHING]
    order = 2 if _DESTROYS.intersection(words) else int(reads)
    return (order, min(verbs, default=len(_FINISHING)))
