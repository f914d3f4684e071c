"""Server-sent events: one reading however the bytes are cut, within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.errors import ProxyError
from remit.proxy.http.sse import Event, EventReader, comment, written_event


def read(data: bytes, cuts: tuple[int, ...] = (), largest: int = 10_000) -> list[Event]:
    """The events of some bytes, fed in pieces."""
    found: list[Event] = []
    reader, start = EventReader(largest), 0
    for cut in (*sorted(cuts), len(data)):
        found += reader.feed(data[start:cut])
        start = max(start, cut)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data: one\n\n", [Event(data=b"one")]),
        ("data: one\r\n\r\ndata: two\r\r:", [Event(data=b"one"), Event(data=b"two")]),
        ("data: a\ndata: b\n\n", [Event(data=b"a\nb")]),
        ("data:a\n\n", [Event(data=b"a")]),
        ("data:  a\n\n", [Event(data=b" a")]),
        ("data\n\n", [Event(data=b"")]),
        ("id: 7\ndata:\n\n", [Event(data=b"", id="7")]),
        ("id: 7\n\n", []),
        (": a comment\n\ndata: x\n\n", [Event(data=b"x")]),
        ("event: other\nid: 1\nretry: 20\ndata: x\n\n", [Event(data=b"x", name="other", id="1", retry=20)]),
        ("retry: soon\ndata: x\n\n", [Event(data=b"x")]),
        ("id: a\0b\ndata: x\n\n", [Event(data=b"x")]),
        ("unknown: y\ndata: x\n\n", [Event(data=b"x")]),
        ("\ufeffdata: x\n\n", [Event(data=b"x")]),
        ("data: not ended\n", []),
    ],
)
def test_events_are_read_as_the_standard_says(text: str, expected: list[Event]) -> None:
    assert read(text.encode()) == expected


@given(data=st.data())
def test_how_the_bytes_are_cut_does_not_matter(data: st.DataObject) -> None:
    lines = st.sampled_from(["data: x", "data: é", "id: 1", "event: e", ": c", "", "retry: 5", "data"])
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    chosen = data.draw(st.lists(st.tuples(lines, ends), max_size=12))
    raw = "".join(line + end for line, end in chosen).encode() + b"data: last\n\n"
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=6))
    assert read(raw, tuple(cuts)) == read(raw)


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), st.integers(0, 10**6))
def test_what_is_written_is_what_is_read(text: str, number: int) -> None:
    raw = comment("ping") + written_event(text.encode(), id=f"stream.{number}", retry=number)
    assert read(raw) == [Event(data=text.encode(), id=f"stream.{number}", retry=number)]


@pytest.mark.parametrize(("data", "name"), [(b"a\nb", ""), (b"a\rb", ""), (b"", "a\nb")])
def test_an_event_that_would_end_its_line_is_not_written(data: bytes, name: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        written_event(data, id=name)


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 2000, b"data: " + b"x" * 900 + b"\n", b"x" * 3000])
@pytest.mark.requirement("PROXY-26")
def test_an_event_without_end_is_refused_and_not_kept(piece: bytes) -> None:
    reader = EventReader(1000)

    def feed_on() -> None:
        for _ in range(5):
            reader.feed(piece)

    with pytest.raises(ProxyError, match="larger than 1000 bytes"):
        feed_on()


def test_an_id_that_is_no_text_is_refused() -> None:
    with pytest.raises(ProxyError, match="not UTF-8"):
        read(b"id: \xff\ndata: x\n\n")
