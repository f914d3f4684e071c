"""Files to import from: bounded, and every complaint with its place."""

from pathlib import Path

import pytest

from remit.charter.importers.source_file import LARGEST, read_json, read_text, read_yaml
from remit.errors import CharterSyntaxError
from remit.finding import Where


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "source"
    path.write_bytes(data)
    return path


def test_a_file_larger_than_a_mebibyte_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(CharterSyntaxError, match="is larger than 1 MiB"):
        read_text(written(tmp_path, b" " * (LARGEST + 1)))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CharterSyntaxError, match="cannot be opened: it is a folder"):
        read_text(tmp_path)


def test_the_place_of_a_byte_that_is_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(CharterSyntaxError) as caught:
        read_text(written(tmp_path, b"abc\nde\xff"))
    assert caught.value.where == Where(file=str(tmp_path / "source"), line=2, column=3)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert read_json(written(tmp_path, b'\xef\xbb\xbf{"a": 1}')).values == {"a": 1}


@pytest.mark.parametrize("data", [b'{"a":' * 100_000, b"[" * 200_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_json_made_to_break_a_parser_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(CharterSyntaxError, match="this is not JSON"):
        read_json(written(tmp_path, data))


@pytest.mark.parametrize(
    "data",
    [b"a: &a [*a]\n", b"&a a: [*a, *a]\nb: !!binary x\n", b"{" * 5000, b"a: 1\n---\nb: 2\n", b"<<: {a: 1}\n", b""],
)
def test_yaml_beyond_plain_values_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(CharterSyntaxError) as caught:
        read_yaml(written(tmp_path, data))
    assert "the charter" not in caught.value.message


def test_the_nearest_known_place_stands_for_an_unknown_one(tmp_path: Path) -> None:
    document = read_json(written(tmp_path, b'{\n "a": {\n  "b": 1\n }\n}'))
    assert document.place("a.b").line == 3
    assert document.place("a.c.d").line == 2
    assert document.place("x").line == 1
