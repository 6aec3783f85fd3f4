# `make book` builds the book, `make test` runs every test; both make their own environment in .venv first.
# Needed: Python >= 3.11 and make. Choose another Python with `make PYTHON=/path/to/python3.12`.

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
STAMPS := $(VENV)/stamps
BOOK := _build/html
PORT ?= 8000
# for others than tools/offline_pack.py chooses: make offline-pack PACK_PYTHONS="3.11 3.12" PACK_SYSTEMS=linux
PACK_PYTHONS ?=
PACK_SYSTEMS ?=
PACK_COURSE := _build/pack-course
PY4DSTEM := benchmarks/.venv-py4dstem
QUANTEM := benchmarks/.venv-quantem

PACKAGE := $(shell find tcbf_widgets \( -name dist -o -name __pycache__ \) -prune -o \( -name '*.py' -o -name '*.js' -o -name '*.css' \) -print)
PAGES := $(shell find book \( -path book/_vendor -o -path book/pictures -o -name .ipynb_checkpoints \) -prune -o -type f -print)
VIEWS := $(filter %.js %.css,$(PACKAGE))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# what is never imported is never compiled (pip takes such settings the other way round: 0 is "no compile"), and what is
# imported is compiled once
export PIP_NO_COMPILE := 0
unexport PYTHONDONTWRITEBYTECODE
# where pages and tests run side by side, threads of linear algebra in each would only wait for each other
$(STAMPS)/book check test: export OPENBLAS_NUM_THREADS := 1

.PHONY: help environment book offline-pack check-pack sheet assignments serve lab style javascript browser test check format sliders out-of-core benchmark-environment benchmark clean
.DELETE_ON_ERROR:

help:
	@echo "make book       build the book and say where to open it"
	@echo "make serve      serve the built book at http://localhost:$(PORT)"
	@echo "make offline-pack  one zip to teach from without network: book, notebooks, data, packages to install"
	@echo "make check-pack  install that zip without network, run all its notebooks, grade its assignments (minutes)"
	@echo "make sheet      print the exercises, and their answers, as PDF"
	@echo "make lab        open the pages as notebooks in JupyterLab"
	@echo "make assignments  notebooks for a course, to be graded by nbgrader (COURSE=folder, else $(COURSE))"
	@echo "make test       run all tests: Python, JavaScript, the book in a browser, JupyterLab"
	@echo "make check      run the quick tests only: style, Python, JavaScript"
	@echo "make format     format the Python sources"
	@echo "make sliders    measure the book: from a moved slider to the painted picture, sizes of data and code"
	@echo "make out-of-core  a scan of 4 GB: how fast its stack is collected, in how much memory all is done"
	@echo "make benchmark  sliders, and alignment, aberrations, ptychography, disks beside their peers"
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

$(STAMPS)/classroom: requirements-classroom.txt requirements.txt $(STAMPS)/packages
	@$(RUN) -m pip install --quiet --requirement requirements-classroom.txt --constraint requirements.txt
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

# one zip to teach from without network; downloaded wheels stay in _build/wheelhouse. Its assignments are made anew, and
# not those of a COURSE, where somebody may teach
offline-pack: $(STAMPS)/book sheet $(STAMPS)/classroom
	@rm -rf $(PACK_COURSE)
	@$(RUN) tools/assignments.py $(PACK_COURSE)
	@$(RUN) tools/offline_pack.py --book $(BOOK) --course $(PACK_COURSE) \
	$(if $(PACK_PYTHONS),--pythons $(PACK_PYTHONS)) $(if $(PACK_SYSTEMS),--systems $(PACK_SYSTEMS))

# of the zip that is there, with a Python of this machine that it fits
check-pack: environment
	@$(RUN) tools/no_network.py $(RUN) tools/check_pack.py

# the exercises on paper, and their answers
sheet: $(STAMPS)/book browser
	@$(RUN) tools/exercise_sheet.py --book $(BOOK)

# for the other machines of a room: make serve ADDRESS=0.0.0.0
ADDRESS ?= 127.0.0.1

serve: $(STAMPS)/book
	@echo "http://$(if $(filter 0.0.0.0,$(ADDRESS)),localhost,$(ADDRESS)):$(PORT) (stop with Ctrl+C)"
	@$(if $(filter 0.0.0.0,$(ADDRESS)),echo "and on other machines with the address of this one in place of localhost")
	@$(RUN) -m http.server $(PORT) --bind $(ADDRESS) --directory $(BOOK)

lab: environment
	@$(BIN)/jupyter lab book

# ---- the classroom

# a course of one's own lies elsewhere, for `make clean` takes _build away: make assignments COURSE=~/course
COURSE ?= _build/assignments

assignments: environment $(STAMPS)/classroom
	@$(RUN) tools/assignments.py "$(COURSE)"

# ---- tests

style: environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

javascript: environment
	@$(RUN) tools/node.py node --test --test-reporter=dot "tests/js/**/*.test.mjs"

check: style javascript $(STAMPS)/classroom
	@$(BIN)/pytest --ignore=tests/browser

# a missing browser is said before the long work, not after it
browser: environment
	@$(RUN) tools/find_browser.py

# three workers (four are no faster on two processors), a file each at a time, in the order of their names: so the
# files of the browser, the longest, come first
test: browser style javascript $(STAMPS)/classroom $(STAMPS)/book
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

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
