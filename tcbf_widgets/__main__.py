"""`python -m tcbf_widgets` is `tcbf`."""

import sys

from .cli import main

sys.exit(main())
