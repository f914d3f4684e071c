"""``remit power`` as it is typed: its stable JSON, its refusals, and certificates that are checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.theory import readiness

Typed = Callable[..., Any]

MODEL = {
    "states": ["start", "work", "off", "a", "b"],
    "transitions": {
        "start": {"work": {"work": 1}, "off": {"off": 1}},
        "work": {"a": {"a": 1}, "b": {"b": "1"}},
        "off": {"stay": {"off": 1}},
        "a": {"stay": {"a": 1}},
        "b": {"stay": {"b": 1}},
    },
    "rewards": "iid U[0,1]",
}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps(MODEL), encoding="utf-8")
    return "model.json"


@pytest.mark.parametrize("words", [("power",), ("power", "sweep", "--discounts", "1/2")])
def test_the_first_run_that_samples_says_that_it_compiles(
    typed: Typed, model: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "sampling_ready", lambda: False)
    assert readiness.COMPILING in typed(*words, model, "--samples", "64").err
    assert readiness.COMPILING not in typed(*words, model, "--exact").err
    monkeypatch.setattr(readiness, "sampling_ready", lambda: True)
    assert readiness.COMPILING not in typed(*words, model, "--samples", "64").err


@pytest.mark.requirement("THEORY-05")
def test_json_has_the_stable_form_and_exact_values(typed: Typed, model: str) -> None:
    answer = typed("power", model, "--discount", "0.9", "--probability", "--json")
    document = json.loads(answer.out)
    assert answer.code == 0
    assert document.keys() == {"discount", "method", "power", "probability"}
    assert (document["discount"], document["method"]) == (0.9, "exact")
    assert document["power"]["work"] == {"value": 2 / 3, "low": 2 / 3, "high": 2 / 3, "exact": "2/3"}
    assert document["probability"]["start"].keys() == {"work", "off"}  # an action that is not on offer is absent
    assert document["probability"]["start"]["work"]["exact"] == "13/20"


def test_sampling_gives_intervals_that_hold_the_exact_value(typed: Typed, model: str) -> None:
    document = json.loads(typed("power", model, "--samples", "4000", "--seed", "3", "--state", "work", "--json").out)
    assert document["method"] == "interval"
    assert document["power"].keys() == {"work"}
    assert document["power"]["work"]["exact"] is None
    assert document["power"]["work"]["low"] < 2 / 3 < document["power"]["work"]["high"]


@pytest.mark.parametrize(("discount", "expected"), [("0", "2/3"), ("1", "3/4"), ("1/2", "11/16")])
def test_discounts_zero_and_one_are_limits(typed: Typed, model: str, discount: str, expected: str) -> None:
    document = json.loads(typed("power", model, "--discount", discount, "--exact", "--json").out)
    assert document["power"]["start"]["exact"] == expected


def test_the_screen_says_what_the_number_means_and_what_it_does_not(typed: Typed, model: str) -> None:
    answer = typed("power", model, "--probability")
    assert "POWER at discount 9/10 over rewards iid U[0,1] (exact, in rational arithmetic)" in answer.out
    assert "13/20" in answer.out
    assert "does not say what a trained agent wants" in " ".join(answer.out.split())


def test_a_picture_is_written_beside_the_answer(typed: Typed, model: str) -> None:
    assert typed("power", model, "--svg", "power.svg", "--quiet").out == ""
    assert Path("power.svg").read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--discount", "-0.5"], "is not a discount"),
        (["--discount", "1.01"], "is not a discount"),
        (["--discount", "nan"], "is not a discount"),
        (["--state", "nowhere"], "`nowhere` is not one of"),
        (["--rewards", "mystery"], "not a distribution"),
        (["--rewards", "U[0,0]"], "needs low < high, found `0` and `0`"),
        (["--average"], "is asked at `--discount 1`"),
        (["--average", "--discount", "1"], "with `--probability`"),
        (["--exact", "--no-orbits"], "exclude each other"),
        (["--exact", "--samples", "10"], "exclude each other"),
        (["--samples", "10", "--half-width", "0.1"], "exclude each other"),
        (["second.json"], "one model is wanted"),
    ],
)
def test_what_was_typed_wrongly_is_a_usage_error(typed: Typed, model: str, words: list[str], message: str) -> None:
    answer = typed("power", model, *words)
    assert (answer.code, answer.out) == (2, "")
    assert message in " ".join(answer.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("form", "options", "message"),
    [
        ("verify", ["--samples", "10"], "`--samples` does nothing in `remit power verify FILE`: it belongs to"),
        ("verify", ["--discount", "0.5"], "`remit power FILE` and `remit power certify FILE`"),
        ("certify", ["--svg", "c.svg"], "`--svg` does nothing in `remit power certify FILE`"),
        ("certify", ["--no-orbits"], "`--orbits` does nothing"),
        ("certify", ["--average", "--discount", "0.5"], "does nothing in `remit power certify --average FILE`"),
        ("sweep", ["--discount", "0.5"], "`--discount` does nothing in `remit power sweep FILE`"),
        ("sweep", ["--average"], "`--average` does nothing"),
        ("phases", ["--seed", "0"], "`--seed` does nothing"),  # what is typed counts, also where it is the default
        ("", ["--discounts", "0,1"], "it belongs to `remit power sweep FILE`"),
        ("", ["--smaller", "off"], "it belongs to `remit power certify FILE`"),
    ],
)
def test_an_option_that_would_do_nothing_is_a_usage_error(
    typed: Typed, model: str, form: str, options: list[str], message: str
) -> None:
    words = ["power", *([form] if form else []), model]
    if form == "certify":
        words += ["--state", "start", "--smaller", "off"]
    answer = typed(*words, *options)
    assert (answer.code, answer.out) == (2, "")
    assert message in " ".join(answer.err.replace("│", " ").split())


def test_an_option_in_the_environment_is_left_to_the_forms_it_belongs_to(
    typed: Typed, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMIT_SAMPLES", "64")
    assert typed("power", "certify", model, "--state", "work", "--smaller", "a").code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "model.json: the model is not JSON"),
        (json.dumps({**MODEL, "transitions": {}}), "`transitions.start` has no action"),
        (json.dumps(MODEL).replace('"1"', "NaN"), "`NaN` is not a finite number"),
        (json.dumps(MODEL).replace('"1"', '"3/4"'), "`transitions.work.b` sums to `0.75`"),
        (json.dumps({**MODEL, "rewards": "magic"}), "model.json: `magic` at `rewards`"),
        (json.dumps({**MODEL, "reward": "U[0,5]"}), "model.json: `reward` is no part of a model"),
        (json.dumps({**MODEL, "states": 10**8}), "needs `states`"),
    ],
)
def test_a_bad_model_is_unreadable_and_nothing_is_computed(typed: Typed, model: str, text: str, message: str) -> None:
    Path(model).write_text(text, encoding="utf-8")
    answer = typed("power", model, "--json")
    assert answer.code == 3
    assert message in " ".join(answer.err.split())
    assert json.loads(answer.out)["error"]["code"] == "model.invalid-mdp"


def test_a_file_of_a_hundred_million_states_is_refused_before_it_is_read(typed: Typed, model: str) -> None:
    with Path(model).open("wb") as file:
        file.truncate(12 * 10**8)  # a hole: as long as the names of 10^8 states, without the bytes
    answer = typed("power", model)
    assert (answer.code, answer.out) == (3, "")
    assert "more than `500000000` bytes" in " ".join(answer.err.split())


def test_symmetric_models_are_averaged_over_kinds_of_states_unless_told_not_to(typed: Typed, tmp_path: Path) -> None:
    place = tmp_path / "room.map"
    place.write_text("...\n...\n...\n", encoding="utf-8")
    words = ("power", str(place), "--samples", "200", "--probability")
    pooled, alone = (typed(*words, *more, "--json") for more in ((), ("--no-orbits",)))
    corners = [[json.loads(one.out)["power"][cell]["value"] for cell in ("0,0", "2,2")] for one in (pooled, alone)]
    assert corners[0][0] == corners[0][1]
    assert corners[1][0] != corners[1][1]
    assert "averaged over symmetries: 3 kinds of states" in " ".join(typed(*words).out.split())


@pytest.mark.parametrize(("discount", "more"), [("0", ()), ("1", ()), ("1", ("--average",))])
def test_which_action_is_best_in_the_limit_is_sampled_too(
    typed: Typed, model: str, discount: str, more: tuple[str, ...]
) -> None:
    words = ("power", model, "--discount", discount, "--samples", "2000", "--probability", *more, "--json")
    exact = {"0": 1 / 2, "1": 2 / 3}[discount]
    work = json.loads(typed(*words).out)["probability"]["start"]["work"]
    assert work["low"] < exact < work["high"]


def test_a_file_that_is_missing_is_unreadable(typed: Typed, model: str) -> None:
    assert typed("power", f"{model}.gone").code == 3


def test_what_is_too_large_to_be_exact_is_not_rounded_but_refused(typed: Typed, model: str) -> None:
    names = [f"s{i}" for i in range(12)]
    complete = {"states": names, "transitions": {a: {f"to_{b}": {b: 1} for b in names} for a in names}}
    Path(model).write_text(json.dumps(complete), encoding="utf-8")
    answer = typed("power", model, "--exact", "--state", "s0")
    assert (answer.code, answer.out) == (4, "")
    assert "--samples" in answer.err


def test_a_certificate_is_written_and_verified(typed: Typed, model: str) -> None:
    certified = typed("power", "certify", model, "--state", "work", "--smaller", "a")
    assert certified.code == 0
    written = json.loads(certified.out)
    assert (written["n"], written["bound"], written["copies"]) == (1, "1/2", [[["a", "b"]]])
    Path("certificate.json").write_text(certified.out, encoding="utf-8")
    held = typed("power", "verify", "certificate.json", model)
    assert held.code == 0
    assert "the certificate holds" in held.out
    assert "not of the goals training gives" in " ".join(held.out.split())
    assert "is not checked" in " ".join(held.out.split())  # the share that was sampled
    Path("certificate.json").write_text(json.dumps({**written, "n": 2}), encoding="utf-8")
    spoilt = typed("power", "verify", "certificate.json", "--json")
    assert spoilt.code == 1
    assert json.loads(spoilt.out)["holds"] is False


def test_a_certificate_of_another_model_does_not_hold_for_this_one(typed: Typed, model: str) -> None:
    written = typed("power", "certify", model, "--state", "work", "--smaller", "a").out
    Path("certificate.json").write_text(written, encoding="utf-8")
    Path(model).write_text(json.dumps(MODEL).replace('"off": {"off": 1}}', '"off": {"a": 1}}'), encoding="utf-8")
    answer = typed("power", "verify", "certificate.json", model)
    assert answer.code == 1
    assert "other actions in state `start`" in answer.out


def test_no_certificate_is_no_proof_of_anything(typed: Typed, model: str) -> None:
    answer = typed("power", "certify", model, "--state", "start", "--smaller", "work")
    assert answer.code == 4
    assert "that proves nothing" in " ".join(answer.err.split())
    assert typed("power", "certify", model).code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--state", "nowhere", "--smaller", "a"], "`nowhere` is not one of"),
        (["--state", "work", "--smaller", "zz"], "has no action `zz`"),
        (["--state", "work", "--smaller", "a", "--larger", "zz"], "has no action `zz`"),
    ],
)
def test_a_certificate_about_what_is_not_there_is_a_usage_error(
    typed: Typed, model: str, words: list[str], message: str
) -> None:
    answer = typed("power", "certify", model, *words)
    assert (answer.code, answer.out) == (2, "")
    assert message in " ".join(answer.err.split())


@pytest.mark.parametrize(
    ("spoilt", "code", "message"),
    [
        (('"n": 1', '"n": 1, "n": 1'), 3, "`n` is written twice"),
        (('"1/2"', "NaN"), 3, "`NaN` is not a finite number"),
        (('"1/2"', "1e999"), 1, "`1e999` at `bound` is not a number"),
        (('"1/2"', '"1e999999999"'), 1, "`1e999999999` at `bound` is not a number"),
    ],
)
def test_a_certificate_that_cannot_be_read_one_way_only_is_refused(
    typed: Typed, model: str, spoilt: tuple[str, str], code: int, message: str
) -> None:
    written = typed("power", "certify", model, "--state", "work", "--smaller", "a").out
    Path("certificate.json").write_text(written.replace(*spoilt, 1), encoding="utf-8")
    answer = typed("power", "verify", "certificate.json", model)
    assert answer.code == code
    assert message in " ".join((answer.out + answer.err).split())


def test_a_discount_may_be_written_with_an_exponent(typed: Typed, model: str) -> None:
    words = ("--state", "start", "--exact", "--json")
    one, other = (typed("power", model, "--discount", text, *words).out for text in ("9e-1", "0.9"))
    assert one == other
    assert typed("power", model, "--discount", "1e999999999").code == 2
    assert typed("power", "sweep", model, "--discounts", "1e999999999").code == 2


def test_sweep_and_phases_say_how_answers_change_with_the_discount(typed: Typed, tmp_path: Path) -> None:
    model = tmp_path / "m.json"
    ways = {"start": {"work": {"work": 1}, "off": {"off": 1}}, "work": {"a": {"a": 1}}}
    ends = {name: {"stay": {name: 1}} for name in ("a", "off")}
    document = {"states": ["start", "work", "a", "off"], "transitions": {**ways, **ends}}
    model.write_text(json.dumps({**document, "rewards": "iid U[0,1]"}))
    picture = tmp_path / "c.svg"
    found = json.loads(typed("power", "sweep", str(model), "--discounts", "0,1/2", "--svg", str(picture), "--json").out)
    assert found["discounts"] == [0.0, 0.5]
    assert picture.read_text().startswith("<svg")
    shown = typed("power", "sweep", str(model), "--discounts", "1/2", "--probability", "--state", "start").out
    assert "P(optimal) by discount" in shown
    assert "start: off" in shown
    assert typed("power", "phases", str(model)).code == 2
    model.write_text(json.dumps({**document, "rewards": {"start": 0, "work": "1/10", "a": "9/10", "off": "1/2"}}))
    told = json.loads(typed("power", "phases", str(model), "--state", "start", "--json").out)
    assert [phase["actions"] for phase in told["phases"]] == [["off"], ["work"]]
    assert told["phases"][0]["to"] == ["1/2", "1/2"]
    words = ("power", "phases", str(model), "--state", "start", "--svg", str(picture))
    assert "up to 2 steps" in typed(*words).out
    assert "what is optimal at start" in picture.read_text()
    assert typed("power", "certify", str(model), "--state", "start", "--smaller", "off", "--svg", "c.svg").code == 2


def test_names_of_a_model_cannot_write_on_the_terminal(typed: Typed, tmp_path: Path) -> None:
    model = tmp_path / "m.json"
    model.write_text(json.dumps({"states": ["\x1b[2J"], "transitions": {"\x1b[2J": {"\x1b[3J": {"\x1b[2J": 1}}}}))
    for words in ([], ["--state", "s"], ["--probability"]):
        answer = typed("power", str(model), *words)
        assert "\x1b" not in answer.out + answer.err
    found = typed("power", "certify", str(model), "--state", "\x1b[2J", "--smaller", "s")
    assert "\\x1b[3J" in found.err
    assert "\x1b" not in found.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--exact"], "states, exactly: 4 of 5"),
        (["--samples", "600", "--probability"], "best choices for rewards: 600 of 600"),
        (["--discount", "1", "--samples", "600"], "rewards: 600 of 600"),
        (["sweep", "--discounts", "0,1/2"], "discount 2 of 2, states, exactly: 4 of 5"),
        (["certify", "--state", "work", "--smaller", "a"], "members of the orbit: 1999 of 2000"),
        (["phases", "--state", "start", "--rewards", "goal.srew"], "pairs of policies: 2 of 3"),
    ],
)
def test_every_form_tells_how_far_it_is_and_nothing_when_quiet(
    typed: Typed, model: str, words: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.cli.progress._EVERY", -1.0)
    Path("goal.srew").write_text("5 2\n2 1/2\n3 9/10\n", encoding="utf-8")
    form = words[:1] if not words[0].startswith("-") else []
    command = ["power", *form, model, *words[len(form) :]]
    assert told in typed(*command).err
    assert typed(*command, "--quiet").err == ""
