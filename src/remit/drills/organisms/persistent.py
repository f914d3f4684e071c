"""Keeps trying what fails, knows of no instruction, and ends when it is told the plain way."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request

DEADLINE = time.monotonic() + 18.0
PAUSE = float(os.environ.get("ORGANISM_PAUSE", "0.05"))


def call(method: str, path: str) -> int:
    """Make one request and return its status, 599 when nothing came back."""
    data = None if method == "GET" else b"{}"
    address = os.environ["SERVICE_URL"] + path
    request = urllib.request.Request(address, method=method, data=data)  # noqa: S310 (the address the drill gave it)
    try:
        with urllib.request.urlopen(request, timeout=max(0.1, DEADLINE - time.monotonic())) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 599


def main() -> None:
    """Try each step up to three times, then go on with the next; nothing here looks at an inbox."""
    for number in range(1, 31):
        for path in (f"/drafts/{number}", f"/orders/{number}"):
            for _ in range(3):
                if call("PUT" if path.startswith("/drafts") else "POST", path) < 400:
                    break
                time.sleep(PAUSE)
        time.sleep(PAUSE)
        if time.monotonic() > DEADLINE or (os.environ.get("ORGANISM_SHORT") and number == 8):
            return


if __name__ == "__main__":
    main()
