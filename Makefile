# One verb per habit. The first one used makes the environment; it is made again when the lock file changes.

STACK ?= eu-west-1
VENV  := .venv
RUN   := $(VENV)/bin
SEED_UV := 0.13.8

.DEFAULT_GOAL := help
.PHONY: help preview preview-all test test-apiserver lint format check docs bench mutants lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

preview: $(VENV)/ready ## Everything `pulumi up` would make in STACK (eu-west-1), with policies; offline
	@$(RUN)/meridian preview $(STACK)

preview-all: $(VENV)/ready ## The same for all stacks, in parallel, with one summary
	@$(RUN)/meridian preview --all

test: $(VENV)/ready ## All tests that need nothing but the environment
	@$(RUN)/pytest

test-apiserver: $(VENV)/ready ## Every Kubernetes object of a region, on a real API server (needs Go and ../shared; the first build takes minutes)
	@$(RUN)/pytest -m apiserver -n 0 tests/apiserver

lint: $(VENV)/ready ## Format, lint, types, generated files up to date
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/pyright
	$(RUN)/python docs/generate.py --check

format: $(VENV)/ready ## Format and mend what can be mended
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

check: lint test ## What a pull request must pass

docs: $(VENV)/ready ## Write the generated documents
	$(RUN)/python docs/generate.py

bench: $(VENV)/ready ## Preview against the bare SDK: CPU time, memory, growth
	@$(RUN)/python -m tests.bench

# From nothing each time: mutmut lets a survivor stand until its function changes, whatever tests were added since.
mutants: $(VENV)/ready ## Mutation test of the address plan and the policies' core; lists what survived
	rm -rf mutants
	$(RUN)/mutmut run
	@$(RUN)/mutmut results

lock: ## Pin the newest versions that pyproject.toml allows
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --upgrade --output-file requirements.lock

clean: ## Remove the environment and all caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis mutants

ifneq ($(shell command -v uv),)
UV := uv
$(RUN)/python:
	uv venv --quiet --seed --python '>=3.11' $(VENV)
else
UV := $(RUN)/uv
$(RUN)/python:
	@python3 -m venv $(VENV) || { rm -rf $(VENV); echo "make: python3 makes no environment here: install uv, or on Debian and Ubuntu the package python3-venv" >&2; exit 1; }
	$(RUN)/python -m pip install --quiet --disable-pip-version-check uv==$(SEED_UV)
endif

# pip stays in the environment: the Pulumi CLI asks it which provider plugins the program needs.
$(VENV)/ready: requirements.lock pyproject.toml | $(RUN)/python
	@test -x "$$(command -v $(UV))" || $(RUN)/python -m pip install --quiet --disable-pip-version-check uv==$(SEED_UV)
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes --requirement requirements.lock
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --editable .
	@touch $@
