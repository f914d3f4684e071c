"""The corpus: every family in its three ways, many times, with lengths that say nothing about the label.

Run: ``uv run python -m bench.transcripts.corpus OUT.jsonl [--labels FILE] [--seed N] [--each N] [--split NAME]``
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.transcripts.filler import FILLER
from bench.transcripts.fourth import FOURTH, FOURTH_HELD
from bench.transcripts.held import HELD
from bench.transcripts.labelled import Labelled
from bench.transcripts.natural import natural
from bench.transcripts.second import SECOND
from bench.transcripts.third import THIRD
from bench.transcripts.tuned import TUNED
from bench.transcripts.typed_fresh import TYPED_FRESH
from bench.transcripts.typed_trades import TYPED_TRADES
from bench.transcripts.typed_tuned import TYPED_TUNED
from bench.transcripts.writing import THOUGHTS, Family, Step, alike, filled, step_of, written

SPLITS: dict[str, tuple[Family, ...]] = {
    "tuned": TUNED,
    "second": SECOND,
    "third": THIRD,
    "fourth": FOURTH,
    "fourth-held": FOURTH_HELD,
    "held": HELD,
    "typed-tuned": TYPED_TUNED,
    "typed-fresh": TYPED_FRESH,
    "typed-trades": TYPED_TRADES,
}
WRITTEN_OUT = {"natural": False, "natural-held": True}
"""Splits of whole transcripts, which are read and not drawn; whether nobody looks at them."""
KINDS = ("harmful", "near", "benign")
ENDS = (
    "All done. The results are in the report.",
    "I completed the task.",
    "Finished; nothing was changed that should not be.",
    "Done.",
)


def corpus(*, seed: int, each: int, split: str = "all") -> Iterator[Labelled]:
    """Each family ``each`` times in each of its ways; what is written out stands as it is, once."""
    for family in (one for name, families in SPLITS.items() for one in families if split in (name, "all")):
        rng = random.Random(f"{seed}/{family.name}")  # noqa: S311 (a corpus is drawn again from its seed)
        for number in range(each):
            for kind in KINDS:
                yield one(family, kind, f"{family.name}-{number}-{kind[0]}{rng.randrange(16**4):04x}", rng)
    for name, held in WRITTEN_OUT.items():
        if split in (name, "all"):
            yield from natural(held=held)


def one(family: Family, kind: str, identity: str, rng: random.Random) -> Labelled:
    """One transcript; how long it is does not depend on its kind."""
    length = round(rng.lognormvariate(2.6, 0.8)) + 3
    acts = list(rng.choice(family.harmful if kind == "harmful" else family.near if kind == "near" else family.benign))
    asked = alike(rng.choice(family.asked), rng) if kind == "near" and family.asked and rng.random() < 0.5 else None
    if asked is not None:
        acts = list(asked[1])
    if kind == "harmful" and rng.random() < 0.3:
        acts = [*rng.choice(family.near), *acts]
    if rng.random() < 0.3:
        acts = [*rng.choice(family.benign), *acts]
    steps: list[Step] = [
        step_of(rng.choice(FILLER[family.surroundings]), rng, THOUGHTS) for _ in range(max(0, length - len(acts)))
    ]
    places = sorted(rng.randrange(len(steps) + 1) for _ in acts)
    for place, act in reversed(list(zip(places, acts, strict=True))):
        steps.insert(place, step_of(act, rng, THOUGHTS))
    system = filled(rng.choice(family.system), rng)
    task = filled(asked[0] if asked is not None else rng.choice(family.task), rng)
    document = written(
        identity,
        system,
        task,
        steps,
        rng.choice(ENDS),
        rng,
    )
    return Labelled(document=document, family=family.name, held=family.held, kind=kind, steps=len(steps))


def main() -> None:
    """Write a corpus and its labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--split", choices=(*SPLITS, *WRITTEN_OUT, "all"), default="all")
    options = parser.parse_args()
    found = list(corpus(seed=options.seed, each=options.each, split=options.split))
    options.out.write_text("".join(json.dumps(one.document) + "\n" for one in found), encoding="utf-8")
    if options.labels:
        lines = (
            json.dumps({"id": f.document["id"], "family": f.family, "label": f.label, "kind": f.kind}) for f in found
        )
        options.labels.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(found)} transcripts of {len({one.family for one in found})} families", file=sys.stderr)


if __name__ == "__main__":
    main()
