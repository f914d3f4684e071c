"""Published incidents: each record is sound and sourced, and the table is compared with what a careful reader said."""

from pathlib import Path

import pytest
from tests.assurance.real_incidents import DISAGREEMENTS, JUDGED

from remit.assurance.incidents import Derivation, Incident, check_incident, derive
from remit.finding import Severity

FOLDER = Path(__file__).parents[2] / "examples" / "incidents"
NAMES = sorted(path.stem for path in FOLDER.glob("[0-9]*.yaml"))


def record(name: str) -> Incident:
    path = FOLDER / f"{name}.yaml"
    incident, findings = check_incident(path.read_text(encoding="utf-8"), path=path.name)
    assert incident is not None, findings
    return incident


def answers() -> dict[str, tuple[str, str]]:
    derived: dict[str, Derivation] = {name: derive(record(name)) for name in NAMES}
    return {name: (answer.found, answer.instrumental) for name, answer in derived.items()}


@pytest.mark.requirement("INCIDENT-30")
def test_there_are_records_of_many_classes_and_each_was_judged_before_it_was_derived() -> None:
    assert set(NAMES) == set(JUDGED)
    assert len(NAMES) >= 14
    classes = {found for found, _ in answers().values()}
    assert {"scope-overreach", "control-channel-failure", "unsafe-resistance", "contested"} <= classes


@pytest.mark.requirement("INCIDENT-30")
@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_sound_and_rests_on_a_source_that_was_read(name: str) -> None:
    path = FOLDER / f"{name}.yaml"
    incident, findings = check_incident(path.read_text(encoding="utf-8"), path=path.name)
    assert incident is not None
    assert [finding for finding in findings if finding.severity >= Severity.WARNING] == []
    read = [source for source in incident.sources.values() if source.status == "read"]
    assert read
    assert all(source.url.startswith("https://") and source.retrieved for source in read)
    assert len(incident.causes) >= 2
    assert incident.observed or incident.claimed


@pytest.mark.requirement("INCIDENT-30")
def test_the_table_agrees_with_the_reader_but_where_it_is_said_that_it_does_not() -> None:
    found = answers()
    differing = {name: answer for name, answer in found.items() if answer != JUDGED[name]}
    assert differing == DISAGREEMENTS


def test_an_instructed_an_injected_and_a_scored_act_are_not_called_instrumental() -> None:
    found = answers()
    for name in ("09-ai-scientist-timeout", "10-o3-fake-clock", "16-mythos-escape", "17-echoleak", "19-gtg-1002"):
        assert found[name][1] == "no", name
        assert found[name][0] != "unsafe-resistance", name


def test_frightening_text_without_an_act_is_no_resistance() -> None:
    answer = derive(record("23-gemini-please-die"))
    assert (answer.found, answer.instrumental, answer.severity) == ("unknown", "no", "S0")
