"""Where runs are known: one folder each below ``$XDG_STATE_HOME/remit/runs``, closed to everybody but their owner."""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.errors import SupervisorError
from remit.ledger.places import state_folder

__all__ = ["RunFolder", "find_run", "is_run", "new_run", "read_object", "runs", "write_secret", "write_whole"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """The folder of one run: its state, record, control socket, keys, and what is shared with the agent."""

    run: str
    path: Path

    @property
    def state_file(self) -> Path:
        """What the run is and which processes it has, as JSON."""
        return self.path / "run.json"

    @property
    def record(self) -> Path:
        """The run's ledger."""
        return self.path / "ledger.db"

    @property
    def socket(self) -> Path:
        """The control socket."""
        return self.path / "control.sock"

    @property
    def door(self) -> Path:
        """The socket of the run's companion, which the agent reaches through a door in its own network."""
        return self.path / "door.sock"

    @property
    def key(self) -> Path:
        """The overseer's key: whoever can read it may resume and correct the run."""
        return self.path / "overseer.key"

    @property
    def control(self) -> Path:
        """The folder the agent sees as /run/remit."""
        return self.path / "control"

    @property
    def report(self) -> Path:
        """How the run ended."""
        return self.path / "stop.json"

    @property
    def of_its_own(self) -> bool:
        """Whether it was started for its own sake: by no drill, and as no part of another run."""
        state = self.read_state()
        return not state.get("part_of") and state.get("role") != "drill"

    def make(self, *, user: str | None = None) -> None:
        """Make the folder and what is shared with the agent; raises ``SupervisorError`` when it cannot be private.

        ``user`` is the account the agent runs as where that is another one: the outbox is then its own.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.mkdir(mode=0o700)
            for folder in (self.control, self.control / "inbox", self.control / "outbox"):
                folder.mkdir(mode=0o755)
            for folder in (self.path.parent, self.path):
                folder.chmod(0o700)
            if user is not None and os.getuid() == 0:
                account = pwd.getpwnam(user)
                os.chown(self.control / "outbox", account.pw_uid, account.pw_gid)
        except KeyError as error:
            raise SupervisorError(f"there is no account `{user}`", code="supervisor.account") from error
        except OSError as error:
            raise SupervisorError(
                f"the folder of the run, `{self.path}`, cannot be made: {error.strerror}",
                code="supervisor.state",
                hint="set XDG_STATE_HOME to a folder that can be written",
            ) from error

    def write_state(self, state: Mapping[str, object]) -> None:
        """Replace the state in one step, so that no reader ever sees half of it."""
        write_whole(self.state_file, state)

    def read_state(self) -> dict[str, object]:
        """The state, or an empty mapping while the run is only being made."""
        return read_object(self.state_file)


def write_whole(path: Path, value: Mapping[str, object]) -> None:
    """Write JSON to a file in one step, readable by its owner only."""
    write_secret(path, json.dumps(value, ensure_ascii=False, indent=1))


def write_secret(path: Path, text: str) -> None:
    """Write a text to a file in one step, readable by its owner only; nothing is left of one that failed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(draft, flags, 0o600)
    try:
        try:
            os.write(file, text.encode("utf-8", errors="replace") + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def read_object(path: Path) -> dict[str, object]:
    """Read a JSON object; empty when there is none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def new_run(name: str, environ: Mapping[str, str]) -> RunFolder:
    """A folder, not made yet, for a new run: the agent's name and four random digits."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "run"
    run = f"{plain}-{secrets.token_hex(3)}"
    return RunFolder(run=run, path=state_folder(environ) / "runs" / run)


def is_run(name: str) -> bool:
    """Whether a text can be the name of a run."""
    return _NAME.match(name) is not None


def runs(environ: Mapping[str, str]) -> tuple[RunFolder, ...]:
    """Every run that is known here, the newest last."""
    folder = state_folder(environ) / "runs"
    try:
        found = [path for path in folder.iterdir() if _NAME.match(path.name) and path.is_dir()]
    except OSError:
        return ()
    folders = [RunFolder(run=path.name, path=path) for path in found]
    return tuple(sorted(folders, key=lambda folder: (_began(folder), folder.run)))


def find_run(run: str, environ: Mapping[str, str]) -> RunFolder:
    """The run of that name, or the only one whose name starts like it; raises ``SupervisorError`` otherwise."""
    known = runs(environ)
    exact = [folder for folder in known if folder.run == run]
    starting = exact or [folder for folder in known if run and folder.run.startswith(run)]
    if len(starting) == 1:
        return starting[0]
    named = starting or [folder for folder in known if folder.of_its_own]
    names = ", ".join(folder.run for folder in named[-5:]) or "none"
    what = "more than one run starts with" if starting else "there is no run"
    raise SupervisorError(f"{what} `{run}`", code="supervisor.unknown-run", hint=f"runs known here: {names}")


def _began(folder: RunFolder) -> float:
    """When a run began, as it says itself; else when its folder last changed; one that just went counts as old.

    Folders alone do not tell: they change while a run lives, and their times have the grain of the kernel's tick.
    """
    began = folder.read_state().get("began")
    if isinstance(began, int | float):
        return float(began)
    try:
        return folder.path.stat().st_ctime
    except OSError:
        return 0.0
