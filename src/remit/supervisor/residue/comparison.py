"""Residue: what a run left behind that would act, or be reached, after every process of it is dead.

A stop that kills every process has not undone what they arranged: a timer that starts one again, a line in a shell's
start-up file, a key that still opens something. ``before`` takes an inventory when a run starts, ``residue_of``
compares it with what is there at the end. Both are bounded in time and memory, and whatever a bound, a missing right or
a missing feature kept from being looked at is part of the residue: an unknown is never clean.
"""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from itertools import islice
from pathlib import Path

from remit.confinement import Confinement, Secret
from remit.supervisor.residue.kernel import Fact, Facts, holders_of, is_populated, look_at_groups, look_at_kernel
from remit.supervisor.residue.places import Listing, Place, Seen, look, places_of, printable

__all__ = ["Attribution", "Inventory", "Residue", "before", "inventory_from", "not_looked_at", "residue_of"]

START = 0.15  # seconds an inventory may take
END = 1.0  # seconds the comparison may take
GRAIN = 50_000_000  # ns: a file's time of change lags behind the clock by up to a tick, on a network disk by more
MOST_OF_A_KIND = 40
MOST_ENTRIES_AT_THE_END = 20_000  # of one place; there is more time than at the start


class Attribution(StrEnum):
    """Whose doing a residue is."""

    SURE = "sure"  # only the agent could have left it
    APPEARED = "appeared"  # it came up during the run, and could be somebody else's
    UNKNOWN = "not looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """One thing left behind: its kind, what it is (a path, an address, a name), more about it, and whose it is.

    With the attribution ``not looked at`` it says that nobody knows whether ``what`` was left behind, and in
    ``detail`` why.
    """

    kind: str
    what: str
    detail: str
    attribution: Attribution = Attribution.APPEARED

    def __str__(self) -> str:
        """Return one line, such as ``cron: /etc/cron.d/again (new, appeared)``."""
        return f"{self.kind}: {self.what} ({', '.join(filter(None, (self.detail, self.attribution)))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What was there before a run: JSON values only.

    ``places`` are where files were looked for, ``whole`` those seen to the end, ``files`` the time of last change in ns
    by path, ``kernel`` the identities by kind, ``cut`` the kinds of which not everything was seen. ``account`` is the
    number of the account the agent runs as where nobody else used it, and ``root``, ``process`` and ``groups`` where
    the system, /proc and the groups of processes were found.
    """

    places: tuple[Mapping[str, object], ...]
    whole: tuple[str, ...]
    files: Mapping[str, int]
    kernel: Mapping[str, tuple[str, ...]]
    cut: tuple[str, ...]
    ignored: tuple[str, ...]
    account: int | None = None
    process: str = "/proc"
    groups: str = "/sys/fs/cgroup"

    def as_json(self) -> dict[str, object]:
        """The inventory as a JSON object, which ``inventory_from`` reads."""
        return asdict(self)


def inventory_from(written: Mapping[str, object]) -> Inventory:
    """The inventory in what ``Inventory.as_json`` wrote; raises ``TypeError`` or ``ValueError`` where it is none."""
    values = {name.name: written[name.name] for name in fields(Inventory) if name.name in written}
    files, kernel = values["files"], values["kernel"]
    if not isinstance(files, dict) or not isinstance(kernel, dict):
        raise TypeError("this is no inventory")
    lists = ("places", "whole", "cut", "ignored")
    values.update({name: tuple(_list(values[name])) for name in lists})
    values["kernel"] = {kind: tuple(_list(listed)) for kind, listed in kernel.items()}
    return Inventory(**values)  # type: ignore[arg-type]


def _list(value: object) -> list[object]:
    """The value, which must be a list."""
    if not isinstance(value, list | tuple):
        raise TypeError("this is no inventory: a list is missing")
    return list(value)


def before(
    confinement: Confinement,
    command: tuple[str, ...] = (),
    *,
    ignored: Iterable[str] = (),
    root: str = "/",
    homes: Iterable[str] | None = None,
    process: str = "/proc",
    groups: str = "/sys/fs/cgroup",
    most: float = START,
) -> Inventory:
    """What is there before the run starts, looked at for at most ``most`` seconds.

    ``command`` is what will run (its interpreter's start-up files are looked at), ``ignored`` are the supervisor's own
    folders. ``root``, ``homes``, ``process`` and ``groups`` say where to look, for a system mounted elsewhere.
    """
    still = _stopwatch(most)
    places = places_of(confinement, command, root=root, homes=homes)
    workspace = (confinement.folder, *confinement.write, *ignored)
    hidden = tuple(dict.fromkeys(spelling for path in workspace for spelling in (path, os.path.realpath(path))))
    facts = Facts()
    look_at_kernel(facts, still=still, process=process)
    listing = look(places, ignored=hidden, still=still)
    look_at_groups(facts, still=still, groups=groups)
    return Inventory(
        places=tuple({**asdict(place), "names": list(place.names)} for place in places),
        whole=tuple(listing.whole),
        files={path: seen.changed for path, seen in listing.files.items()},
        kernel={kind: tuple(found) for kind, found in facts.found.items()},
        cut=tuple(facts.cut),
        ignored=hidden,
        account=_own_account(confinement, process),
        process=process,
        groups=groups,
    )


def not_looked_at(reason: str) -> tuple[Residue, ...]:
    """The residue of a run after which nobody could look: unknown, and why."""
    what = "what the run left behind"
    return (Residue(kind="everything", what=what, detail=reason, attribution=Attribution.UNKNOWN),)


def _stopwatch(most: float) -> Callable[[], bool]:
    """A question that is answered with yes until so many seconds have gone."""
    end = time.monotonic() + most
    return lambda: time.monotonic() < end


def _own_account(confinement: Confinement, process: str) -> int | None:
    """The account the agent runs as, if that is a named one nobody else uses at this moment."""
    if confinement.user is None:
        return None
    try:
        number = pwd.getpwnam(confinement.user).pw_uid
    except KeyError:
        return None
    return None if number in {0, os.getuid(), 65534} or number in _accounts(process) else number


def _accounts(process: str) -> set[int]:
    """The accounts with a process, as far as they can be seen."""
    found = set()
    for path in Path(process).iterdir():
        if path.name.isdigit():
            with suppress(OSError):
                found.add(path.stat().st_uid)
    return found


def residue_of(
    inventory: Inventory,
    confinement: Confinement,
    *,
    started: float,
    now: float,
    issued: Iterable[str] | None = None,
    most: float = END,
) -> tuple[Residue, ...]:
    """What the run left behind, and what could not be looked at; never longer than about ``most`` seconds.

    ``started`` and ``now`` are seconds since 1970. ``issued`` are the names of the credentials the agent itself was
    handed; not given, they are all those of the confinement that go into its environment.
    """
    still = _stopwatch(most)
    account = None if inventory.account in _accounts(inventory.process) else inventory.account
    facts = Facts()
    look_at_kernel(facts, still=still, process=inventory.process)
    places = tuple(_place(written) for written in inventory.places)
    listing = look(places, ignored=inventory.ignored, still=still, most=MOST_ENTRIES_AT_THE_END)
    look_at_groups(facts, still=still, groups=inventory.groups)
    found = [
        *_credentials(confinement, issued, started=started, now=now),
        *_kernel(inventory, facts, account, still),
        *_files(inventory, listing, account, since=int(started * 1e9) - GRAIN),
        Residue(
            kind="scheduled-call",
            what="calls that were put off",
            detail="what a server of a tool put off for later is not seen",
            attribution=Attribution.UNKNOWN,
        ),
    ]
    return tuple(_shortened(found))


def _place(written: Mapping[str, object]) -> Place:
    """The place an inventory wrote down."""
    names = tuple(str(name) for name in _list(written["names"]))
    return Place(
        kind=str(written["kind"]),
        path=str(written["path"]),
        depth=int(str(written["depth"])),
        names=names,
        marked=written.get("marked") is True,
    )


def _credentials(
    confinement: Confinement, issued: Iterable[str] | None, *, started: float, now: float
) -> Iterator[Residue]:
    """Credentials the agent itself was handed and that still open something: nobody can take a copy back."""
    known = {secret.name: secret for secret in confinement.secrets}
    handed = [name for name, secret in known.items() if not secret.host] if issued is None else issued
    for name in handed:
        left = _left(known.get(name), now - started)
        if left != 0:
            detail = "it never expires" if left is None else f"it works for {left:.0f} s more"
            yield Residue(kind="credential", what=printable(name), detail=detail, attribution=Attribution.SURE)


def _left(secret: Secret | None, ran: float) -> float | None:
    """The seconds a credential has left; ``None``: for ever, as far as anybody said."""
    return None if secret is None or secret.life is None else max(0.0, secret.life - ran)


def _kernel(inventory: Inventory, facts: Facts, account: int | None, still: Callable[[], bool]) -> Iterator[Residue]:
    """What came up in the kernel, kind by kind."""
    for kind, found in facts.found.items():
        earlier = set(inventory.kernel.get(kind, ()))
        whole = kind in inventory.kernel and kind not in inventory.cut
        reason = facts.cut.get(kind) or ("" if whole else "it was not seen whole before the run")
        fresh = {} if not whole else {name: fact for name, fact in found.items() if name not in earlier}
        if kind == "stale-cgroup":
            fresh = {name: fact for name, fact in fresh.items() if not is_populated(name)}
        holders = holders_of((fact.inode for fact in fresh.values() if fact.inode), still=still)
        for fact in fresh.values():
            detail = ", ".join(filter(None, (fact.detail, holders.get(fact.inode, ""), _named(fact.owner))))
            yield Residue(kind=kind, what=fact.what, detail=detail, attribution=_whose(fact, account))
        if reason:
            yield Residue(kind=kind, what="not all of them", detail=reason, attribution=Attribution.UNKNOWN)


def _named(owner: int | None) -> str:
    """The owner as an account's name, or its number where it has none."""
    if owner is None:
        return ""
    try:
        return f"of {pwd.getpwuid(owner).pw_name}"
    except KeyError:
        return f"of account {owner}"


def _whose(thing: Fact | Seen, account: int | None) -> Attribution:
    """Sure where it belongs to the account nobody but the agent used."""
    return Attribution.SURE if account is not None and thing.owner == account else Attribution.APPEARED


def _files(inventory: Inventory, listing: Listing, account: int | None, *, since: int) -> Iterator[Residue]:
    """Files that are new or were changed, and the places that were not looked at whole."""
    whole = set(inventory.whole)
    roots = [(str(place["path"]), str(place["path"]) in whole) for place in inventory.places]
    for path, seen in listing.files.items():
        earlier = inventory.files.get(path)
        if earlier == seen.changed:
            continue
        fresh = earlier is not None or seen.changed >= since or _was_whole(path, roots)
        if fresh:
            detail = f"{'new' if earlier is None else 'changed'}, {_named(seen.owner)}"
            yield Residue(kind=seen.kind, what=printable(path), detail=detail, attribution=_whose(seen, account))
    kinds = {str(place["path"]): str(place["kind"]) for place in inventory.places}
    for path, reason in listing.cut.items():
        yield Residue(kind=kinds[path], what=printable(path), detail=reason, attribution=Attribution.UNKNOWN)


def _was_whole(path: str, roots: Iterable[tuple[str, bool]]) -> bool:
    """Whether the most particular place that holds a path was seen to its end before the run."""
    holding = [(len(root), whole) for root, whole in roots if path == root or path.startswith(root + "/")]
    return max(holding, default=(0, False))[1]


def _shortened(found: Iterable[Residue]) -> Iterator[Residue]:
    """The residue with at most so many of a kind and attribution, and how many more there are."""
    groups: dict[tuple[str, Attribution], list[Residue]] = {}
    for residue in found:
        groups.setdefault((residue.kind, residue.attribution), []).append(residue)
    for (kind, attribution), listed in groups.items():
        yield from islice(listed, MOST_OF_A_KIND)
        more = len(listed) - MOST_OF_A_KIND
        if more > 0:
            yield Residue(kind=kind, what=f"{more} more", detail="of the same kind", attribution=attribution)
