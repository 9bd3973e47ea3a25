# A newcomer's two commands: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
BIN := .venv/bin
DEMO := albums/quiet-rooms

# What holds kernels: they are compiled anew when one of these has changed.
KERNELS := $(shell grep -rl --include=*.py njit formats pipeline)

.PHONY: help setup demo test lint types contracts tests faults farm farm-test fuzz lock clean

help:
	@echo "make demo   set up, then master an example album"
	@echo "make test   set up, then lint, types, import contracts and tests"
	@echo "make faults every operation on files fails in every way, 200 kills (about an hour)"
	@echo "make farm   PostgreSQL, a server and two workers here, twelve small albums, all taken down (some minutes)"
	@echo "make farm-test  thirty albums; workers, runs and machines die on a real Prefect server (half an hour)"
	@echo "make fuzz   20,000 mutated inputs of every kind, and new examples for every property (some hours)"
	@echo "make setup  set up alone: .venv with what requirements.lock pins, compiled kernels, the example albums"
	@echo "make lock   resolve pyproject.toml anew into requirements.lock"

setup: .venv/.compiled
	$(BIN)/python -m albums.examples.compose

# Half a minute of work on a cold cache, which the first run would do otherwise; so do tests, side by side, in CI.
.venv/.compiled: .venv/.ready $(KERNELS)
	$(BIN)/python -m pipeline.mastering.compile_kernels
	@touch $@

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 15) else \
	  "Glassmaster needs Python 3.11 to 3.14, found %d.%d: make PYTHON=python3.12 ..." % v)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	$(BIN)/glassmaster master $(DEMO)

test: lint types contracts tests

lint types contracts: .venv/.ready

tests faults farm farm-test fuzz: .venv/.compiled

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports --no-logo

tests:
	$(BIN)/python -m pytest -n auto --dist loadfile

faults:
	GLASSMASTER_FAULTS=all $(BIN)/python -m pytest tests/faults

farm:
	$(BIN)/python -m tests.flows.farm.demo

farm-test:
	GLASSMASTER_FARM=all $(BIN)/python -m pytest tests/flows/farm tests/flows/test_batch.py tests/flows/test_serve.py

fuzz:
	GLASSMASTER_FUZZ=20000 $(BIN)/python -m pytest tests/fuzz
	GLASSMASTER_FUZZ=20000 $(BIN)/python -m pytest -n auto --dist loadfile -m hypothesis --ignore tests/fuzz

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
	  --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
