"""Streams that are taken up again: nothing twice, nothing skipped in silence, nothing without end."""

from contextlib import aclosing

import anyio
import pytest
from tests.proxy.own_time import played

from remit.errors import LostEventsError, StreamDisplacedError
from remit.proxy.http.streams import Stream, split_event_id


async def taken(stream: Stream, after: int = 0, most: int = 1000) -> list[bytes]:
    """What a reader gets."""
    found: list[bytes] = []
    async with aclosing(stream.read(after)) as events:
        async for event in events:
            found.append(event.data)
            if len(found) == most:
                break
    return found


async def read_by(stream: Stream) -> None:
    """Wait until somebody reads."""
    while not stream.attached:  # noqa: ASYNC110 - what is looked at is the stream, not an event of the test
        await anyio.sleep(0.001)


def test_a_reader_gets_everything_in_order_and_an_end() -> None:
    async def work() -> None:
        stream = Stream()
        await stream.put(b"1")
        await stream.put(b"2")
        await stream.put(b"3", last=True)
        await stream.put(b"4")
        assert await taken(stream) == [b"1", b"2", b"3"]

    played(work, within=5)


@pytest.mark.requirement("PROXY-25")
def test_a_stream_goes_on_behind_the_event_that_was_seen_last() -> None:
    async def work() -> None:
        stream = Stream()
        for number in range(5):
            await stream.put(b"%d" % number)
        assert await taken(stream, most=2) == [b"0", b"1"]
        stream.end()
        assert await taken(stream, after=2) == [b"2", b"3", b"4"]
        assert stream.unheard == 5

    played(work, within=5)


@pytest.mark.requirement("PROXY-25")
def test_what_is_no_longer_kept_is_said_to_be_lost() -> None:
    async def work() -> None:
        stream = Stream(most_events=3)
        for number in range(10):
            await stream.put(b"%d" % number)
        stream.end()
        with pytest.raises(LostEventsError, match="no longer kept"):
            await taken(stream, after=2)
        with pytest.raises(LostEventsError):
            await taken(stream, after=11)
        assert stream.unheard == 7
        assert await taken(stream, after=7) == [b"7", b"8", b"9"]

    played(work, within=5)


def test_bytes_are_bounded_and_the_newest_event_is_always_kept() -> None:
    async def work() -> None:
        stream = Stream(most_kept=100)
        for _ in range(10):
            await stream.put(b"x" * 60)
        assert stream.size == 60
        await stream.put(b"y" * 500)
        assert stream.size == 500

    played(work, within=5)


def test_a_writer_waits_for_a_reader_that_is_behind_and_no_longer_than_its_patience() -> None:
    async def work() -> None:
        stream = Stream(most_events=2, patience=0.05)
        got: list[bytes] = []

        async def slow() -> None:
            async with aclosing(stream.read()) as events:
                async for event in events:
                    got.append(event.data)
                    await anyio.sleep(0.5)

        async def cut_off() -> None:
            with pytest.raises(StreamDisplacedError):
                await slow()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cut_off)
            await read_by(stream)
            for number in range(5):
                await stream.put(b"%d" % number)
            assert not stream.attached
        assert got == [b"0"]

    played(work, within=5)


def test_a_writer_goes_on_once_the_reader_has_caught_up() -> None:
    async def work() -> None:
        stream = Stream(most_events=2, patience=5)
        found: list[list[bytes]] = []

        async def read() -> None:
            found.append(await taken(stream))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await read_by(stream)
            for number in range(50):
                await stream.put(b"%d" % number, last=number == 49)
        assert found == [[b"%d" % number for number in range(50)]]

    played(work, within=5)


def test_a_second_reader_takes_over_from_the_first() -> None:
    async def work() -> None:
        stream = Stream()
        ends: list[str] = []

        async def first() -> None:
            try:
                await taken(stream)
            except StreamDisplacedError:
                ends.append("displaced")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            await read_by(stream)
            await stream.put(b"1")
            await anyio.sleep(0.01)

            async def second() -> None:
                ends.append(repr(await taken(stream, after=1)))

            tasks.start_soon(second)
            await anyio.sleep(0.01)
            await stream.put(b"2", last=True)
        assert sorted(ends) == ["[b'2']", "displaced"]

    played(work, within=5)


def test_the_first_event_is_waited_for_and_not_for_ever() -> None:
    async def work() -> None:
        stream = Stream()
        assert await stream.first(0.01) is None
        await stream.put(b"1", last=True, status=404)
        first = await stream.first(1)
        assert first is not None
        assert (first.data, first.last, first.status) == (b"1", True, 404)
        empty = Stream()
        empty.end()
        assert await empty.first(60) is None

    played(work, within=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc.12", ("abc", 12)), ("a.b.3", ("a.b", 3)), ("abc", None), ("abc.", None), ("abc.-1", None), ("a.١", None)],
)
def test_an_event_id_names_a_stream_and_a_place_in_it(text: str, expected: tuple[str, int] | None) -> None:
    assert split_event_id(text) == expected
