# Chợ 4.0. `make help` says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLES := build/samples
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/dev.stamp $(SAMPLES)/fetched.stamp translations-compiled ## Prepare .venv for everything, tests included

.PHONY: run
run: $(VENV)/main.stamp translations-compiled ## Start the demo on http://127.0.0.1:8000
	@scripts/demo

# One more than there are processors, four at most: a test waits for the disk or for a process a third of its time.
WORKERS ?= $(shell n=$$(( $$(nproc) + 1 )); echo $$(( n < 4 ? n : 4 )))

.PHONY: test
test: setup ## Run everything: both databases, the browser included
	@scripts/ensure-browser
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal --durations=25 $(PYTEST_ARGS)

.PHONY: test-clocks
test-clocks: setup ## Run what depends on the day on other days
	@$(BIN)/python scripts/test_clocks.py

.PHONY: check
check: setup ## Lint, types, imports, migrations, translations
	@scripts/check

.PHONY: format
format: setup ## Put the code into its one format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: translations
translations: setup ## Take new words from the code into translations/
	@scripts/translations update

.PHONY: screenshots
screenshots: setup ## Take the README's pictures anew
	@scripts/ensure-browser
	@$(BIN)/python scripts/screenshots.py

.PHONY: bench
bench: setup ## Measure what the docs claim
	@$(BIN)/python -m benchmarks

SEED ?= 1
STEPS ?= 300
DATABASE ?= sqlite

.PHONY: simulate
simulate: setup ## Simulate markets with faults: SEED=1 STEPS=300 DATABASE=sqlite
	@$(BIN)/python -m tests.simulation --seed $(SEED) --steps $(STEPS) --database $(DATABASE)

.PHONY: lock
lock: setup ## Lock the requirements with hashes
	@scripts/lock

.PHONY: translations-compiled
translations-compiled: $(VENV)/main.stamp
	@scripts/translations compile

$(VENV)/main.stamp: requirements/main.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the application runs on (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/main.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/main.stamp
	@echo "Installing what tests and checks need (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(SAMPLES)/fetched.stamp: requirements/samples.txt $(VENV)/main.stamp
	@echo "Fetching the packages that tests look into (once)"
	@rm -rf $(SAMPLES)
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --dest $(SAMPLES) -r requirements/samples.txt
	@touch $@
