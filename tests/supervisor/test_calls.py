"""Calls through the egress proxy of a real run: recorded first, gated, denied, held, revoked."""

import time
from collections.abc import Iterator

import pytest
from tests.supervisor.scene import PATIENCE, Scene, entries, eventually, kept_bytes
from tests.supervisor.service import Service, serving

from remit.confinement import Secret
from remit.errors import SupervisorError
from remit.supervisor import client
from remit.supervisor.running import Run

CALL = """
import http.client, urllib.error, urllib.request
def call(path, data=None):
    try:
        with urllib.request.urlopen(URL + path, data, timeout=60) as answer:
            print(answer.status, answer.read().decode(), flush=True)
    except urllib.error.HTTPError as error:
        print(error.code, flush=True)
    except (OSError, http.client.HTTPException) as error:  # an answer may be cut off in the middle
        print(type(error).__name__, flush=True)
"""


@pytest.fixture
def service() -> Iterator[Service]:
    """A service outside the cage."""
    with serving() as service:
        yield service


def calling(service: Service, body: str) -> str:
    """An agent that can call the service."""
    return f"URL = 'http://{service.host}'\n{CALL}{body}"


def said(run: Run) -> list[str]:
    """What the agent printed."""
    return (run.folder.path / "agent.out").read_text().splitlines()


@pytest.mark.requirement("CALL-01")
def test_a_call_is_on_record_before_it_happens_and_its_outcome_after(scene: Scene, service: Service) -> None:
    with scene.agent(calling(service, "call('/a'); call('/b', b'x')"), hosts=(service.host,)) as run:
        assert run.wait(PATIENCE) == 0
        kept = [entry for entry in entries(run.folder.record) if entry["kind"] in ("intent", "outcome")]
    assert said(run) == ["200 /a", "200 /b"]
    assert [entry["kind"] for entry in kept] == ["intent", "outcome", "intent", "outcome"]
    assert kept[0]["call"] == {
        "tool": "http.get",
        "method": "GET",
        "host": "127.0.0.1",
        "port": service.port,
        "path": "/a",
        "size": 0,
    }
    assert kept[1]["intent"] == kept[0]["number"]
    assert kept[1]["status"] == 200
    assert [request[:2] for request in service.seen] == [("GET", "/a"), ("POST", "/b")]


def test_a_host_that_is_not_listed_is_not_reached(scene: Scene, service: Service) -> None:
    with scene.agent(calling(service, "call('/a')"), hosts=("example.org",)) as run:
        assert run.wait(PATIENCE) == 0
    assert said(run) == ["403"]
    assert service.seen == []


def test_silence_about_hosts_reaches_nothing(scene: Scene, service: Service) -> None:
    with scene.agent(calling(service, "call('/a')")) as run:
        assert run.wait(PATIENCE) == 0
    assert said(run) == ["URLError"]
    assert service.seen == []


def test_a_secret_for_a_host_is_put_in_outside_and_never_seen_inside(scene: Scene, service: Service) -> None:
    scene.environ["OUTSIDE"] = "s3cret-value"
    secret = Secret(name="api", source="env:OUTSIDE", host=service.host)
    body = calling(service, "call('/a'); print(sorted(os.environ.values()))")
    with scene.agent(body, hosts=(service.host,), secrets=(secret,)) as run:
        assert run.wait(PATIENCE) == 0
    assert service.seen == [("GET", "/a", "Bearer s3cret-value")]
    assert "s3cret-value" not in "".join(said(run)) + kept_bytes(run.folder.record)


@pytest.mark.requirement("CALL-01")
def test_a_gate_is_asked_about_every_call_and_its_silence_denies(scene: Scene, service: Service) -> None:
    body = calling(
        service,
        "for n in range(3):\n    while not pathlib.Path(f'go-{n}').exists(): time.sleep(.01)\n    call(f'/{n}')",
    )
    with scene.agent(body, hosts=(service.host,)) as run:
        for patience, answers in ((PATIENCE, (True, False)), (0.3, (None,))):  # who answers has the time to
            with client.subscribe(run.folder, gate=True, patience=patience) as gate:
                for proceed in answers:
                    (scene.folder / f"go-{'012'[[True, False, None].index(proceed)]}").touch()
                    message = gate.receive(PATIENCE)
                    while message.get("entry", {}).get("kind") != "intent":  # type: ignore[attr-defined]
                        message = gate.receive(PATIENCE)
                    number = message["entry"]["number"]  # type: ignore[index]
                    if proceed is None:
                        assert run.wait(PATIENCE) == 0
                        break
                    gate.send({"request": "answer", "number": number, "proceed": proceed, "reason": "not today"})
                    eventually(lambda wanted=(1 if proceed else 2): len(said(run)) == wanted)  # type: ignore[misc]
        reasons = [entry["reason"] for entry in entries(run.folder.record) if entry["kind"] == "denied"]
    assert said(run) == ["200 /0", "403", "403"]
    assert reasons == ["not today", "nobody answered in time"]
    assert len(service.seen) == 1


def test_standing_as_a_gate_needs_a_key(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        request = {"request": "subscribe", "gate": True, "key": "made up"}
        with pytest.raises(SupervisorError) as refused:
            client.ask(run.folder, request)
        assert refused.value.code == "supervisor.unauthorised"


def test_no_call_passes_while_a_run_is_held_or_after_its_host_was_revoked(scene: Scene, service: Service) -> None:
    body = calling(service, "while time.monotonic() < END:\n    call('/'); time.sleep(.005)")
    with scene.agent(body, hosts=(service.host,)) as run:
        eventually(lambda: len(service.seen) > 3)
        client.hold(run.run, environ=scene.environ)
        at_hold = len(service.seen)
        eventually(lambda: client.status(run.run, environ=scene.environ)["phase"] == "held")
        time.sleep(0.2)  # what moves would have moved by now
        held = len(service.seen)
        assert held - at_hold <= 1, "the call that had left before the hold may be noticed after it, and no other"
        client.resume(run.run, environ=scene.environ)
        eventually(lambda: len(service.seen) > held + 3)
        client.ask(run.folder, {"request": "revoke", "host": service.host})
        eventually(lambda: "403" in said(run))
        revoked = len(service.seen)
        eventually(lambda: said(run).count("403") > 10)
        assert len(service.seen) == revoked


def test_a_correction_takes_hosts_away_and_never_adds_one(scene: Scene, service: Service) -> None:
    body = calling(service, "while time.monotonic() < END:\n    call('/'); time.sleep(.005)")
    with scene.agent(body, hosts=(service.host, "example.org")) as run:
        eventually(lambda: len(service.seen) > 3)
        with pytest.raises(SupervisorError) as wider:
            client.correct(run.run, "go there", hosts=("example.com",), environ=scene.environ)
        assert wider.value.code == "supervisor.wider"
        client.correct(run.run, "not there any more", hosts=("example.org",), environ=scene.environ)
        eventually(lambda: "403" in said(run))


def test_in_the_grace_of_a_stop_calls_are_denied_aloud_and_stay_on_record(scene: Scene, service: Service) -> None:
    polite = "signal.signal(signal.SIGTERM, lambda *_: (call('/late'), sys.stdout.flush(), os._exit(0)))\ncall('/early')\ngo_on()"
    with scene.agent(calling(service, polite), hosts=(service.host,)) as run:
        scene.await_beats()
        assert run.stop(grace=PATIENCE).dead
        kept = [entry["kind"] for entry in entries(run.folder.record)]
    assert said(run) == ["200 /early", "403"]
    assert kept.count("intent") == 2
    assert kept.index("denied") > kept.index("instructed")
    assert [request[1] for request in service.seen] == ["/early"]
