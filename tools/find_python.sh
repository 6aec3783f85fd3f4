#!/bin/sh
# Print a Python that is new enough: the one given as argument, or the first that PATH offers.
for candidate in ${1:-python3 python python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Python 3.11 or newer with its venv module is needed${1:+, and $1 is not that}:" \
    "install it (on Debian and Ubuntu also python3-venv), or name one with make PYTHON=/path/to/python." >&2
exit 1
