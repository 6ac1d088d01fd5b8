# Everything runs in an environment of its own, .venv, made again when pyproject.toml changes.

PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
SAMPLES ?= 1e8
# A process a core; whoever is done takes tests over from another.
SIDE_BY_SIDE ?= -n auto --dist worksteal

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run test test-slow test-torch lint docs bench tables same-tables claims check clean

help:
	@echo "make run         measure relu with $(SAMPLES) samples"
	@echo "make test        the tests"
	@echo "make test-slow   the tests that take many seconds"
	@echo "make test-torch  the tests that compare with PyTorch (installs $(TORCH))"
	@echo "make lint        ruff and mypy"
	@echo "make docs        what README.md and docs/ show, pictures too, run and written again"
	@echo "make bench       throughput against other samplers, into benchmarks/results.md"
	@echo "make tables      the published tables again, into tables/"
	@echo "make same-tables the same elsewhere, and compare with tables/ byte by byte"
	@echo "make claims      the experiments on the claims again, into tables/"
	@echo "make check       measure every constant again and compare"
	@echo "make clean       remove what these made"

$(VENV)/base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "normstats needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version 2>&1`." \
	         "Choose another: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) -e .
	@touch $@

$(VENV)/test: $(VENV)/base
	$(PIP) -e '.[test]'
	@touch $@

$(VENV)/dev: $(VENV)/base
	$(PIP) -e '.[dev]'
	@touch $@

$(VENV)/bench: $(VENV)/base
	-$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) '$(TORCH)'
	-$(PIP) -e '.[bench]'
	@touch $@

$(VENV)/torch: $(VENV)/test
	$(BIN)/python -c 'import torch' 2>/dev/null || $(PIP) '$(TORCH)'
	$(PIP) -e '.[test,torch]'
	@touch $@

run: $(VENV)/base
	$(BIN)/normstats relu --samples $(SAMPLES)

test: $(VENV)/test
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not torch and not slow" $(PYTEST_ARGS)

test-slow: $(VENV)/test
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

test-torch: $(VENV)/torch
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m torch $(PYTEST_ARGS)

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict normstats tests/typing
	cd $(VENV) && bin/mypy --strict -c 'import normstats; normstats.layers()'  # as installed

docs: $(VENV)/test
	$(BIN)/python -m tests.readme

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks.run

tables: $(VENV)/base
	$(BIN)/normstats tables

same-tables: $(VENV)/base
	rm -rf $(VENV)/tables && $(BIN)/normstats tables --output $(VENV)/tables
	diff -r --exclude='claims.*' tables $(VENV)/tables

# Not byte by byte: a test makes the page again at a smaller size, and compares within errors.
claims: $(VENV)/base
	$(BIN)/normstats claims

check: $(VENV)/base
	$(BIN)/normstats check

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
