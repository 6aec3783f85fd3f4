# `make book` builds the book, `make test` runs every test; both make their own environment in .venv first.
# Needed: Python >= 3.11 and make. Choose another Python with `make PYTHON=/path/to/python3.12`.

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
STAMPS := $(VENV)/stamps
BOOK := _build/html
PORT ?= 8000
PY4DSTEM := benchmarks/.venv-py4dstem
QUANTEM := benchmarks/.venv-quantem

PACKAGE := $(shell find tcbf_widgets \( -name dist -o -name __pycache__ \) -prune -o \( -name '*.py' -o -name '*.js' -o -name '*.css' \) -print)
PAGES := $(shell find book \( -path book/_vendor -o -path book/pictures -o -name .ipynb_checkpoints \) -prune -o -type f -print)
VIEWS := $(filter %.js %.css,$(PACKAGE))

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help environment book serve lab style javascript browser test check format sliders out-of-core benchmark-environment benchmark clean
.DELETE_ON_ERROR:

help:
	@echo "make book       build the book and say where to open it"
	@echo "make serve      serve the built book at http://localhost:$(PORT)"
	@echo "make lab        open the pages as notebooks in JupyterLab"
	@echo "make test       run all tests: Python, JavaScript, the book in a browser, JupyterLab"
	@echo "make check      run the quick tests only: style, Python, JavaScript"
	@echo "make format     format the Python sources"
	@echo "make sliders    measure the book: from a moved slider to the painted picture, sizes of data and code"
	@echo "make out-of-core  a scan of 4 GB: how fast its stack is collected, and in how much memory all is done"
	@echo "make benchmark  all measurements: sliders, alignment, aberrations, ptychography, disks beside their peers"
	@echo "make clean      remove everything that make made"

# ---- the environment, one stamp a step

$(STAMPS)/venv:
	@python=$$(sh tools/find_python.sh "$(PYTHON)") && echo "environment: $(VENV), with $$python" && "$$python" -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: requirements.txt $(STAMPS)/venv
	@echo "installing what requirements.txt names (some minutes, once)"
	@$(RUN) -m pip install --quiet --requirement requirements.txt
	@touch $@

$(STAMPS)/npm: package.json package-lock.json $(STAMPS)/packages
	@$(RUN) tools/node.py npm ci --silent
	@touch $@

$(STAMPS)/bundle: $(VIEWS) tools/bundle.py tools/bundle.mjs $(STAMPS)/npm
	@$(RUN) tools/bundle.py
	@touch $@

$(STAMPS)/install: pyproject.toml hatch_build.py $(STAMPS)/packages | $(STAMPS)/bundle
	@$(RUN) -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(STAMPS)/lab: tools/lab_settings.json $(STAMPS)/packages
	@mkdir -p $(VENV)/etc/jupyter/labconfig
	@cp tools/lab_settings.json $(VENV)/etc/jupyter/labconfig/default_setting_overrides.json
	@touch $@

book/_vendor/mathjax/tex-svg-full.js: $(STAMPS)/npm
	@mkdir -p $(@D)
	@cp node_modules/mathjax/es5/tex-svg-full.js $@

environment: $(STAMPS)/install $(STAMPS)/bundle $(STAMPS)/lab book/_vendor/mathjax/tex-svg-full.js

# ---- the book

$(STAMPS)/book: _config.yml _toc.yml $(PAGES) $(PACKAGE) $(STAMPS)/bundle | environment
# from nothing, so that no page of an older table of contents stays behind; executed pages are cached
	@rm -rf $(BOOK)
	@echo "building the book"
	@$(BIN)/jupyter-book build . -W --keep-going --quiet > $(STAMPS)/book.log 2>&1 || { cat $(STAMPS)/book.log; exit 1; }
	@$(RUN) tools/check_offline.py $(BOOK)
	@touch $@

book: $(STAMPS)/book
	@echo
	@echo "The book is built. Open it by double-click, no server needed:"
	@echo "  $(CURDIR)/$(BOOK)/index.html"
	@echo "or run \`make serve\` and open http://localhost:$(PORT)"

serve: $(STAMPS)/book
	@echo "http://localhost:$(PORT) (stop with Ctrl+C)"
	@$(RUN) -m http.server $(PORT) --bind 127.0.0.1 --directory $(BOOK)

lab: environment
	@$(BIN)/jupyter lab book

# ---- tests

style: environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

javascript: environment
	@$(RUN) tools/node.py node --test --test-reporter=dot "tests/js/**/*.test.mjs"

check: style javascript
	@$(BIN)/pytest --ignore=tests/browser

# a missing browser is said before the long work, not after it
browser: environment
	@$(RUN) tools/find_browser.py

# two workers, a file each at a time: pages in a browser leave a processor idle half of the time
test: browser style javascript $(STAMPS)/book
	@$(BIN)/pytest --numprocesses 2 --dist loadfile

format: environment
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# ---- benchmarks

# py4DSTEM needs numpy < 2, so it has an environment of its own, with a Python for which such a numpy exists
$(PY4DSTEM)/installed: benchmarks/requirements-py4dstem.txt
	@python=$$(sh tools/find_python.sh "$(PYTHON)" 3.13) && echo "environment of py4DSTEM: $(PY4DSTEM), with $$python" && \
	"$$python" -m venv --clear $(PY4DSTEM)
	@echo "installing py4DSTEM (some minutes, once)"
	@$(PY4DSTEM)/bin/python -m pip install --quiet --requirement $<
	@touch $@

# quantem needs torch, in an environment of its own because of its size: 1.7 GB with a build of torch for the processor
# alone, 6.2 GB with the one of PyPI for Linux, which does not start without its GPU libraries. pip takes the small one
# by itself if it is configured for a place that offers it (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL, pip.conf).
$(QUANTEM)/installed: benchmarks/requirements-quantem.txt
	@python=$$(sh tools/find_python.sh "$(PYTHON)") && echo "environment of quantem: $(QUANTEM), with $$python" && \
	"$$python" -m venv --clear $(QUANTEM)
	@echo "installing quantem (some minutes, once)"
	@$(QUANTEM)/bin/python -m pip install --quiet --requirement $<
	@touch $@

sliders: browser $(STAMPS)/book
	@$(RUN) benchmarks/slider_to_paint.py $(BOOK)

out-of-core: environment
	@$(RUN) benchmarks/out_of_core.py

benchmark-environment: $(PY4DSTEM)/installed $(QUANTEM)/installed

benchmark: benchmark-environment browser $(STAMPS)/book
# all are run, also when one misses its aims
	@status=0; \
	$(RUN) benchmarks/slider_to_paint.py $(BOOK) || status=1; \
	$(RUN) benchmarks/compare_alignment.py || status=1; \
	$(RUN) benchmarks/compare_aberrations.py || status=1; \
	$(RUN) benchmarks/compare_ptychography.py || status=1; \
	$(RUN) benchmarks/compare_disks.py || status=1; \
	exit $$status

clean:
	rm -rf $(VENV) $(PY4DSTEM) $(QUANTEM) _build node_modules book/_vendor tcbf_widgets/widgets/dist .pytest_cache .ruff_cache
