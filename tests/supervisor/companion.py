"""A companion for tests: echoes at the door, starts the servers its document names, and notes what it is told."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

from remit.confinement import Confinement
from remit.errors import RemitError
from remit.supervisor.accompanying import Attachment
from remit.supervisor.running import supervise


def echo(client: socket.socket) -> None:
    """Give back what comes in."""
    with client:
        while data := client.recv(1000):
            client.sendall(data)


def serve(door: socket.socket) -> None:
    """Let everybody in."""
    while True:
        client, _ = door.accept()
        threading.Thread(target=echo, args=(client,), daemon=True).start()


def start(attachment: Attachment, name: str, folder: str) -> None:
    """Start a server that beats into a file of its own."""
    command = ["/bin/sh", "-c", f"while true; do echo x >> {name}.beats; sleep 0.01; done"]
    supervise(
        command,
        confinement=Confinement(folder=folder, write=(folder,)),
        name=f"{attachment.folder.run}-{name}"[:60],
        interactive=False,
        role="server",
        part_of=attachment.folder,
        subject={"server": name},
    )


def main() -> None:
    """Step up, start the servers, say so, and do what is told."""
    attachment = Attachment.open()
    document = attachment.document()
    folder = str(document["folder"])
    notes = Path(folder, "told")
    if document.get("dies"):
        os._exit(3)
    try:
        for name in document["servers"]:  # type: ignore[attr-defined]
            start(attachment, str(name), folder)
    except RemitError as error:
        attachment.fail(error)
        return
    if document.get("fails"):
        attachment.fail(RemitError("the server `a` says no", code="proxy.error.unstarted", hint="ask it why"))
    elif not document.get("waits"):
        threading.Thread(target=serve, args=(attachment.door(),), daemon=True).start()
        attachment.ready()
    for told in attachment.orders():
        with notes.open("a", encoding="utf-8") as file:
            file.write(f"{told.what}\n")
        attachment.done(told)
        if told.what == "stop" and not document.get("stays"):
            sys.exit(0)


if __name__ == "__main__":
    main()
