# The one door. Everything runs from .venv, built from hash-locked requirements and rebuilt only when they change.
# Options: PYTHON=python3.12 picks the interpreter, ARGS="..." is handed on to the program.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o=Dpkg::Use-Pty=0
IS_APT_ROOT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
CODE := dashboard alerts ingest tests benchmarks
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench fuzz venv lock clean browser

help:
	@echo "make demo   a simulated patient on the bedside screen"
	@echo "make test   every test, in a real browser too"
	@echo "make lint   style, types and the walls between the packages"
	@echo "make bench  our figures beside other ways of doing it"
	@echo "make fuzz   noise and damage for every device's decoder, ten minutes of it"
	@echo "make venv   only .venv, with everything a developer needs"
	@echo "make lock   the lock files anew, after a change of dependencies"
	@echo "make clean  away with what the others made"

demo: $(VENV)/run.stamp
	@$(BIN)/dripwatch demo $(ARGS)

test: venv browser
	@$(BIN)/python -m pytest --no-header $(ARGS)

lint: venv
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --quiet --check . || { echo "style: run $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy --strict --no-error-summary $(CODE)
	@walls=$$($(BIN)/lint-imports --no-logo) || { echo "$$walls" >&2; exit 1; }
	@echo "style, types and walls: clean"

bench: venv
	@$(BIN)/python -m benchmarks $(ARGS)

fuzz: venv
	@$(BIN)/python -m tests.fuzz $(ARGS)

venv: $(VENV)/dev.stamp ; @:

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "installing what tests and checks need"
	@$(PIP) install --require-hashes -r $<
	@touch $@

$(VENV)/run.stamp: requirements/run.txt $(VENV)/pyvenv.cfg
	@echo "installing Dripwatch into $(VENV)"
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

# Debian and Ubuntu ship Python without ensurepip: pythonX-venv has it.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Dripwatch needs Python 3.11 or newer. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { $(IS_APT_ROOT) && $(APT) update && $(APT) install $(notdir $(PYTHON))-venv >/dev/null; } || \
	    { echo "Python cannot make a virtual environment here: sudo apt install $(notdir $(PYTHON))-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# A browser that is there is used as it is. Debian has one (and Playwright's driver needs libatomic1); Ubuntu's is a
# snap, which tests cannot drive, so there and elsewhere it is Playwright's own.
HAS_BROWSER := $(BIN)/python tests/browser/chromium.py 2>/dev/null
browser: venv
	@$(HAS_BROWSER) || { $(IS_APT_ROOT) && echo "installing a browser" && $(APT) update && $(APT) install \
	    --no-install-recommends libatomic1 $$(grep -x ID=debian /etc/os-release >/dev/null && echo chromium) >/dev/null; } || :
	@$(HAS_BROWSER) || $(BIN)/playwright install $$($(IS_APT_ROOT) && echo --with-deps) chromium

# Keeps the versions it can; ARGS=--upgrade takes the newest.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url pyproject.toml requirements/build.in $(ARGS)
lock: venv
	@$(LOCK) --output-file requirements/run.txt
	@$(LOCK) --output-file requirements/dev.txt --extra dev --constraint requirements/run.txt

clean:
	@rm -rf $(VENV) build dist htmlcov .coverage .hypothesis .*_cache
