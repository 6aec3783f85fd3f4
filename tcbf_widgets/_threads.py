"""In how many threads spectra and images are worked on."""

import os

WORKERS = os.cpu_count() or 1
