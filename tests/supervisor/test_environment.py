"""An agent's environment is made of its charter and nothing else."""

import pytest

from remit.confinement import Confinement, Secret
from remit.errors import SupervisorError
from remit.supervisor.cage.environment import environment_of

FOLDER = "/work"


def test_nothing_of_the_callers_environment_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_CALLER", "secret")
    monkeypatch.setenv("PATH", "/callers/bin")
    environment = environment_of(Confinement(folder=FOLDER), run="r1", proxy=None, secrets={})
    assert "TOKEN_OF_THE_CALLER" not in environment
    assert "/callers/bin" not in environment["PATH"]
    assert (environment["REMIT_RUN"], environment["PWD"]) == ("r1", FOLDER)
    assert environment["REMIT_INBOX"] == "/run/remit/inbox"
    assert "HTTP_PROXY" not in environment


def test_granted_variables_and_secrets_without_a_host_enter_and_held_secrets_do_not() -> None:
    secrets = (
        Secret(name="given", source="env:A", variable="GIVEN"),
        Secret(name="held", source="env:B", variable="HELD", host="api.example.org"),
    )
    confinement = Confinement(folder=FOLDER, variables=(("LEVEL", "3"),), secrets=secrets)
    environment = environment_of(confinement, run="r1", proxy=None, secrets={"given": "one", "held": "two"})
    assert (environment["LEVEL"], environment["GIVEN"]) == ("3", "one")
    assert "HELD" not in environment
    assert "two" not in environment.values()


def test_the_proxy_stands_in_every_spelling() -> None:
    environment = environment_of(Confinement(folder=FOLDER), run="r1", proxy="http://127.0.0.1:3128", secrets={})
    names = {name for name, value in environment.items() if value == "http://127.0.0.1:3128"}
    assert names == {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"}


def test_the_folders_of_the_command_come_first_on_the_path_unless_the_charter_sets_it() -> None:
    confinement = Confinement(folder=FOLDER)
    environment = environment_of(confinement, run="r1", proxy=None, secrets={}, folders=("/venv/bin",))
    assert environment["PATH"].startswith("/venv/bin:")
    confinement = Confinement(folder=FOLDER, variables=(("PATH", "/only"),))
    environment = environment_of(confinement, run="r1", proxy=None, secrets={}, folders=("/venv/bin",))
    assert environment["PATH"] == "/only"


@pytest.mark.parametrize(
    ("name", "value"), [("", "a"), ("A=B", "a"), ("A", "a\0b"), ("REMIT_RUN", "r2"), ("HTTP_PROXY", "x")]
)
def test_a_variable_that_cannot_be_passed_on_or_hides_one_of_the_run_is_refused(name: str, value: str) -> None:
    confinement = Confinement(folder=FOLDER, variables=((name, value),))
    with pytest.raises(SupervisorError) as caught:
        environment_of(confinement, run="r1", proxy=None, secrets={})
    assert caught.value.code == "supervisor.environment"
    assert value != "a\0b" or value not in str(caught.value)
