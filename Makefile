# golive: `make run` is the one command; `make help` lists the others.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
JOBS ?= 2
UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
# tests write thousands of small databases: into memory where there is room for them
ROOM := $(shell [ "$$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null && echo /dev/shm)
TESTS_IN := $(or $(ROOM),$(TMPDIR),/tmp)
MEASURED := $(TESTS_IN)/golive-benchmarks.jsonl
FAST := not slow and not bench and not server and not browser and not database and not soap
export UV_PYTHON_DOWNLOADS := never
export DO_NOT_TRACK := 1
# what was compiled once stays compiled, whatever the shell says: tests start very many processes
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench pictures docs lock clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/ready ## install everything into .venv, exactly as uv.lock says

run: .venv/ready ## start golive on this machine: Prefect, web site, database; Ctrl-C stops it
	@$(BIN)/golive run

demo: .venv/ready ## play one practice through its whole journey with a simulated clock
	@$(BIN)/golive demo

test: .venv/ready ## run every test, on both databases, and measure what rules and store are covered
	TMPDIR=$(TESTS_IN) $(BIN)/pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder --cov -m "not bench"

check: .venv/ready ## format, lint, import directions, types, documents and the fast tests: under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/golive flows-doc --check
	TMPDIR=$(TESTS_IN) $(BIN)/pytest -q -n $(JOBS) --dist loadgroup --no-loadscope-reorder -m "$(FAST)"

bench: .venv/ready ## measure speed against the floors that the tests promise, and write docs/benchmarks.md
	rm -f "$(MEASURED)"
	GOLIVE_TEST_BENCHMARKS="$(MEASURED)" $(BIN)/pytest -q -s tests/benchmarks; told=$$?; \
		$(BIN)/python -m tests.benchmarks.page "$(MEASURED)" && exit $$told

pictures: .venv/ready ## make the pictures of docs/ anew, in a real browser: every page, mail and report at desk and phone
	GOLIVE_TEST_PICTURES="$(CURDIR)/docs/images" TMPDIR=$(TESTS_IN) $(BIN)/pytest -q tests/web/test_pictures_browser.py

docs: .venv/ready ## write the generated pages of docs/
	$(BIN)/golive flows-doc

lock: $(UV) ## resolve the dependencies of pyproject.toml anew into uv.lock
	$(UV) lock --python .tools/bin/python

clean: ## remove the installation and every cache; your data in var/ stays
	rm -rf .venv .tools .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis .coverage dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || \
		{ echo "golive needs Python 3.11 or 3.12. Install one, or name it: make setup PYTHON=/path/to/python3.11"; exit 1; }
	"$(PYTHON)" -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/ready: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --compile-bytecode --python .tools/bin/python
	$(BIN)/python -m deployments.prefect_database
	@touch $@
