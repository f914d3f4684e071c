"""What a charter asks of the operating system: absolute paths, no more than is written, nothing dropped in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.charter.lint import lint
from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_charter
from remit.charter.runtime import brokered, confinement_of
from remit.confinement import Confinement, Piece, Secret
from remit.errors import CharterError, NotEnforcedError

BARE = "remit: 1\nagent: {name: clerk}\npurpose: {text: file the invoices of the day; done when none is left}\n"
SHIPPED = sorted((Path(__file__).parents[2] / "src/remit/charters").glob("*.yaml"))


def charter(parts: str = "", *, path: str = "/srv/desk/remit.yaml") -> Charter:
    """A charter of the four parts a run needs, from a file that need not exist."""
    return parse_charter(f"{BARE}{parts}\n", path=path)


def asked(parts: str = "", *, folder: Path | None = None) -> Confinement:
    """What a small charter asks for."""
    return confinement_of(charter(parts), folder=folder)


def test_four_parts_are_enough_to_run_a_process() -> None:
    small = charter("runtime: {filesystem: {write: [./work]}}")
    assert lint(small) is not None
    assert confinement_of(small) == Confinement(
        folder="/srv/desk", write=("/srv/desk/work",), protected=("/srv/desk/remit.yaml",)
    )


def test_silence_asks_for_the_least() -> None:
    nothing = asked()
    assert (nothing.read, nothing.write, nothing.hosts, nothing.secrets, nothing.variables) == ((), (), (), (), ())
    assert (nothing.memory, nothing.processes, nothing.wall, nothing.cpu, nothing.user, nothing.deadman) == (None,) * 6
    assert {Piece.NETWORK, Piece.FILESYSTEM, Piece.STOP, Piece.HOLD} <= set(nothing.requested)
    assert not {Piece.MEMORY, Piece.DEADMAN, Piece.CREDENTIALS} & set(nothing.requested)


@pytest.mark.parametrize(
    ("hosts", "found"), [("any", ("*",)), ("none", ()), ("[a.example, '*.b.example']", ("a.example", "*.b.example"))]
)
def test_hosts_arrive_as_written(hosts: str, found: tuple[str, ...]) -> None:
    assert asked(f"runtime: {{network: {{hosts: {hosts}}}}}").hosts == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (".", "/srv/desk"), ("./work", "/srv/desk/work"), ("work/", "/srv/desk/work"), ("../out", "/srv/out"),
        ("/data//x/./y", "/data/x/y"), ("work/**", "/srv/desk/work"), ("work/*", "/srv/desk/work"), ("**", "/srv/desk"),
        ("//data", "/data"), ("/*", "/"), ("~/notes", "/home/clerk/notes"), ("$HOME/notes", "/home/clerk/notes"),
    ],
)  # fmt: skip
def test_paths_are_absolute_and_without_closing_wildcards(
    written: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/clerk")
    for kind in ("read", "write"):
        confinement = asked(f"runtime: {{filesystem: {{{kind}: ['{written}']}}}}")
        assert getattr(confinement, kind) == (found,)


def test_a_path_named_twice_is_one_path() -> None:
    assert asked("runtime: {filesystem: {write: [work, ./work/]}}").write == ("/srv/desk/work",)


@pytest.mark.parametrize("path", ["src/*.py", "/home/*/work", "a[bc]"])
def test_a_wildcard_that_no_mount_can_stand_for_is_refused_at_its_place(path: str) -> None:
    with pytest.raises(NotEnforcedError, match="wildcard") as caught:
        asked(f"runtime:\n  filesystem:\n    write: [ok, '{path}']")
    assert str(caught.value.where) == "/srv/desk/remit.yaml:6:17"
    assert caught.value.hint


def test_a_home_nobody_has_is_refused() -> None:
    with pytest.raises(NotEnforcedError, match="home folder"):
        asked("runtime: {filesystem: {write: ['~nobody-of-this-name/x']}}")


def test_the_folder_is_the_charters_own_unless_another_is_given(tmp_path: Path) -> None:
    assert asked().folder == "/srv/desk"
    elsewhere = asked("runtime: {filesystem: {write: [work]}}", folder=tmp_path)
    assert (elsewhere.folder, elsewhere.write) == (str(tmp_path), (str(tmp_path / "work"),))


def test_a_relative_charter_is_looked_for_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    confinement = confinement_of(charter(path="agents/desk.yaml"))
    assert confinement.folder == str(tmp_path / "agents")
    assert confinement.protected == (str(tmp_path / "agents/desk.yaml"),)


def test_the_charter_what_it_links_to_and_what_belongs_to_it_stay_as_they_are(tmp_path: Path) -> None:
    kept, work = tmp_path / "kept", tmp_path / "work"
    for folder in (kept, work):
        folder.mkdir()
    (kept / "agent.yaml").write_text(BARE, encoding="utf-8")
    (work / "remit.yaml").symlink_to(kept / "agent.yaml")
    for name in ("remit.schema.json", "AGENTS.md", "other.txt"):
        (work / name).touch()
    confinement = confinement_of(read_charter(work / "remit.yaml"))
    expected = {work / "remit.yaml", kept / "agent.yaml", work / "remit.schema.json"}
    assert set(confinement.protected) == {str(path) for path in expected}


def test_rules_stated_as_read_only_are_made_so(tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").touch()
    stated = charter("context: {rules: read-only}", path=str(tmp_path / "remit.yaml"))
    assert str(tmp_path / "AGENTS.md") in confinement_of(stated).protected
    assert str(tmp_path / "CLAUDE.md") not in confinement_of(stated).protected
    unstated = charter(path=str(tmp_path / "remit.yaml"))
    assert str(tmp_path / "AGENTS.md") not in confinement_of(unstated).protected


def test_sizes_times_account_and_switch_arrive() -> None:
    confinement = asked(
        "runtime: {memory: 2GiB, processes: 64, user: agent}\nbudget: {wall: 2h, cpu: 90s}\n"
        "overseers: {me: {channels: [cli]}}\noversight: {stop: {by: me, heartbeat: 30s}}"
    )
    assert (confinement.memory, confinement.processes, confinement.user) == (2 * 2**30, 64, "agent")
    assert (confinement.wall, confinement.cpu, confinement.deadman) == (7200, 90, 30)
    assert {Piece.MEMORY, Piece.PROCESS_COUNT, Piece.WALL_TIME, Piece.CPU_TIME, Piece.DEADMAN} <= set(
        confinement.requested
    )


@pytest.mark.parametrize(
    ("budget", "wall"), [("30min/day", 1800), ("2h/run", 7200), ("unlimited", None), ("0", 0), ("1500ms", 1.5)]
)
def test_a_time_budget_bounds_the_run_by_its_amount(budget: str, wall: float | None) -> None:
    assert asked(f"budget: {{wall: {budget}}}").wall == wall


def test_the_smaller_of_two_bounds_holds() -> None:
    assert asked("runtime: {memory: 2GiB}\nbudget: {memory: 1GiB, time: 3h, wall: 4h}").memory == 2**30
    assert asked("budget: {time: 3h, wall: 4h}").wall == 10800


def test_a_secret_with_a_host_is_kept_outside_and_one_without_gets_a_variable() -> None:
    confinement = asked(
        "credentials:\n"
        "  crm-token: {from: 'file:keys/crm', ttl: 1h}\n"
        "  key: {from: 'env:API_KEY', variable: KEY}\n"
        "  git: {from: 'env:GIT_TOKEN', host: Git.Example, header: Private-Token, template: '{secret}', ttl: 2h}\n"
        "  api: {from: 'env:API', host: api.example}\n"
    )
    assert confinement.secrets == (
        Secret(name="crm-token", source="file:/srv/desk/keys/crm", variable="CRM_TOKEN", life=3600),
        Secret(name="key", source="env:API_KEY", variable="KEY"),
        Secret(
            name="git", source="env:GIT_TOKEN", host="git.example", header="Private-Token", template="{secret}",
            life=7200,
        ),
        Secret(name="api", source="env:API", host="api.example"),
    )  # fmt: skip
    assert Piece.CREDENTIALS in confinement.requested


def test_a_secret_of_a_broker_is_left_out_and_named() -> None:
    both = charter("credentials: {card: {from: 'broker:card'}, key: {from: 'env:KEY'}}")
    assert [secret.name for secret in confinement_of(both).secrets] == ["key"]
    assert [credential.name for credential in brokered(both)] == ["card"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_charter_can_be_asked_for(path: Path) -> None:
    confinement = confinement_of(read_charter(path))
    assert confinement.folder == str(path.parent)
    assert str(path) in confinement.protected


def test_a_secret_of_a_server_is_nobody_elses() -> None:
    secrets = charter(
        "credentials:\n"
        "  own: {from: 'env:OWN'}\n"
        "  crm: {from: 'env:TOKEN', servers: crm}\n"
        "  both: {from: 'env:BOTH', servers: [crm, wiki]}\n"
        "  wiki: {from: 'env:WIKI', variable: TOKEN, servers: wiki}\n"
    )
    held = {name: [one.name for one in confinement_of(secrets, server=name).secrets] for name in ("", "crm", "wiki")}
    assert held == {"": ["own"], "crm": ["crm", "both"], "wiki": ["both", "wiki"]}
    assert [credential.in_reach for credential in secrets.credentials] == [True, False, False, False]


def test_two_secrets_of_one_server_are_not_put_into_one_variable() -> None:
    with pytest.raises(CharterError, match="are put into the same variable `TOKEN`"):
        charter(
            "credentials: {a: {from: 'env:TOKEN', servers: crm}, b: {from: 'env:B', variable: TOKEN, servers: crm}}"
        )
