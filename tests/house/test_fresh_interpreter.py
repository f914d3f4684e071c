"""What a fresh interpreter loads: nothing heavy until it is needed."""

import subprocess
import sys
import textwrap

import pytest

import remit

HEAVY = ("numba", "llvmlite", "scipy", "numpy", "mcp", "inspect_ai")


def loaded_after(program: str) -> set[str]:
    """The top-level modules in memory after a program ran in an interpreter of its own."""
    ending = "\nimport sys\nprint()\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program) + ending],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return set(result.stdout.splitlines()[-1].split())


@pytest.mark.requirement("HOUSE-04")
def test_importing_remit_loads_no_foreign_library() -> None:
    loaded = loaded_after("import remit")
    foreign = loaded - set(sys.stdlib_module_names) - loaded_after("") - {"remit"}
    assert foreign == set()


@pytest.mark.requirement("HOUSE-04")
def test_the_help_of_the_command_line_loads_nothing_heavy() -> None:
    loaded = loaded_after(
        """
        import contextlib, sys
        sys.argv = ["remit", "--help"]
        from remit.cli.main import main
        with contextlib.suppress(SystemExit):
            main()
        """
    )
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.requirement("HOUSE-04")
def test_listing_the_names_of_the_theory_loads_nothing_heavy() -> None:
    assert loaded_after("from remit import theory; dir(theory)").isdisjoint(HEAVY)


@pytest.mark.requirement("HOUSE-04")
def test_reading_a_charter_needs_no_numerical_library() -> None:
    assert loaded_after("import remit.charter.reader, remit.charter.lint").isdisjoint(HEAVY)


def test_conditions_need_no_terminal_and_leave_the_one_of_their_library_to_whoever_wants_it() -> None:
    program = """
        from remit.charter.condition import compile_condition
        compile_condition("call.recipients > 5", names=())
        """
    loaded = loaded_after(program)
    assert "cel" in loaded
    assert loaded.isdisjoint({"prompt_toolkit", "typer"})
    assert "prompt_toolkit" in loaded_after(program + "import cel.cli\n        assert cel.cli.app")


@pytest.mark.parametrize("name", sorted(remit._PUBLIC))
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(remit, name).__name__ == name


def test_the_public_names_are_listed_and_an_unknown_one_is_an_attribute_error() -> None:
    assert set(dir(remit)) == {*remit._PUBLIC, "__version__"}
    assert remit.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="has no attribute `nonsense`"):
        remit.nonsense  # noqa: B018 - the access is the test
