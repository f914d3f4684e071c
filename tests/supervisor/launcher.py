"""A process that launches a caged agent, as any account that can read this tree; run with ``python -I -S``.

Its only argument is a JSON document: ``source`` (where remit is), ``backend``, ``user``, ``layout`` (a folder made by
``tests.supervisor.cages``), ``command``, ``open`` (whether the gate is opened). It holds what an agent must not reach:
an open file, an abstract socket, a listening port, a variable.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

ORDERS = json.loads(sys.argv[1])
sys.path.insert(0, ORDERS["source"])

from remit.confinement import Confinement  # noqa: E402 - the path is known only now
from remit.errors import SupervisorError  # noqa: E402
from remit.supervisor.cage.environment import environment_of  # noqa: E402
from remit.supervisor.cage.filesystem import view_of  # noqa: E402
from remit.supervisor.cage.launching import Order, exit_status, launch, main_process, open_gate, release  # noqa: E402

PATIENCE = 90.0  # seconds


def main() -> None:
    """Launch, say so, wait for the end, and say how it ended."""
    home = Path(ORDERS["layout"], "home")
    port = socket.create_server(("127.0.0.1", 0))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0remit-{os.getpid()}")
    abstract.listen()
    os.dup2(os.open(Path(ORDERS["layout"], "outside", "secret"), os.O_RDONLY), 77, inheritable=True)
    project = str(home / "project")
    confinement = Confinement(
        folder=project,
        read=(str(home),),
        write=(f"{project}/out",),
        protected=(f"{project}/out/deep/deeper/charter.yaml",),
        variables=(("GRANTED", "yes"), ("PORT", str(port.getsockname()[1])), ("LAUNCHER", str(os.getpid()))),
        user=ORDERS["user"],
        processes=ORDERS.get("processes"),
    )
    command = tuple(ORDERS["command"])
    view = view_of(confinement, command, control=str(home / ".local/state/remit/runs/r1/control"))
    order = Order(
        run="r1",
        command=command,
        confinement=confinement,
        view=view,
        environment=environment_of(confinement, run="r1", proxy=None, secrets={}, folders=view.folders),
        backend=ORDERS["backend"],
    )
    say({"begun": os.getpid()})
    launched = launch(order)
    before = main_process(launched)
    if ORDERS["open"]:
        open_gate(launched)
    enforced = {outcome.piece: outcome.degree for outcome in launched.enforced}
    say({"launched": [launched.process, launched.init], "before": before, "enforced": enforced})
    end = time.monotonic() + PATIENCE
    while exit_status(launched) is None and time.monotonic() < end:
        time.sleep(0.002)
    say({"status": exit_status(launched)})
    release(launched)


def say(what: dict[str, object]) -> None:
    """One line of JSON on standard error: standard output is the agent's too."""
    sys.stderr.write(json.dumps(what) + "\n")
    sys.stderr.flush()


try:
    main()
except SupervisorError as error:
    say({"error": error.code, "message": error.message, "hint": error.hint})
