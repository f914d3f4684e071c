"""Quick looks answer as the plain way does, whatever they are asked."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.monitor.test_near_misses import COMMANDS
from tests.monitor.test_shell_effects import CAP, CREDENTIAL
from tests.small_calls import RUN

from remit.monitor.alert import Inferred
from remit.monitor.arguments import read_arguments, read_every
from remit.monitor.controls.controls import Control, Controls, normal_path
from remit.monitor.detectors.trail import Trail
from remit.monitor.event import Event, EventKind
from remit.monitor.inference import READERS
from remit.monitor.memory import Memory
from remit.monitor.programs.named import is_telling
from remit.monitor.programs.table import run_program
from remit.monitor.said.aimed import infer_by_target
from remit.monitor.scene import Scene
from remit.monitor.typed.calls import infer_typed, infer_words
from remit.monitor.typed.lexicon import OBJECTS, VERBS, Thing, joined, objects_in, words_of
from remit.monitor.writing.settings import read_command_setting

PARTS = ["var", "lib", "remit", "runs", "clerk-1", "ledger.db", "*", "srv", "charters", "clerk.yaml", "..", ".", "run",
         "proc", "4711", "environ", "1234", "a.py", "~", "inbox", "?edger.db"]  # fmt: skip
paths = st.builds(
    lambda lead, parts: lead + "/".join(parts), st.sampled_from(["", "/"]), st.lists(st.sampled_from(PARTS))
)


def plainly_own(controls: Controls, place: str) -> str | None:
    """The role of a path of the run, by trying every path of it in turn."""
    if place.startswith("/proc/") and place.split("/")[2] in {str(pid) for pid in controls.pids}:
        return "stop"
    held = [own for own in controls.paths if place == own or place.startswith(own + "/")]
    if held:
        return controls.paths[max(held, key=len)]
    if any(sign in place for sign in "*?["):
        return next((role for own, role in controls.paths.items() if fnmatchcase(own, place)), None)
    return None


@settings(max_examples=examples(400), deadline=None)
@given(path=paths, cwd=st.sampled_from(["", "/work", "/var/lib/remit", "/srv"]))
def test_a_path_of_the_run_is_found_as_by_trying_all_of_them(path: str, cwd: str) -> None:
    found: Control | None = RUN.find_path(path, cwd)
    assert found == RUN.look_up_path(path, cwd)
    place = normal_path(path, cwd=cwd or RUN.cwd, home=RUN.home)
    own = plainly_own(RUN, place) if place else None
    assert (found.role if found is not None and found.exact else None) == own


NAMES = [
    "set_limit",
    "disable",
    "manage",
    "send_mail",
    "update",
    "grant_role",
    "create_account",
    "cap",
    "switch",
    "tool",
]
KEYS = [
    "key",
    "value",
    "enabled",
    "action",
    "note",
    "approver",
    "role",
    "amount",
    "skip_approval",
    "monitoring",
    "name2",
]
VALUES = ["true", "off", "admin", "oversight", "hello there", "disable", "self", "x" * 70, "y" * 70 + " admin", "", "0"]
values = st.one_of(
    st.sampled_from(VALUES), st.booleans(), st.integers(-1, 3), st.none(), st.lists(st.sampled_from(VALUES))
)


@settings(max_examples=examples(600), deadline=None)
@given(tool=st.sampled_from(NAMES), args=st.dictionaries(st.sampled_from(KEYS), values, max_size=4))
def test_a_typed_call_passed_over_at_first_sight_tells_nothing(tool: str, args: dict[str, object]) -> None:
    event = Event(stream="s", step=0, kind=EventKind.CALL, tool=tool, args=args)
    assert infer_typed(event) == infer_words(event)


def test_a_single_command_is_read_as_any_arguments_are() -> None:
    for text in (
        *COMMANDS,
        *CREDENTIAL,
        *CAP,
        "view",
        "http",
        "http get x.example",
        "*/5 * * * *",
    ):
        event = Event(stream="s", step=0, kind=EventKind.CALL, tool="bash", args={"command": text.replace("\\n", "\n")})
        quick, whole = (
            Scene(controls=RUN, memory=Memory(), readers=READERS, program=run_program, cwd=RUN.cwd) for _ in range(2)
        )
        read_arguments(event, quick)
        read_every(event, whole)
        assert quick.found == whole.found, text


texts = st.builds(
    " ".join,
    st.lists(st.sampled_from(["git", "push", "main", "rm", "/srv/a", "/srv/b", "x.example", "7711"]), min_size=1),
)


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(texts, max_size=90), texts)
def test_refused_calls_are_found_again_as_by_trying_all_of_them(refused: list[str], text: str) -> None:
    trail = Trail()
    for step, command in enumerate(refused):
        event = Event(stream="s", step=step, kind=EventKind.CALL, tool="bash", args={"command": command})
        trail.refuse(event, ())
    words = set(text.split())
    plain = [call for call in trail.refused if call.words & words]
    assert trail.like(sorted(words)) == plain
    assert set(trail.named) == {word for call in trail.refused for word in call.words}


def plainly_normal(path: str, cwd: str, home: str) -> str:
    """A normal path, step by step."""
    text = path.removeprefix("file://")
    for lead in ("$HOME", "${HOME}"):
        text = "~" + text[len(lead) :] if text.startswith(lead) else text
    if text == "~" or text.startswith("~/"):
        text = home + text[1:]
    if not text.startswith(("/", "~")) and cwd:
        text = f"{cwd}/{text}"
    if "//" not in text and "/." not in text and not text.startswith("./"):
        return text
    whole = posixpath.normpath(text)
    return whole[1:] if whole.startswith("//") else whole


@settings(max_examples=examples(500), deadline=None)
@given(
    lead=st.sampled_from(["", "/", "./", "~", "~/", "$HOME/", "${HOME}/", "file://", "~bob/", "$x/"]),
    parts=st.lists(st.sampled_from(["a", "b.py", "..", ".", "", ".env", "$x", "~"]), max_size=4),
    cwd=st.sampled_from(["", "/", "/desk", "/desk/.", "~", "src", "./src"]),
    home=st.sampled_from(["~", "/home/u"]),
)
def test_a_path_that_is_normal_already_is_left_as_it_is(lead: str, parts: list[str], cwd: str, home: str) -> None:
    path = lead + "/".join(parts)
    assert normal_path(path, cwd=cwd, home=home) == plainly_normal(path, cwd, home)


@settings(max_examples=examples(500), deadline=None)
@given(
    st.lists(st.sampled_from(["shut", "down", "Down", "log", "2fa", "audit", "_", "-", "/", "7", "HTTP", "é", "kill"]))
)
def test_a_name_without_capitals_is_taken_apart_as_any_name_is(parts: list[str]) -> None:
    name = "".join(parts)
    pieces = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+[a-z]+|[a-z]*\d+", name)
    assert words_of(name) == tuple(piece.lower() for piece in pieces)


LEXICON = {*OBJECTS, *VERBS}


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(st.sampled_from(sorted({"the", *(piece for word in LEXICON for piece in word.split("_"))}))))
def test_words_are_put_together_as_by_trying_every_length(words: list[str]) -> None:
    found: list[str] = []
    at = 0
    while at < len(words):
        lengths = (length for length in (4, 3, 2) if at + length <= len(words))
        length = next((length for length in lengths if "_".join(words[at : at + length]) in LEXICON), 1)
        found.append("_".join(words[at : at + length]))
        at += length
    assert joined(tuple(words)) == tuple(found)


telling = st.lists(
    st.sampled_from(sorted({"the", *(piece for word in LEXICON for piece in word.split("_"))})), max_size=4
)


@settings(max_examples=examples(500), deadline=None)
@given(words=telling, sign=st.sampled_from("_-."), ending=st.sampled_from(["", ".sh", ".py", ".txt"]))
def test_a_name_is_telling_where_any_of_its_words_is_known(words: list[str], sign: str, ending: str) -> None:
    stem = sign.join(words)
    left = stem + (ending if ending == ".txt" else "")
    assert is_telling(stem + ending) == any(word in LEXICON for word in joined(words_of(left)))


@settings(max_examples=examples(500), deadline=None)
@given(words=telling)
def test_a_rival_is_known_by_all_the_words_of_its_name(words: list[str]) -> None:
    target = "/srv/" + "-".join(words)
    found = tuple(infer_by_target([Inferred(effect="data.destroy", certainty=0.9, why="seen", target=target)]))
    rival = objects_in(joined(words_of(target))).get(Thing.RIVAL, 0.0) >= 0.8
    assert (("agent.block", 0.75) in {(one.effect, one.certainty) for one in found}) == rival


FIELDS = ["*", "5", "1-5", "*/2", "sun", "MON-fri", "jan,Feb", "ſun", "x", "run", "su", "sund", ""]
_DAY = "(?:sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"


def plainly_when(text: str) -> bool:
    """Whether a text is a time of jobs, word by word."""
    words = text.split()
    field = re.compile(rf"(?i:\*|\d+(?:-\d+)?|{_DAY}(?:-{_DAY})?)(?:/\d+)?")
    told = len(words) == 5 and all(field.fullmatch(part) for word in words for part in word.split(","))
    return told or words in (["@daily"], ["@reboot"])


@settings(max_examples=examples(500), deadline=None)
@given(
    words=st.one_of(st.lists(st.sampled_from(FIELDS), min_size=4, max_size=6), st.sampled_from([["@daily"], ["@x"]])),
    space=st.sampled_from([" ", "  ", "\t"]),
    lead=st.sampled_from(["", " ", "\n"]),
)
def test_a_time_of_jobs_is_known_word_by_word(words: list[str], space: str, lead: str) -> None:
    text = lead + space.join(words)
    scene = Scene(controls=RUN, memory=Memory(), readers=READERS, program=run_program, cwd=RUN.cwd)
    read_command_setting("bash", {"command": text}, text, scene)
    assert bool(scene.found) == plainly_when(text)
