"""What can be named as `theory.NAME`: all that public functions take and that their hints speak of, and no more."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from remit import theory
from remit.errors import ModelError

SOURCE = Path(theory.__file__).parent


@pytest.mark.parametrize("name", sorted(theory._PUBLIC))
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(theory, name).__name__ == name
    assert name in dir(theory)


@pytest.mark.parametrize("name", sorted(theory._PUBLIC))
def test_no_module_takes_the_place_of_a_public_name_once_it_is_loaded(name: str) -> None:
    assert find_spec(f"remit.theory.{name}") is None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute `nonsense`"):
        theory.nonsense  # noqa: B018 - the access is the test


def test_hints_name_what_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    named = set(re.findall(r"hint=.*?\btheory\.(\w+)", code)) | set(re.findall(r"\bhint = .*?\btheory\.(\w+)", code))
    assert {"Interruption", "Lottery", "maximise", "phases"} <= named <= set(dir(theory))


def test_what_a_hint_gives_is_what_was_asked_for() -> None:
    lottery = theory.Lottery(chances={1: 1.0}, utilities={1: 2.0})
    assert not theory.timestep_dominates(lottery, lottery)
    with pytest.raises(ModelError, match="lottery over lengths") as refused:
        theory.timestep_dominates(lottery, {1: 2.0})
    assert "theory.Lottery(" in refused.value.hint
    assert theory.orbit_vote(theory.maximise, (10, 5, 0), smaller=[0], larger=[1, 2]).larger == 4
