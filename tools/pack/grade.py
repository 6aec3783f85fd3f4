"""Grade with nbgrader, after ``python install.py --grading``; README.md beside this file says how.

python grade.py generate_assignment NAME    a command of nbgrader, in the folder `course`
python grade.py lab                         JupyterLab in that folder, with the menu Nbgrader
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

try:
    import install
    import start
except ImportError:
    sys.exit("The folder of this file must lie in that of install.py and start.py: put it back there.")


def main(arguments):
    """Run nbgrader or JupyterLab in the folder of the course; return the exit code, or what is wrong."""
    pack = install.contents()
    if pack is None:
        return install.NOT_UNPACKED
    if not install.installed(pack, grading=True):
        return "What grades is not installed here yet: run `install.py --grading` first."
    if not arguments:
        return __doc__
    if arguments[0] == "lab":
        return start.run(
            "jupyterlab", f"--ServerApp.root_dir={HERE / 'course'}", *arguments[1:], folder=HERE / "course"
        )
    return start.run("nbgrader", *arguments, folder=HERE / "course")


if __name__ == "__main__":
    install.end(main)
