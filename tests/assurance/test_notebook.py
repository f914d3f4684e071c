import pytest
from tests.assurance.views.hostile import HOSTILE, Parts, poisoned, state

from remit.assurance.notebook import MOST_ROWS, notebook_table

pytestmark = pytest.mark.requirement("CASE-31")


def test_a_notebook_shows_health_and_freshness_as_words_and_the_verdict_with_its_reasons() -> None:
    assessment, release, _found = state(3)
    shown = Parts(assessment._repr_html_()).text
    assert all(node.health.value in shown and node.id in shown for node in assessment.nodes.values())
    assert "HOLD" in release._repr_html_()
    assert Parts(release._repr_html_()).text.count("would change it") == len(release.flip)


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_text_in_a_notebook(payload: str) -> None:
    plain, hostile = poisoned("x", 3), poisoned(payload, 3)
    assert Parts(hostile[0]._repr_html_()).tags == Parts(plain[0]._repr_html_()).tags
    assert Parts(hostile[1]._repr_html_()).tags == Parts(plain[1]._repr_html_()).tags


def test_a_long_table_is_cut_and_says_so() -> None:
    table = notebook_table("rows", ("number",), [(str(number),) for number in range(MOST_ROWS + 5)])
    assert Parts(table).tags["tr"] == MOST_ROWS + 1
    assert "and 5 more" in table
