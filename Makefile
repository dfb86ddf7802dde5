# Everything a contributor types. A fresh machine needs Python 3.11, Node.js 20 and git; the rest is set up here,
# once: a target whose files are newer than what it was made from does nothing.

PYTHON ?= python3
BIN := .venv/bin
VENV := .venv/.installed
# the peers have a virtualenv of their own: nobody may come to lean on what only they bring along
BENCH := .venv-bench/.installed
MODULES := js/node_modules/.package-lock.json
BUNDLE := sse_notebook/widget/static/widget.js
JS_SOURCES := js/build.mjs $(shell find js/src -type f 2>/dev/null)
NEEDS := PYTHON="$(PYTHON)" scripts/needs.sh
# more words for pytest or the benchmarks: make test ARGS="-k decoder"
ARGS ?=
# how many processes test; more would hurry past each other, and some tests measure how soon a page answers.
# tests/conftest.py says which tests stay together. Long ones measure: one process
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# pytest's closing line comes last, whatever -j says
.NOTPARALLEL:
.PHONY: help demo test test-long lint format bench js ready vitest

help: ## this list
	@echo "make TARGET      (PYTHON=python3.12 chooses the Python; it must be 3.11 or newer)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ready ## the bundled backend and JupyterLab with the tour; HEADLESS=1 drives it in Chromium and exits
ifeq ($(HEADLESS),1)
	@$(NEEDS) browser nchan
	@$(BIN)/python tests/browser/headless_demo.py
else
	@$(BIN)/sse-notebook demo
endif

test: lint vitest ## all checks and tests but the long ones
	@$(NEEDS) browser nchan
	@$(PYTEST) -m "not long" $(ARGS)

test-long: lint vitest ## all checks and tests, the long ones too
	@$(NEEDS) browser nchan
	@$(BIN)/python -m pytest --hypothesis-profile=long $(ARGS)

lint: ready ## ruff, mypy, tsc, biome
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "make format would change the files above"; exit 1; }
	@$(BIN)/mypy
	@cd js && npm run --silent types
	@cd js && npm run --silent lint

format: ready ## let ruff and biome write the files as lint wants them
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@cd js && npm run --silent format

bench: $(BENCH) ## us beside our peers; ARGS=--quick: rough, ARGS="frames ingest": these, ARGS=--write: into docs/benchmarks.md
	@.venv-bench/bin/python -m benchmarks $(ARGS)

js: $(BUNDLE) ## bundle js/ into the Python package

# --- what the targets stand on ---

ready: $(VENV) $(BUNDLE)

vitest: ready
	@cd js && npm run --silent test

$(BUNDLE): $(JS_SOURCES) $(MODULES)
	@cd js && npm run --silent build

# npm itself writes this file at the end of an install
$(MODULES): js/package.json js/package-lock.json
	@$(NEEDS) python node
	@echo "npm ci"
	@cd js && npm ci --silent
	@touch $@

# the bundle first: pip then finds it and needs no Node; it has no say in when to install again
$(VENV): pyproject.toml hatch_build.py | $(BUNDLE)
	@$(NEEDS) venv
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@echo "pip install -e .[dev]"
	@$(BIN)/python -m pip install --quiet -e ".[dev]"
	@touch $@

$(BENCH): pyproject.toml hatch_build.py benchmarks/peers.txt | $(BUNDLE)
	@$(NEEDS) venv
	@test -x .venv-bench/bin/python || "$(PYTHON)" -m venv .venv-bench
	@echo "pip install -e . and the peers"
	@.venv-bench/bin/python -m pip install --quiet --upgrade -e . -r benchmarks/peers.txt
	@touch $@
