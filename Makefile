# Two commands do everything: `make serve` and `make test`. See README.md.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
# How many tests run at once; which of those marked nightly (none, tenth or all); more for pytest. See CONTRIBUTING.md.
WORKERS ?= 3
NIGHTLY ?= none
ARGS ?=

.PHONY: serve test test-all build wheel lock docs clean
.DEFAULT_GOAL := help

help:
	@echo "make serve   build the environment and the graph, serve it on http://$(HOST):$(PORT)/"
	@echo "make test    style, types, floors and tests, in half an hour on two cores; test-all runs those marked nightly as well"
	@echo "make build   build the graph into ./store"
	@echo "make docs    write the generated reference pages in docs/"
	@echo "make wheel   build the wheel in ./dist"
	@echo "make lock    renew the lock files"

serve: .venv/runtime
	@$(BIN)/thidua serve --host $(HOST) --port $(PORT) --store store

build: .venv/runtime
	@$(BIN)/thidua build --store store

test: .venv/dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --nightly=$(NIGHTLY) $(ARGS)

test-all:
	@$(MAKE) --no-print-directory test NIGHTLY=all

docs: .venv/runtime
	@$(BIN)/thidua docs docs/reference

wheel: .venv/runtime
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock:
	@$(PYTHON) -m pip install --quiet uv
	@uv pip compile pyproject.toml --extra build --extra pictures --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --upgrade -o requirements.lock
	@uv pip compile pyproject.toml --extra build --extra pictures --extra notebook --extra dev --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 -c requirements.lock -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; try: make PYTHON=python3.11 serve")'
	@echo "building the environment in .venv (once) ..."
	@$(PYTHON) -m venv .venv || { echo "python3-venv is needed (Debian: apt install python3-venv)"; rm -rf .venv; exit 1; }

.venv/runtime: requirements.lock .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/runtime
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv store dist .mypy_cache .ruff_cache .pytest_cache
