# stackctl from a checkout. `make up` starts the core stack on a fresh machine, `make test` proves everything there.
# Every target can be run again at any time; what is in place is left as it is.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help up test engine venv images check format unit engine-tests bench soak reference verdicts requirements clean

# Empty is "write it": where a machine forbids Python's byte code, every start of stackctl would compile itself anew
# (100 ms), which no installed stackctl does.
export PYTHONDONTWRITEBYTECODE :=

BIN      := .venv/bin
STEP     := scripts/step.sh
STACKCTL := $(BIN)/stackctl
PYTEST   := $(BIN)/python -m pytest

# The commands of the product that the targets below call, each in one place.
UP           = $(STACKCTL) up dev
IMAGES       = $(STACKCTL) images --build all
REFERENCE    = $(BIN)/python -m stackctl.cli.reference docs/reference
VERDICTS     = $(BIN)/python -m tests.faults.table
UNIT         = $(PYTEST) tests/unit
ENGINE_TESTS = scripts/engine_tests.sh
BENCH        = $(BIN)/python -m tests.bench
SOAK         = $(PYTEST) tests -m soak

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: engine venv ## engine, Python, then the core stack in dev with the images it needs
	@$(STEP) "start the core stack: $(UP)" $(UP)
	@echo
	@echo 'To call stackctl without its folder, put it on the path:'
	@echo '    export PATH="$$PWD/$(BIN):$$PATH"'

test: engine venv images check engine-tests ## the same set-up, then every test

engine: ## a Docker engine with Compose and buildx; installs one only where none answers (Debian, root)
	@$(STEP) "Docker engine" scripts/engine.sh

venv: ## Python tools and stackctl itself in .venv
	@$(STEP) "Python environment in .venv" scripts/venv.sh

images: venv ## the registry-free images
	@$(STEP) "images: $(IMAGES)" $(IMAGES)

check: venv ## format, lint, types, layers, unit tests; needs no engine
	@$(STEP) "format" $(BIN)/ruff format --check --diff --quiet .
	@$(STEP) "lint" $(BIN)/ruff check --quiet .
	@$(STEP) "types" $(BIN)/mypy
	@$(STEP) "layers" $(BIN)/lint-imports --no-cache
	@$(STEP) "unit tests" $(UNIT)

format: venv ## write the format, and repair what lint can repair
	@$(STEP) "repair lint" $(BIN)/ruff check --quiet --fix-only .
	@$(STEP) "write the format" $(BIN)/ruff format .

unit: venv ## unit tests alone
	@$(STEP) "unit tests" $(UNIT)

engine-tests: venv ## tests on a real Docker engine
	@$(STEP) "engine tests" $(ENGINE_TESTS)

bench: venv ## ratios against docker compose, as a table and as JSON
	@$(STEP) "benchmarks" $(BENCH)

soak: venv ## the same properties with many more inputs; hours
	@$(STEP) "soak tests" $(SOAK)

reference: venv ## write the command reference in docs/reference
	@$(STEP) "command reference" $(REFERENCE)

verdicts: venv ## write the table of results in docs/reference/verdicts.md
	@$(STEP) "table of results" $(VERDICTS)

requirements: ## pin requirements/dev.txt anew (Python 3.11, network)
	@$(STEP) "pin requirements/dev.txt" scripts/lock.sh --upgrade

clean: ## remove what these targets made in the checkout; containers, volumes, images and secrets stay
	@$(STEP) "remove .venv, caches and packages" rm -rf .venv dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
