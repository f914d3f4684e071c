"""Propose words for the vocabulary of typed calls: neighbours of each class's words, for a person to choose from.

Reads word vectors and the lists of English verbs and nouns from a folder outside the tree (nothing of them is kept or
needed to run): ``vectors.npy`` with ``words.json`` (unit vectors, one row for each word, the most frequent first), and
WordNet's ``index.verb`` and ``index.noun``. A word is proposed for the class whose three nearest words it is nearest
to, where it stands in no class yet. Antonyms are neighbours, too: read every proposal before it goes into
``meanings.toml``.

Run: ``uv run python scripts/propose_words.py FOLDER [--most N]``
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

TABLE = Path(__file__).parents[1] / "src" / "remit" / "monitor" / "meanings.toml"
FREQUENT = {"verbs": 14_000, "nouns": 20_000}
NEAREST = 3


def proposals(folder: Path, part: str, index: str) -> dict[str, list[tuple[str, float]]]:
    """For each class of a part of the table the words nearest to it, the nearest first."""
    vectors: Any = np.load(folder / "vectors.npy", mmap_mode="r")
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    row = {word: number for number, word in enumerate(words)}
    known = {
        line.split(" ", 1)[0] for line in (folder / index).read_text(encoding="utf-8").splitlines() if line[:1] != " "
    }
    classes = {
        name: set(listed.split()) for name, listed in tomllib.loads(TABLE.read_text(encoding="utf-8"))[part].items()
    }
    taken = set().union(*classes.values())
    asked = [word for word in words[: FREQUENT[part]] if word in known and word not in taken and len(word) > 2]
    matrix = vectors[[row[word] for word in asked]]
    near = {}
    for name, members in classes.items():
        rows = [row[word] for word in members if word in row]
        near[name] = np.sort(matrix @ vectors[rows].T, axis=1)[:, -NEAREST:].mean(axis=1)
    best = np.array(list(near.values())).argmax(axis=0)
    found: dict[str, list[tuple[str, float]]] = {name: [] for name in classes}
    for at, name in enumerate(near):
        listed = sorted(((float(near[name][i]), asked[i]) for i in np.flatnonzero(best == at)), reverse=True)
        found[name] = [(word, round(score, 2)) for score, word in listed]
    return found


def main() -> None:
    """Print the proposals of every class."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=100)
    options = parser.parse_args()
    for part, index in (("verbs", "index.verb"), ("nouns", "index.noun")):
        for name, found in proposals(options.folder, part, index).items():
            print(f"{part} {name}:", " ".join(word for word, _ in found[: options.most]))


if __name__ == "__main__":
    main()
