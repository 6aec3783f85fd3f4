"""Install what the notebooks need, from the folder `wheelhouse` alone: no network, no administrator.

    python install.py              what the notebooks need
    python install.py --grading    nbgrader, too, for those who grade assignments

Everything goes into the folder `.venv` beside this file; delete the whole folder and nothing is left.
"""

import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import sysconfig
import traceback
from contextlib import suppress
from pathlib import Path

if os.name == "nt":
    import ctypes

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
STAMP = ENVIRONMENT / "installed.json"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CHECK = "import jupyterlab, myst_nb, sklearn.cluster, tcbf_widgets as tcbf; tcbf.widgets, tcbf.open('data/scan.h5')"
# JupyterLab asks nobody whether there is news
SETTINGS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
NOT_UNPACKED = f"{HERE} holds no folder wheelhouse: unpack the whole zip first, and run install.py where it is then."
LONGEST = 259  # characters of a path, unless Windows is told otherwise


def contents():
    """Return what this pack was made for; None where the rest of the pack is not, as in the window of a zip."""
    file = HERE / "wheelhouse" / "contents.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def system():
    """Return the name that the pack has for this system, or this system's own name if it has none."""
    if sys.platform == "win32":  # on ARM, too, where Python for Intel runs; what it says of the machine varies there
        return "windows"
    names = {("linux", "x86_64"): "linux", ("darwin", "arm64"): "macos-arm", ("darwin", "x86_64"): "macos-intel"}
    return names.get((sys.platform, platform.machine()), f"{platform.system()} on {platform.machine()}")


def wrong_system(pack):
    """Return why nothing can be installed here with any Python, in one sentence; empty if it can."""
    if system() not in pack["systems"]:
        return f"The pack holds packages for {', '.join(pack['systems'])}, and this is {system()}. The book works here."
    return too_old() or too_deep(pack)


def wrong_python(pack):
    """Return why this Python cannot use the pack, in one sentence; empty if it can."""
    versions, newest = " or ".join(pack["pythons"]), pack["pythons"][-1]
    mine = "{}.{}".format(*sys.version_info[:2])
    full = "{}.{}.{}".format(*sys.version_info[:3])
    if mine not in pack["pythons"]:
        command = f"py -{newest}" if os.name == "nt" else f"python{newest}"
        return (
            f"This is Python {mine}, and the pack holds packages for Python {versions}: "
            f"install one of these, for example {newest}, then run `{command} install.py`."
        )
    oldest = pack["oldest"][mine]
    if sys.version_info[:3] < tuple(int(part) for part in oldest.split(".")):
        return f"This is Python {full}, and the packages need {oldest} or newer: install one of {versions}."
    if struct.calcsize("P") != 8:
        return f"This Python has 32 bits, and the pack holds packages for 64: install Python {versions} with 64 bits."
    if sys.platform == "win32" and sysconfig.get_platform() != "win-amd64":
        return (
            f"This Python is made for {sysconfig.get_platform()}, and the pack holds packages for win-amd64: "
            f"install Python {versions} for Intel and AMD (x64); it runs on ARM, too."
        )
    return ""


def too_old():
    """Return what is too old about this system, in one sentence; empty if nothing is."""
    if sys.platform == "linux":
        library, version = platform.libc_ver()
        if library != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < (2, 28):
            return f"The packages need a Linux with glibc 2.28 or newer (of 2018); this has {library} {version}."
    if sys.platform == "darwin":
        wanted = (12, 0) if platform.machine() == "arm64" else (10, 15)
        version = platform.mac_ver()[0]
        if tuple(int(part) for part in (version + ".0").split(".")[:2]) < wanted:
            return f"The packages need macOS {wanted[0]}.{wanted[1]} or newer; this is {version}."
    return ""


def too_deep(pack):
    """Return that this folder lies too deep for Windows, in one sentence; empty if it does not."""
    spare = LONGEST - len(str(ENVIRONMENT)) - pack["longest_path"] - 1
    if os.name != "nt" or spare >= 0:
        return ""
    return (
        f"The path of this folder is {-spare} characters too long for Windows: move the folder to a place such as "
        "C:\\tcbf and run install.py there."
    )


def fitting_python(pack):
    """Return a Python on this machine that can use the pack, to begin a command with; None if there is none."""
    for version in reversed(pack["pythons"]):
        found = shutil.which(f"python{version}")
        launcher = shutil.which("py") if os.name == "nt" else None
        for command in [[found]] * bool(found) + [[launcher, f"-{version}"]] * bool(launcher):
            # a name may be there and lead nowhere, and that Python may not fit for another reason
            asked = [*command, str(HERE / "install.py"), "--fits"]
            if not subprocess.run(asked, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode:
                return command
    return None


def clean_environment():
    """Return this process's environment without what would lead Python or pip elsewhere."""
    foreign = ("PYTHON", "PIP_", "VIRTUAL_ENV", "CONDA_", "JUPYTER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}


def run(*command):
    """Run a command; raise CalledProcessError when it fails."""
    subprocess.run([str(part) for part in command], check=True, env=clean_environment(), cwd=str(HERE))


def roots(pack, grading):
    """Return what is asked for; all else is what it needs."""
    return pack["roots"] + pack["grading"] * grading


def stamp(pack, grading):
    """Say that the environment is complete."""
    STAMP.write_text(json.dumps({"pack": pack, "here": str(HERE), "roots": roots(pack, grading)}), encoding="utf-8")


def installed(pack, grading=False):
    """Return whether the environment is complete, of this pack, made in this place, and its Python still runs."""
    try:
        made = json.loads(STAMP.read_text(encoding="utf-8"))
        if (made["pack"], made["here"]) != (pack, str(HERE)) or not set(roots(pack, grading)) <= set(made["roots"]):
            return False
        return not subprocess.run([str(PYTHON), "-c", ""], capture_output=True, check=False).returncode
    except (OSError, ValueError, LookupError, TypeError):  # not there, cut off, of an older pack; no Python any more
        return False


def install(pack, grading):
    """Make the environment."""
    print(f"1 of 3: an environment in {ENVIRONMENT}", flush=True)
    run(sys.executable, "-m", "venv", "--without-pip", "--clear", ENVIRONMENT)
    count = f"{pack['packages']} packages" + " and those for grading" * grading
    print(f"2 of 3: installing {count} from the folder wheelhouse (one to five minutes)", flush=True)
    wheels = HERE / "wheelhouse"
    pip = next(wheels.glob("pip-*.whl")) / "pip"  # runs as it is, packed
    offline = ["--no-index", "--find-links", wheels, "--no-cache-dir", "--disable-pip-version-check"]
    quiet = ["--quiet", "--no-warn-script-location", "--no-compile"]  # what is never imported is never compiled
    run(PYTHON, pip, "install", *quiet, *offline, *roots(pack, grading))
    settings = ENVIRONMENT / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(SETTINGS), encoding="utf-8")
    print("3 of 3: a first look, which takes longest", flush=True)
    run(PYTHON, "-c", CHECK)
    stamp(pack, grading)


def this_python():
    """Return how this Python is called in a terminal."""
    if os.name == "nt" and shutil.which("py"):
        return "py"
    for name in ("python3", "python"):
        found = shutil.which(name)
        with suppress(OSError):  # Windows has names there that lead to its shop
            if found and os.path.samefile(found, sys.executable):
                return name
    return f'"{sys.executable}"' if " " in sys.executable else sys.executable


def main(arguments):
    """Install, with a fitting Python if this is none; return the exit code, or what went wrong."""
    pack = contents()
    if pack is None:
        return NOT_UNPACKED
    if unknown := set(arguments) - {"--grading", "--fits"}:
        return f"install.py knows --grading only, got {' '.join(sorted(unknown))}."
    grading = "--grading" in arguments
    if grading and not pack["grading"]:
        return "This pack was made without assignments, and holds nothing to grade them with."
    reason = wrong_system(pack) or wrong_python(pack)
    if "--fits" in arguments:
        return reason
    if installed(pack, grading):
        print(f"All is installed. Start with: {this_python()} start.py")
        return 0
    if reason:
        known = wrong_system(pack) or "TCBF_OTHER_PYTHON" in os.environ
        other = None if known else fitting_python(pack)
        if other is None:
            return reason
        print(f"Going on with {' '.join(other)}", flush=True)
        environment = {**os.environ, "TCBF_OTHER_PYTHON": "1"}  # once, and not in a circle
        command = [*other, str(HERE / "install.py"), *arguments]
        return subprocess.run(command, check=False, env=environment).returncode
    try:
        install(pack, grading)
    except subprocess.CalledProcessError as error:
        return f"It stopped (code {error.returncode}). Run install.py once more; START-HERE.html says what else to try."
    print(f"Ready. Start with: {this_python()} start.py")
    return 0


def owns_window():
    """Return whether a window closes when this ends: on Windows after a double-click, when no shell is in it."""
    if os.name != "nt" or "TCBF_OTHER_PYTHON" in os.environ or not (sys.stdin and sys.stdin.isatty()):
        return False
    windows = ctypes.WinDLL("kernel32")
    windows.OpenProcess.restype = ctypes.c_void_p
    members = (ctypes.c_uint32 * 64)()
    for member in members[: windows.GetConsoleProcessList(members, 64)]:
        name, length = ctypes.create_unicode_buffer(1024), ctypes.c_uint32(1024)
        process = ctypes.c_void_p(windows.OpenProcess(0x1000, False, member))  # to ask for its name alone
        windows.QueryFullProcessImageNameW(process, 0, name, ctypes.byref(length))
        windows.CloseHandle(process)
        if not name.value.lower().rpartition("\\")[2].startswith("py"):  # neither Python nor its launcher
            return False
    return True


def end(work):
    """Do something and leave with its exit code, or what went wrong; a window that closes then stays to be read."""
    try:
        result = work(sys.argv[1:])
    except KeyboardInterrupt:
        result = "Stopped. Run it once more; it begins anew."
    except Exception:
        traceback.print_exc()
        result = 1
    if isinstance(result, str) and result:
        print(result, file=sys.stderr)
        result = 1
    if owns_window():
        input("Press Enter to close this window.")
    sys.exit(result or 0)


if __name__ == "__main__":
    end(main)
