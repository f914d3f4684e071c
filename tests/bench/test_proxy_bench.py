"""The benchmark of the proxy runs with few calls and says what it promises."""

from bench.proxy import GOALS, ROWS, measured


def test_a_few_calls_have_the_shape_of_many() -> None:
    found = measured(calls=5, rounds=1)
    assert tuple(found["rows"]) == ROWS
    assert tuple(found["added"]) == ROWS[1:]
    assert all(set(row) == set(GOALS) and all(value > 0 for value in row.values()) for row in found["rows"].values())
    assert found["calls"] == 5
    assert "load average" in found["machine"]
