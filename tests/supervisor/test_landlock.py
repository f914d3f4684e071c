import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from tests.supervisor.children import need, said_by_a_child

from remit.supervisor.kernel.landlock import abi, restrict

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # under xdist; nothing locks here

PROGRAMS = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")


def need_landlock(version: int = 1) -> None:
    need(abi() >= version, f"Landlock {version} is not in this kernel (it has {abi()})")


def refused(work: object, *arguments: object) -> bool:
    """Whether the kernel denied it."""
    assert callable(work)
    try:
        work(*arguments)
    except PermissionError:
        return True
    return False


def test_what_is_not_named_is_out_of_reach(tmp_path: Path) -> None:
    need_landlock()
    for name in ("read", "write", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("content", encoding="utf-8")

    def work() -> str:
        restrict(read=[str(tmp_path / "read")], write=[str(tmp_path / "write")])
        answers = []
        for name in ("read", "write", "other"):
            folder = tmp_path / name
            changes = (folder.joinpath("file").write_text, "changed")
            makes = (folder.joinpath("new").mkdir,)
            answers.append(
                f"{name}:"
                + "".join(
                    "-" if refused(*attempt) else "+"
                    for attempt in ((folder.joinpath("file").read_text,), changes, makes, (os.listdir, folder))
                )
            )
        return " ".join(answers)

    assert said_by_a_child(work) == "read:+--+ write:++++ other:----"


def test_a_single_file_can_be_named(tmp_path: Path) -> None:
    need_landlock()
    for name in ("one", "two"):
        (tmp_path / name).write_text(name, encoding="utf-8")

    def work() -> str:
        restrict(read=[], write=[str(tmp_path / "one")])
        (tmp_path / "one").write_text("changed", encoding="utf-8")
        return str(refused((tmp_path / "two").read_text))

    assert said_by_a_child(work) == "True"
    assert (tmp_path / "one").read_text(encoding="utf-8") == "changed"


def test_programs_run_below_what_may_be_read_and_inherit_the_fence(tmp_path: Path) -> None:
    need_landlock()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")

    def work() -> str:
        restrict(read=PROGRAMS, write=["/dev/null"])
        done = subprocess.run(
            ["/bin/cat", str(tmp_path / "secret")], capture_output=True, text=True, timeout=60, check=False
        )
        return f"{done.returncode} {done.stdout}{done.stderr}"

    said = said_by_a_child(work)
    assert said.startswith("1 ")
    assert "denied" in said


def test_a_path_that_does_not_exist_is_passed_over_and_not_counted(tmp_path: Path) -> None:
    need_landlock()
    said = said_by_a_child(lambda: restrict(read=[str(tmp_path / "absent"), str(tmp_path)], write=[]))
    assert f"landlock {abi()}: 1 paths to read, 0 to write" in said


def test_no_signal_goes_outside_and_inside_they_still_do() -> None:
    need_landlock(6)
    parent = os.getpid()

    def work() -> str:
        said = restrict(read=["/proc"], write=[])
        outwards = refused(os.kill, parent, 0)
        inside = said_by_a_child(lambda: str(refused(os.kill, os.getppid(), 0)))
        return f"{outwards} {inside} {said}"

    assert said_by_a_child(work).startswith("True False landlock")


def test_a_fence_once_up_is_not_taken_down_by_a_wider_one(tmp_path: Path) -> None:
    need_landlock()

    def work() -> str:
        restrict(read=[], write=[])
        restrict(read=["/"], write=["/"])
        return str(refused((tmp_path / "new").mkdir))

    assert said_by_a_child(work) == "True"


def test_abstract_sockets_of_the_outside_are_out_of_reach() -> None:
    need_landlock(6)
    name = f"\0remit-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()

        def work(*, fenced: bool) -> str:
            if fenced:
                restrict(read=[], write=[])
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(name)
            return "reached"

        assert said_by_a_child(lambda: work(fenced=False)) == "reached"
        assert "PermissionError" in said_by_a_child(lambda: work(fenced=True))


def test_an_old_kernel_has_no_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    assert abi() == 0
    with pytest.raises(OSError, match="landlock_create_ruleset"):
        restrict(read=[], write=[])
    assert signal.getsignal(signal.SIGSYS) is signal.SIG_DFL
