# `make run` and `make test` need Python 3.11 or newer, make, and nothing else. `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help run test check bench torture screenshots lock clean environment development third-party-client

# The first Python that will do; failing that any Python 3, which then says in one line what it lacks.
GOOD = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON = $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c '$(GOOD)' >/dev/null 2>&1 && echo $$name && exit; done; command -v python3)
BOOTSTRAP = $(or $(PYTHON),$(error Python 3.11 or newer is needed and no python3 was found)) scripts/bootstrap.py
BIN = .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environment ## start portal, emulator and worker; the first time sets everything up
	@$(BIN) manage.py demo --end-with-parent

test: development third-party-client ## run the tests
	$(BIN) -m pytest -n auto --dist loadgroup
	PORTAL_PYTHON=$(CURDIR)/$(BIN) .venv-third-party/bin/python -m pytest -c tests/third_party/pytest.ini tests/third_party

check: development ## what CI runs: format, lint, imports, types, Django's checks, tests
	$(BIN) -m ruff format --check .
	$(BIN) -m ruff check .
	.venv/bin/lint-imports
	$(BIN) -m mypy
	$(BIN) manage.py check
	$(BIN) manage.py makemigrations --check --dry-run
	$(MAKE) test

bench: development ## run the benchmarks, or one of them: make bench only=NAME
	@$(BIN) -m bench $(if $(only),only=$(only))

torture: development ## play thousands of random histories: make torture histories=200
	HISTORIES=$(or $(histories),3000) $(BIN) -m pytest -n auto -q tests/flows/test_histories.py

screenshots: development ## take the pictures in docs/images again
	@$(BIN) -m scripts.screenshots

COMPILE = uv pip compile --quiet --generate-hashes --universal --no-annotate --no-header --python-version 3.11
lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	$(COMPILE) --upgrade pyproject.toml --output-file requirements/portal.txt
	$(COMPILE) --upgrade pyproject.toml --group dev --constraints requirements/portal.txt --output-file requirements/dev.txt
	$(COMPILE) --upgrade --group third-party-client --output-file requirements/third-party-client.txt

clean: ## remove environments and caches; never data (var/) or keys (.env)
	rm -rf .venv .venv-third-party .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(BOOTSTRAP) .venv requirements/portal.txt

development:
	@$(BOOTSTRAP) .venv requirements/dev.txt

third-party-client:
	@$(BOOTSTRAP) .venv-third-party requirements/third-party-client.txt
