"""Run a command where nothing outside can be reached: ``python tools/no_network.py COMMAND...``.

On Linux that is a network of its own, which has this machine's own addresses and no other. Where the system makes none
for its users, proxies lead to a closed door; that stops what asks for a web page, as pip and Python do, not every
program. In both ways a page outside is asked for first, and the command is not run if it comes.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import urllib.request

OUTSIDE = "https://example.org/"
NOWHERE = "http://127.0.0.1:9"
PROXIES = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "all_proxy": NOWHERE, "no_proxy": "127.0.0.1,localhost"}
KINDS = ("a network of its own", "closed proxies")
_OWN = "TCBF_OWN_NETWORK"
_SET_FLAGS, _UP = 0x8914, 1  # of a network interface, as Linux counts


def kind() -> str:
    """How a command is kept from the network here: one of `KINDS`."""
    works = shutil.which("unshare") and not subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode
    return KINDS[0] if works else KINDS[1]


def command(*words) -> list[str]:
    """The command that runs another one without network."""
    return [sys.executable, __file__, *map(str, words)]


def is_reached() -> bool:
    """Whether a page outside can be read."""
    try:
        with urllib.request.urlopen(OUTSIDE, timeout=10):
            return True
    except OSError:
        return False


def main(words: list[str]) -> None:
    """Become the command, without network."""
    if _OWN not in os.environ and kind() == KINDS[0]:
        os.execvp("unshare", ["unshare", "-rn", "env", f"{_OWN}=1", *command(*words)])
    if os.environ.pop(_OWN, ""):
        with socket.socket() as any_socket:  # notebooks talk to their kernels by this machine's own addresses
            import fcntl

            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))
    else:
        os.environ.update(PROXIES)
    if is_reached():
        sys.exit(f"{OUTSIDE} can be read, so the network is not blocked; nothing was run")
    os.environ.update(PROXIES)  # in a network of its own, too: what asks in spite of all is refused at once
    os.execvp(words[0], words)


if __name__ == "__main__":
    main(sys.argv[1:])
