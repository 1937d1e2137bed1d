PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: env demo test lint lock

env: .venv/.made  ## the environment in .venv

.venv/.made: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip sync -q --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	touch $@

lock:  ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --extra service --group dev --python-version 3.11 --no-emit-index-url --generate-hashes --no-header --no-annotate -o requirements.lock
