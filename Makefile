# Klubba needs make and Python 3.11 or newer with venv and pip. Everything else goes into .venv and .local.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(ENOUGH)' 2>/dev/null && echo $$python && break; done)
INSTALL := $(BIN)/pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all:

# A stamp carries the checksum of its lock: a lock that changed is installed, one that did not costs nothing.
stamp = .venv/$(1)-$(shell cksum < requirements/$(1).lock | cut -d ' ' -f 1)
RUN := $(call stamp,run)
TEST := $(call stamp,test)

.PHONY: help demo test bench soak chaos mutate check shots clean

help:
	@echo "make demo   start all of it, play the reference sale, tell the nine checks (DEMO_EXIT=1 leaves then)"
	@echo "make test   everything that proves it; ARGS='-k ledger' chooses"
	@echo "make bench  what it costs beside what it could cost; BENCH=P1,P5 chooses, QUICK=1 is under 90 s"
	@echo "make chaos  people pay while everything breaks; SEED= repeats it, PAYMENTS= sizes it, DEAF=1 drops all webhooks"
	@echo "make soak   what takes hours: killed at each pair of places, and SEEDS= simulations"
	@echo "make mutate the money's core, wrong in one place at a time; ONLY= chooses files"
	@echo "make check  format, lint, types, migrations, templates, house rules, locks"
	@echo "make shots  the README's pictures; INTO=folder: every page, on desk and phone, light and dark, en and sv"
	@echo "make clean  stop the embedded PostgreSQL and remove the data"

demo: $(RUN)
	@$(BIN)/python manage.py demo

test: $(TEST)
	@$(BIN)/python -m pytest -n auto $(ARGS)

bench: $(TEST)
	@$(BIN)/python -m bench

soak: $(TEST)
	@SEEDS=$(or $(SEEDS),2000) EXAMPLES=$(or $(EXAMPLES),300) \
		$(BIN)/python -m pytest -n auto tests/faults/soak_pairs.py tests/simulation $(ARGS)

chaos: $(TEST)
	@$(BIN)/python -m tests.chaos

mutate: $(TEST)
	@$(BIN)/python -m tests.mutation

check: $(TEST)
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@find . -name '*.html' -path '*/templates/*' -not -path './.venv/*' -exec $(BIN)/djade --check --target-version 5.2 {} +
	@$(BIN)/python -m pytest --quiet tests/house

shots: $(TEST)
	@$(BIN)/python -m tests.shots

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python manage.py clean; else rm -rf .local; fi

$(BIN)/pip:
	@[ -n "$(PYTHON)" ] || { echo "Klubba needs Python 3.11 or newer, and there is none on the PATH." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python lacks venv and pip: on Debian and Ubuntu, apt install python3-venv." >&2; exit 2; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv

$(RUN) $(TEST): $(BIN)/pip
	@echo "Installing what is pinned in requirements/$(firstword $(subst -, ,$(notdir $@))).lock"
	@$(INSTALL) -r requirements/$(firstword $(subst -, ,$(notdir $@))).lock || { \
		echo "The packages could not be installed: pip says why above." >&2; exit 2; }
	@rm -f .venv/$(firstword $(subst -, ,$(notdir $@)))-*
	@touch $@
