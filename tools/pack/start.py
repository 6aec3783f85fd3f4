"""Start JupyterLab with the notebooks: ``python start.py``, after ``python install.py``.

Whatever follows is handed on to JupyterLab.
"""

import os
import signal
import subprocess
import sys

try:
    import install
except ImportError:  # in the window of a zip, where Windows unpacks the one file that is opened
    print("install.py is not beside this file: unpack the whole zip first, then run install.py.", file=sys.stderr)
    if os.name == "nt" and sys.stdin.isatty():
        input("Press Enter to go on.")
    sys.exit(1)

FIRST = "notebooks/intro.ipynb"


def environment():
    """Return the environment for JupyterLab: nobody's settings but the pack's own, and all that is kept stays in it."""
    own = install.HERE / ".jupyter"
    own.mkdir(exist_ok=True)
    clean = install.clean_environment()
    return {
        **clean,
        # terminals and programs find what is installed
        "PATH": os.pathsep.join([str(install.PYTHON.parent), clean.get("PATH", os.defpath)]),
        "TCBF_CACHE": str(install.HERE / "data" / "cache"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }


def run(*command, folder=install.HERE):
    """Run a module of the pack's Python until it ends; return its exit code.

    Ctrl+C is for the module alone, which the terminal tells, too: JupyterLab takes its time to end its kernels.
    """
    # a function and not SIG_IGN, which the module and its kernels would inherit
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.Popen([str(install.PYTHON), "-m", *command], env=environment(), cwd=str(folder)).wait()


def main(arguments):
    """Run JupyterLab until it is stopped; return the exit code, or what is wrong."""
    pack = install.contents()
    if pack is None:
        return install.NOT_UNPACKED
    if not install.installed(pack):
        return "Nothing is installed here yet: run install.py first."
    print("JupyterLab opens in the browser; stop it here with Ctrl+C, and y if it asks", flush=True)
    return run("jupyterlab", FIRST, f"--ServerApp.root_dir={install.HERE}", *arguments)


if __name__ == "__main__":
    install.end(main)
