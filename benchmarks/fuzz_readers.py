"""Open thousands of damaged files of every format: none may crash, hang, or open with a shape that it does not have.

    python benchmarks/fuzz_readers.py --cases 10000 --seed 0 [--format EMD]

A failure is printed with the call that does it again:

    python benchmarks/fuzz_readers.py --seed 0 --format EMD --only 123
"""

import argparse
import logging
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tcbf_widgets.readers import rehearsal
from tests.damaged_files import Outcome, damaged_case, outcome
from tests.watched import watched
from tests.whole_files import FORMATS, whole_files


def main():
    """Run the cases of all formats, or of one, and print a table and all failures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000, help="in all formats together (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=FORMATS, help="this one alone")
    parser.add_argument("--only", type=int, help="number of one case, told in full; needs --format")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    names = [options.format] if options.format else list(FORMATS)
    if options.only is not None:
        print(run((names[0], options.seed, options.only), told=True))
        return
    each = -(-options.cases // len(names))
    cases = [(name, options.seed, number) for name in names for number in range(each)]
    rehearsal._PROCESSOR = 1  # s instead of 3 for what never ends: files are small here
    prepare()
    failures = report(names, dict(tried(cases)))
    sys.exit(bool(failures))


def tried(cases):
    """Yield each case and its outcome; what ends the process is an outcome, too."""
    for case, found, ended in watched(run, cases):
        yield case, found if ended is None else Outcome("failed", ended)


def prepare():
    """Load what the readers load, so that cases are alike."""
    for name in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            found = outcome(name, whole_files(name), FORMATS[name].opened[0], Path(folder))
        if found != Outcome("opened"):
            raise SystemExit(f"a whole file of {name} is not opened: {found}")


def run(case, told=False) -> Outcome:
    """The outcome of one case."""
    files, opened, done = damaged_case(*case)
    folder = Path(tempfile.mkdtemp())
    try:
        if told:
            print(f"{opened} of {case}: {done}")
        return outcome(case[0], files, opened, folder)
    finally:
        shutil.rmtree(folder)


def report(names, outcomes) -> int:
    """Print how many cases of each format were opened, refused and failed; the number of failures."""
    print(f"{'format':17}{'cases':>7}{'opened':>8}{'refused':>9}{'failed':>8}  refused with")
    for name in (*names, "all"):
        found = [outcome for case, outcome in outcomes.items() if name in (case[0], "all")]
        kinds = Counter(outcome.kind for outcome in found)
        classes = Counter(outcome.what for outcome in found if outcome.kind == "refused")
        numbers = f"{len(found):7}{kinds['opened']:8}{kinds['refused']:9}{kinds['failed']:8}"
        print(f"{name:17}{numbers}  {', '.join(f'{what} {count}' for what, count in classes.most_common())}")
    ambiguous = Counter((case[0], found.what) for case, found in outcomes.items() if "ambiguous" in found.what)
    for (name, what), count in ambiguous.items():
        print(f"{name}: {count} {what}")
    failed = {case: found for case, found in outcomes.items() if found.kind == "failed"}
    for (name, seed, number), found in failed.items():
        print(f"\n--format {name!r} --seed {seed} --only {number}: {found.what}\n{found.detail}")
    return len(failed)


if __name__ == "__main__":
    main()
