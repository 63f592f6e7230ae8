# The two commands a newcomer needs are `make demo` and `make test`; the rest is for working on the code.

VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: demo test lint bench hostile breaking unprivileged correctness reference clean help

help:  ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/.ready  ## Set up, and audit two demonstration systems: one that may not go live, one that may
	$(BIN)/python examples/demo.py

test: $(VENV)/.ready-dev  ## Set up, and pass every test; as root it installs the Debian packages they need
	scripts/test

lint: $(VENV)/.ready-dev  ## Format, lint, types and floors, without the tests
	scripts/lint

bench: $(VENV)/.ready-dev  ## Measure us beside our peers, in one run
	scripts/bench

hostile: $(VENV)/.ready-dev  ## Meet the hostile servers again and again, for half an hour; only as root
	scripts/hostile

breaking: $(VENV)/.ready-dev  ## Break every file-system call of the ledger in every way, for a quarter of an hour
	scripts/breaking

unprivileged: $(VENV)/.ready-dev  ## Pass every test as nobody, without any capability; only root can become nobody
	scripts/unprivileged

correctness: $(VENV)/.ready-dev  ## Hold what we say beside what other tools say of the same servers
	scripts/correctness

reference: $(VENV)/.ready-dev  ## Write the generated pages of docs/reference anew
	$(BIN)/python scripts/reference.py

clean:  ## Remove what setting up and building made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.ready: pyproject.toml constraints.txt
	PYTHON=$(PYTHON) scripts/setup
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	@touch $@
