#!/bin/sh
# Print a Python that is new enough: the one given as first argument, or the first that PATH offers.
# A second argument, such as 3.13, asks for one older than that.
below=${2:-4.0}
check="import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (${below%.*}, ${below#*.}))"
for candidate in ${1:-python3 python python3.13 python3.12 python3.11}; do
    if "$candidate" -c "$check" 2>/dev/null; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Python 3.11 or newer${2:+, but older than $2,} with its venv module is needed${1:+, and $1 is not that}:" \
    "install it (on Debian and Ubuntu also python3-venv), or name one with make PYTHON=/path/to/python." >&2
exit 1
