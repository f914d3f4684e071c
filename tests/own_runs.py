"""Test runs of a small tree with remit's own argument, as JUnit files and as the safety case made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from scripts.write_own_case import name_of, write_run

ROOT = Path(__file__).parents[1]
BEGUN = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="seconds")
TREE = "sha256:" + "a" * 64
NAME = f"remit@{'c' * 40}+{TREE}"
OTHER = f"remit@{'d' * 40}+sha256:{'b' * 64}"
PROMISES = ("STOP-01", "STOP-02", "LEDGER-01", "GUARD-01", "THEORY-01", "DRILL-01", "GATE-01", "HOUSE-01")


def small_tree(folder: Path) -> Path:
    """A tree with a promise for each part of our argument, and nothing else."""
    tree = folder / "tree"
    (tree / "spec").mkdir(parents=True)
    (tree / "case").mkdir()
    lines = [f'[[requirement]]\nid = "{name}"\nsentence = "it does {name}"\nsource = "x"\n' for name in PROMISES]
    (tree / "spec/requirements.toml").write_text("\n".join(lines), encoding="utf-8")
    for name in ("argument.toml", "remit.yaml"):
        (tree / "case" / name).write_bytes((ROOT / "case" / name).read_bytes())
    return tree


def junit(folder: Path, *tests: tuple[str, str], name: str = NAME) -> Path:
    """The JUnit file of a run: each test with the promise it shows and what it came to."""
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", name=name, timestamp=BEGUN)
    for number, (promise, result) in enumerate(tests):
        test = ET.SubElement(suite, "testcase", classname="tests.x", name=f"test_{number}")
        tags = ET.SubElement(test, "properties")
        ET.SubElement(tags, "property", name="requirement", value=promise)
        if result == "xfail":
            ET.SubElement(test, "skipped", type="pytest.xfail", message="known")
        elif result != "passed":
            ET.SubElement(test, result, message="this host has no cage")
    path = folder.parent / "junit.xml"
    ET.ElementTree(suites).write(path)
    return path


def run_of(small: Path, *tests: tuple[str, str], name: str = NAME) -> Path:
    """Write the case of a run whose tree is the one that is there; returns the folder."""
    write_run(junit(small, *tests, name=name_of(small) if name == NAME else name), small.parent / "out", small)
    return small.parent / "out"


EVERYTHING = tuple((name, "passed") for name in PROMISES)
