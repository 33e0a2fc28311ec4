# Two commands for a newcomer: `make run` and `make test`. Each does all set-up itself.
PY ?= python3.11
V := .venv/bin
PORT ?= 8000
ROOM ?= kernels/cashflows
SAMPLE ?= 0
SEED ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-dev run test check bench mutants torture demo stop lock

help:
	@sed -n 's/^## //p' Makefile

.venv/.python:
	@command -v $(PY) >/dev/null || { echo "Longtail needs Python 3.11 or later as '$(PY)'. Install it, or say which: make run PY=python3.12" >&2; exit 1; }
	$(PY) -m venv .venv
	@touch $@

.venv/.run: requirements.txt pyproject.toml | .venv/.python
	@echo "Installing the pinned Python packages ..."
	@$(V)/pip install -q --no-compile --only-binary :all: --require-hashes -r requirements.txt || { echo "The packages could not be installed. Is there a network connection, or a PyPI mirror in pip's configuration? Then run the same command again." >&2; exit 1; }
	@$(V)/pip install -q --no-compile --no-build-isolation --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@echo "Installing the pinned development packages ..."
	@$(V)/pip install -q --no-compile --only-binary :all: --require-hashes -r requirements-dev.txt || { echo "The development packages could not be installed. Is there a network connection?" >&2; exit 1; }
	@touch $@

var/vendor/.done: package-lock.json src/longtail/config/vendor.py | .venv/.run
	@$(V)/python -m longtail.config.vendor && touch $@

setup: .venv/.run var/vendor/.done
	@$(V)/longtail up

setup-dev: .venv/.dev setup

## run    set everything up, replay real loans, serve the site on http://127.0.0.1:8000
run: setup
	@$(V)/longtail run --port $(PORT)

## demo   replay real loans again, without serving
demo: setup
	@$(V)/longtail demo

## test   set everything up, pass every test
test: setup-dev
	@$(V)/python -m longtail.config.chromium
	@state=$$(git ls-files -co --exclude-standard -z 2>/dev/null | xargs -0 sha256sum 2>/dev/null | sha256sum); \
	if [ -z "$$CI$(AGAIN)" ] && [ "$$(cat var/tested 2>/dev/null)" = "$$state" ]; then \
		echo "Nothing has changed since every test passed. To run them all the same: make test AGAIN=1"; \
	else \
		rm -f var/tested && $(V)/python -m pytest -n logical --maxprocesses 8 && echo "$$state" > var/tested; \
	fi

## check  linters, types, import contracts
check: setup-dev
	$(V)/ruff check . && $(V)/ruff format --check .
	$(V)/mypy
	$(V)/lint-imports
	$(V)/bandit -q -c pyproject.toml -r src

# Peers that have no wheel are built, and never share an environment with the project.
var/peers/.done: bench/peers/requirements.txt | .venv/.dev
	@$(V)/pip install -q --no-compile --require-hashes --target var/peers -r bench/peers/requirements.txt && touch $@

## bench  print each performance goal's ratio
bench: setup-dev var/peers/.done
	@for file in bench/*.py; do $(V)/python $$file || exit 1; done

## mutants  mutate a room's code, list what no test notices: ROOM=ledger SAMPLE=400 SEED=1 (long)
mutants: setup-dev
	@nice -n 10 $(V)/python tests/mutate.py $(ROOM) --sample $(SAMPLE) --seed $(SEED)

## torture  kill, fill, drain and lie to a site under load; nothing may be lost (long)
torture: setup-dev
	@ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && apt-get install -y -q faketime; } || echo "No libfaketime and no right to install it: the tests of lying clocks will be skipped."
	@$(V)/python -m pytest -s -rs -m torture tests/torture

## stop   stop the embedded PostgreSQL and what runs on it
stop:
	@test -x $(V)/longtail && $(V)/longtail stop || true

## lock   pin the dependencies again
lock: .venv/.dev
	$(V)/uv pip compile requirements.in --python-version 3.11 --universal --only-binary :all: --generate-hashes --no-header --no-annotate -q -o requirements.txt
	$(V)/uv pip compile bench/peers/requirements.in -c requirements.txt --python-version 3.11 --universal --generate-hashes --no-header --no-annotate -q -o bench/peers/requirements.txt
	$(V)/uv pip compile requirements-dev.in -c requirements.txt --python-version 3.11 --universal --only-binary :all: --generate-hashes --no-header --no-annotate -q -o requirements-dev.txt
