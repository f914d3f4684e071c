"""The profiles one can start from."""

from importlib.resources import files

import pytest

from remit.charter.importers.standing import HEAD, oversight
from remit.charter.importers.templates import DEFAULT_PROFILE, PROFILES, template_text
from remit.charter.lint import lint
from remit.charter.reader import parse_charter
from remit.errors import RemitError
from remit.finding import Severity

ALL = sorted(PROFILES)


@pytest.mark.requirement("INIT-05")
@pytest.mark.parametrize("profile", ALL)
def test_every_profile_is_a_charter_whose_only_error_is_that_its_purpose_is_still_to_be_written(profile: str) -> None:
    charter = parse_charter(template_text(profile, name="my-agent"))
    assert charter.agent.name == "my-agent"
    assert charter.purpose.task
    assert charter.grants
    assert [one.code for one in lint(charter) if one.severity is Severity.ERROR] == ["REMIT-C007"]
    text = template_text(profile).replace("REPLACE THIS: ", "")
    assert [str(one) for one in lint(parse_charter(text)) if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize("profile", ALL)
def test_a_profile_says_how_to_go_on_and_spells_out_the_oversight(profile: str) -> None:
    text = template_text(profile)
    assert text.startswith(HEAD)
    assert "REPLACE THIS" in text
    assert text.count("NAME") == 0
    for key in ("rate", "notice", "grace", "covers", "durable", "detect", "response"):
        assert f"    {key}: " in text


def test_there_is_a_file_for_every_profile_and_no_other() -> None:
    names = {path.name for path in files("remit.charter.importers").joinpath("profiles").iterdir()}
    assert names == {f"{profile}.yaml" for profile in PROFILES}
    assert DEFAULT_PROFILE in PROFILES


def test_a_reading_assistant_can_change_nothing() -> None:
    charter = parse_charter(template_text("read-only-assistant"))
    assert charter.runtime.write == ()
    assert charter.runtime.hosts == ()
    assert all(effect.startswith(("info.", "out.")) for grant in charter.grants for effect in grant.effects)


def test_the_stop_of_a_multi_agent_profile_reaches_the_children() -> None:
    assert "children" in parse_charter(template_text("multi-agent")).oversight.stop.covers


def test_the_oversight_written_down_is_what_the_reader_would_take() -> None:
    stated = parse_charter(template_text("read-only-assistant")).oversight
    silent = parse_charter("remit: 1\nagent: {name: a}\npurpose: {text: b}\n").oversight
    for channel in ("stop", "correct", "retask", "monitor"):
        for field in ("rate", "notice", "grace", "covers", "durable", "detect", "response"):
            if hasattr(getattr(silent, channel), field):
                assert getattr(getattr(stated, channel), field) == getattr(getattr(silent, channel), field), field


def test_a_profile_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(RemitError, match="`robot` is not a profile") as caught:
        template_text("robot")
    assert all(profile in caught.value.hint for profile in PROFILES)


def test_the_stop_covers_what_it_is_told_to() -> None:
    assert "covers: []          #" in oversight()
    assert "covers: [children]  #" in oversight(("children",))
