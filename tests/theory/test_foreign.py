"""Models that other tools write: read as they meant them, refused with the line where they cannot be."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from remit.errors import InvalidMDPError
from remit.theory.formats.foreign import from_graphviz, from_map, from_toy_text, read_any, to_graphviz
from remit.theory.notebook import graph
from remit.theory.rational import read_model

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "theory_vectors.json").read_text(encoding="utf-8"))
PLAIN = 'digraph "paper" {\n"★";\n"∅";\n"ℓ_◁";\n"★" -> "∅";\n"★" -> "ℓ_◁";\n"∅" -> "∅";\n"ℓ_◁" -> "ℓ_◁";\n}\n'
STOCHASTIC = """strict digraph  {
"[1]";
"[H]__[1]";
"[1]__[H]__[1]";
"[2]__[H]__[1]";
"[2]";
"[1]" -> "[H]__[1]";
"[H]__[1]" -> "[1]__[H]__[1]"  [weight="0.3"];
"[H]__[1]" -> "[2]__[H]__[1]"  [weight="0.7"];
"[2]" -> "[L]__[2]";
"[L]__[2]" -> "[2]__[L]__[2]"  [weight="1.0"];
}
"""


def test_a_plain_graph_has_an_action_per_edge() -> None:
    mdp = from_graphviz(PLAIN)
    assert mdp.states == ("★", "∅", "ℓ_◁")
    assert mdp.actions_at(0) == ("go_∅", "go_ℓ_◁")


def test_a_stochastic_graph_has_an_action_per_middle_node() -> None:
    mdp = from_graphviz(STOCHASTIC)
    assert mdp.states == ("1", "2")
    assert mdp.choice_of(0, "H").lottery == ((0, Fraction(3, 10)), (1, Fraction(7, 10)))


def older(text: str) -> str:
    """The graph as POWERplay wrote it before names had brackets, as ``mdps/stoch_gridworld_3x3_noise_0p3.gv``."""
    return re.sub(r"\[(\w)\]", r"\1", text)


def test_an_older_graph_has_the_same_names_without_brackets() -> None:
    assert '"1" -> "H__1";\n"H__1" -> "1__H__1"  [weight="0.3"];' in older(STOCHASTIC)
    assert from_graphviz(older(STOCHASTIC)) == from_graphviz(STOCHASTIC)
    cells = from_graphviz(re.sub(r"\[(\d)\]", r"(0, \1)", STOCHASTIC).replace("[H]", "H").replace("[L]", "L"))
    assert cells.states == ("(0, 1)", "(0, 2)")
    plain = from_graphviz('digraph { "a__b" -> "c__a__b"; "c__a__b" -> "a__b" }')
    assert plain.states == ("a__b", "c__a__b")


@pytest.mark.parametrize(
    "text",
    [
        "digraph { s -> l; s -> r; l -> l; r -> r }",
        "strict digraph small {\n  rankdir=LR; node [shape=circle];\n  s -> l -> l\n  s -> r -> r;\n}",
        'digraph\n{ // a comment; x -> y\n# another\ns -> l [label="a; b -> {c}"]; s -> r; subgraph ends { l -> l; r -> r } }',
        'digraph { "s" -> "l" -> "l"; "s" -> "r" -> "r" [color="red"] }',
    ],
)
def test_a_graph_may_be_written_on_one_line_in_chains_and_with_settings_of_its_look(text: str) -> None:
    mdp = from_graphviz(text)
    assert mdp.states == ("s", "l", "r")
    assert (mdp.actions_at(0), mdp.actions_at(1), mdp.actions_at(2)) == (("go_l", "go_r"), ("go_l",), ("go_r",))


def test_names_with_signs_of_the_language_stay_whole() -> None:
    mdp = from_graphviz('digraph { "a;b" -> "c -> d" -> "c -> d" }')
    assert mdp.states == ("a;b", "c -> d")
    assert from_graphviz('digraph { "" -> a -> ""; }').states == ("", "a")


def test_a_program_is_told_what_builds_its_states() -> None:
    with pytest.raises(InvalidMDPError) as refused:
        read_any("mdp\nmodule m\nendmodule\n", ".prism")
    assert "-exporttrans" in refused.value.hint


def test_what_is_written_as_a_graph_reads_back() -> None:
    for name in ("powerplay_stochastic4", "case_study", "grid3x3"):
        mdp = read_model(json.dumps(VECTORS["mdps"][name]))
        again = from_graphviz(to_graphviz(mdp))
        assert (again.states, again.choices) == (mdp.states, mdp.choices)


@pytest.mark.parametrize("name", ['a"b', "a\\", "a\\\\b", "[a]", "a; b // c", "", "a__b"])
def test_a_name_of_any_signs_is_read_as_it_was_written(name: str) -> None:
    mdp = graph({"s": {"go": {name: "1/2", "s": "1/2"}, name: "s"}, name: {name: name}})
    assert from_graphviz(to_graphviz(mdp)) == mdp


@pytest.mark.parametrize("name", ["a\nb", "a\x85b", "a]", "[a", "a]__[b"])
def test_a_name_that_would_be_read_as_another_is_not_written(name: str) -> None:
    with pytest.raises(InvalidMDPError, match="cannot be the name of a node"):
        to_graphviz(graph({name: [name]}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('digraph {\n"a" -> "a";\n???\n}', "`line 3` is neither"),
        (STOCHASTIC.replace(' [weight="1.0"]', ""), "`line 11` has no weight"),
        (STOCHASTIC.replace('"[L]__[2]" -> "[2]__[L]__[2]"', '"[L]__[2]" -> "[2]__[M]__[2]"'), "another action"),
        (STOCHASTIC.replace("0.7", "0.6"), "`transitions.1.H` sums to `0.9`"),
        (STOCHASTIC.replace('"[2]" -> "[L]__[2]";', '"[2]" -> "[2]__[L]__[2]";'), "`line 10` joins neither"),
        (older(STOCHASTIC).replace("0.7", "0.6"), "`transitions.1.H` sums to `0.9`"),
        ('digraph {\n"a" -> "b";\n}', "`transitions.b` has no action"),
        ("digraph { s -> a [weight=0.5]; s -> b [weight=0.5]; a -> a; b -> b }", "`line 1` has a weight"),
        ('digraph { a -> a\n"a" -> "b" [color=red, weight="2"]\nb -> b }', "`line 2` has a weight"),
        ("digraph {\nedge [weight=0.5]\ns -> a; s -> b; a -> a; b -> b }", "`line 2` has a weight"),
        ('digraph { "[a]" -> "[x]__[a]" [weight=0.5]; }', "`line 1` has a weight"),
        (STOCHASTIC.replace("H", "go_2").replace("}", '"[1]" -> "[2]";\n}'), "called as another action, `go_2`"),
        ("digraph { a -> b; b -> }", "`b ->` at `line 1` is neither"),
        ("digraph { a -> {a b}; b -> b }", "`a ->` at `line 1` is neither"),
        ("digraph { a -> a; subgraph s { b -> b } -> a }", "`-> a` at `line 1` is neither"),
        ("digraph { a -> b -> ; }", "`line 1` is neither"),
        ("digraph { a -> a; b [", "`line 1` is neither"),
        ("graph { a -- b }", "`line 1` is neither"),
        ("digraph {\n}", "neither nodes nor edges"),
        ("", "neither nodes nor edges"),
        ("digraph { a => b }", "`a => b` at `line 1` is neither"),
    ],
)
def test_a_graph_that_is_no_model_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        from_graphviz(text)
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["/* two\nlines */\na -> a", "a:n -> a:s", "a -> {a b}", "a -> a [\ncolor=red]"])
def test_what_is_not_read_of_graphviz_is_said(text: str) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        from_graphviz(f"digraph {{\n{text}\n}}")
    assert "without ports and groups, their attributes and comments on one line" in refused.value.hint


def test_a_weight_of_one_is_that_of_every_edge_of_graphviz() -> None:
    weighted = 'digraph { s -> a [weight=1]; s -> b [weight="1.0"]; a -> a; b -> b }'
    assert from_graphviz(weighted) == from_graphviz("digraph { s -> a; s -> b; a -> a; b -> b }")


def test_a_map_is_the_grid_it_shows() -> None:
    mdp = from_map("#####\n#..S#\n#.#O#\n#####\n")
    assert mdp.states == ("1,3", "1,1", "1,2", "2,1", "2,3")
    assert mdp.actions_at(0) == ("south", "west", "stay")
    assert mdp.actions_at(4) == ("stay",)
    slippery = from_map("..", slip=Fraction(1, 5))
    assert slippery.choice_of(0, "east").lottery == ((0, Fraction(1, 5)), (1, Fraction(4, 5)))


def test_a_three_by_three_map_is_the_grid_of_the_posts() -> None:
    drawn = from_map("...\n...\n...\n")
    written = read_model(json.dumps(VECTORS["mdps"]["grid3x3"]))
    assert drawn.states == written.states
    rows = [[{c.lottery for c in line} for line in mdp.choices] for mdp in (drawn, written)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("text", "slip", "words"),
    [
        ("", 0, "the map has no floor"),
        ("##\n##", 0, "the map has no floor"),
        ("..\n.x", 0, "`x` at `line 2, column 2` is not a sign"),
        (".. \n..", 0, "`line 1` begins or ends with a space"),
        ("..\n ..\n", 0, "`line 2` begins or ends with a space"),
        ("..\n    ", 0, "`line 2` begins or ends with a space"),
        ("..", 1, "a slip lies in"),
        ("..", Fraction(-1, 10), "a slip lies in"),
    ],
)
def test_a_map_that_shows_nothing_or_something_else_is_refused(text: str, slip: Fraction, words: str) -> None:
    with pytest.raises(InvalidMDPError) as refused:
        from_map(text, slip=slip)
    assert words in refused.value.message


def test_a_space_between_signs_is_floor() -> None:
    assert from_map("# .#\n#..#\n") == from_map("#..#\n#..#")


def test_a_toy_text_table_ends_where_its_episodes_end() -> None:
    third = 1.0 / 3.0
    lake: dict[int, dict[int, list[tuple[float, int, float, bool]]]] = {
        0: {0: [(third, 0, 0.0, False), (third, 0, 0.0, False), (third, 1, 0.0, True)], 1: [(1.0, 2, 1.0, True)]},
        1: {0: [(1.0, 1, 0.0, True)], 1: [(1.0, 1, 0, True)]},
        2: {0: [(1.0, 0, 0.0, False)], 1: [(1.0, 2, 0.0, False)]},
    }
    mdp = from_toy_text(lake)
    assert mdp.states == ("0", "1", "2", "2 end")
    assert mdp.choice_of(0, "0").lottery == ((0, Fraction(2, 3)), (1, Fraction(1, 3)))
    assert mdp.choice_of(0, "1").lottery == ((3, Fraction(1)),)
    assert mdp.actions_at(1) == ("0", "1")
    assert mdp.sums_exactly


def test_the_suffix_of_a_file_tells_its_form() -> None:
    assert read_any(PLAIN, ".GV").states[0] == "★"
    assert read_any("..", ".map").states == ("0,0", "0,1")
    assert read_any('{"states": ["s"], "transitions": {"s": {"a": {"s": 1}}}}', ".json").states == ("s",)
