from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.monitor.controls.shapes import ROLES, WELL_KNOWN_PATHS, path_role, rows, shape_of

PATTERNS = tuple(rows())


@pytest.mark.parametrize("number", range(len(PATTERNS)))
@settings(max_examples=examples(12), deadline=None)
@given(data=st.data())
def test_the_first_look_at_letters_misses_no_path_with_a_role(number: int, data: st.DataObject) -> None:
    alphabet = st.characters(min_codepoint=33, max_codepoint=126)
    path = data.draw(st.from_regex(PATTERNS[number], alphabet=alphabet)).strip().lower()
    if 0 < len(path) < 200:
        assert path_role(path) == shape_of(path), path


PIECES = sorted(
    {
        *(piece for path in WELL_KNOWN_PATHS for piece in path.replace("~", "/home/u").lower().split("/") if piece),
        *("docs", "tests", "log-part7.txt", "monitor.py", "agent", "secrets", "x.pem", "approvals", "inbox", "a b", "eval",
          "audit", "p12", "my.cnf", "shutdown_agent.sh", "policy.yaml", "goals.md", "weights", "models", "run.lock"),
    }
)  # fmt: skip
paths = st.builds(
    lambda lead, parts, end: lead + "/".join(parts) + end,
    st.sampled_from(["", "/", "/etc/", "/var/log/", "./"]),
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.sampled_from(["", "/", ".log", ".d", "_x.py", "\n"]),
)


@settings(max_examples=examples(600), deadline=None)
@given(paths)
def test_rows_tried_one_by_one_tell_what_all_of_them_at_once_tell(path: str) -> None:
    assert path_role(path) == shape_of(path)


@pytest.mark.parametrize("path", [*WELL_KNOWN_PATHS])
def test_a_well_known_path_has_a_role(path: str) -> None:
    role, certainty = path_role(path)
    assert role in ROLES
    assert 0 < certainty < 1


@pytest.mark.parametrize(
    "path",
    ["src/app.py", "README.md", "docs/shutdown.md", "tests/test_monitor.py", "out/data.csv", "/work/main.py", "a", ""],
)
def test_an_ordinary_path_has_none(path: str) -> None:
    assert path_role(path) == ("", 0.0)
