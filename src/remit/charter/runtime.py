"""From a charter's runtime section, budgets and credentials to what is asked of the operating system.

Nothing is enforced here. Silence asks for the least: no hosts, no writable path, no secret. What a charter asks for and
no machine can be asked to do is refused, never dropped.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path

from remit.charter.fields import variable_for
from remit.charter.lint.surroundings import INSTRUCTIONS
from remit.charter.model import Charter, Credential
from remit.charter.positions import place_of
from remit.confinement import Confinement, Secret
from remit.errors import NotEnforcedError

__all__ = ["brokered", "confinement_of"]

_CLOCKS = ("wall", "time", "clock")
_WILD = frozenset("*?[")


def confinement_of(charter: Charter, *, folder: Path | None = None, server: str = "") -> Confinement:
    """What a charter asks of the operating system for one run: the agent's, or that of the ``server`` of that name.

    ``folder`` is where relative paths start and where the command runs, the charter's own folder unless given. Paths
    come out absolute, with ``.``, ``..`` and a leading ``~`` resolved by their text. The charter's file, every
    ``remit.*`` beside it or in the folder and, where the charter states ``context.rules: read-only``, the instruction
    files of the folder are ``protected``. Silence about hosts is no host. A time or memory budget with a window
    (``30min/day``) bounds the run by its amount. Agent and servers differ in their secrets alone: nobody gets what is
    another's. Credentials of a broker are left out: see ``brokered``. Raises ``NotEnforcedError`` for a path with a
    wildcard in its middle, which no mount can stand for.
    """
    own = Path(_absolute(charter.path, Path.cwd()))
    start = own.parent if folder is None else Path(_absolute(str(folder), Path.cwd()))
    runtime = charter.runtime
    return Confinement(
        folder=str(start),
        read=_paths(charter, "read", runtime.read, start),
        write=_paths(charter, "write", runtime.write, start),
        protected=tuple(dict.fromkeys(_protected(charter, own, start))),
        hosts=() if runtime.hosts is None else runtime.hosts,
        secrets=tuple(
            _secret(item, start) for item in charter.credentials if _is_for(item, server) and not _is_brokered(item)
        ),
        memory=_least([runtime.memory, *_budgets(charter, ("memory",), "B")]),
        processes=runtime.processes,
        wall=min(_budgets(charter, _CLOCKS, "s"), default=None),
        cpu=min(_budgets(charter, ("cpu",), "s"), default=None),
        user=runtime.user,
        deadman=charter.oversight.stop.heartbeat,
    )


def brokered(charter: Charter) -> tuple[Credential, ...]:
    """The credentials the agent goes without, because they come from a broker and none is attached to a run yet."""
    return tuple(item for item in charter.credentials if _is_brokered(item))


def _is_for(credential: Credential, server: str) -> bool:
    """Whether a credential is for this server, or for the agent where no server is named."""
    return server in credential.servers if server else not credential.servers


def _is_brokered(credential: Credential) -> bool:
    """Whether a credential is a broker's to hand out."""
    return credential.source.startswith("broker:")


def _paths(charter: Charter, kind: str, written: Iterable[str], start: Path) -> tuple[str, ...]:
    """Paths as they are mounted: absolute, each once, without the closing wildcards that mean everything below."""
    found: dict[str, None] = {}
    for number, path in enumerate(written):
        plain = _without_closing_wildcards(path)
        if _WILD & set(plain):
            raise NotEnforcedError(
                f"`{path}` has a wildcard that no mount can stand for",
                where=place_of(charter.places, f"runtime.filesystem.{kind}.{number}"),
                hint="name the folder itself; everything below it is meant",
            )
        found[_absolute(plain, start)] = None
    return tuple(found)


def _without_closing_wildcards(path: str) -> str:
    """A path without ``/*`` and ``/**`` at its end."""
    text = path.strip()
    while text.endswith(("/*", "/**")):
        text = text.rstrip("*").rstrip("/") or "/"
    return "." if text in ("*", "**") else text


def _absolute(path: str, start: Path) -> str:
    """A path made absolute by its text alone; ``~`` and ``$HOME`` are the home of whoever starts the run."""
    for home in ("$HOME", "${HOME}"):
        if path == home or path.startswith(home + "/"):
            path = "~" + path[len(home) :]
    try:
        whole = start / Path(path).expanduser()
    except RuntimeError:
        message = f"nobody knows the home folder `{path}` starts with"
        raise NotEnforcedError(message, hint="write the path in full") from None
    return "/" + posixpath.normpath(whole).lstrip("/")


def _protected(charter: Charter, own: Path, start: Path) -> Iterator[str]:
    """What stays as it is whatever may be written: the charter, also where a link leads, and what belongs to it."""
    yield str(own)
    yield str(own.resolve())
    for folder in dict.fromkeys((own.parent, start)):
        yield from sorted(map(str, folder.glob("remit.*")))
    if charter.context.get("rules") == "read-only":
        yield from (str(start / name) for name in INSTRUCTIONS if (start / name).exists())


def _secret(credential: Credential, start: Path) -> Secret:
    """A credential as the run needs it: where to read it, and where it goes."""
    scheme, _colon, rest = credential.source.partition(":")
    source = f"file:{_absolute(rest, start)}" if scheme == "file" else credential.source
    variable = variable_for(credential.name, credential.source, credential.variable)
    return Secret(
        name=credential.name,
        source=source,
        variable="" if credential.host else variable,
        host=credential.host,
        header=credential.header,
        template=credential.template,
        life=credential.ttl,
    )


def _budgets(charter: Charter, names: Iterable[str], unit: str) -> list[float]:
    """The amounts of the budgets that bound one thing; one written as unlimited bounds nothing."""
    quantities = [charter.budgets[name].quantity for name in names if name in charter.budgets]
    return [found.amount for found in quantities if found is not None and (found.unit == unit or found.amount == 0)]


def _least(sizes: Iterable[float | None]) -> int | None:
    """The smallest of several sizes in whole bytes, ``None`` when there is none."""
    return min((int(size) for size in sizes if size is not None), default=None)
