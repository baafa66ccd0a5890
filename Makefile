# run, test, check, bench, lint: each sets up what it needs in .venv by itself.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin
PEERS := tests/benchmarks/requirements.txt
NODE_PEERS := tests/benchmarks/contenders

.PHONY: run test check bench lint

run: .venv/app
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/tests lint
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# What is worth its half hour before a release: bursts, soaks, thousands of hostile inputs.
check: .venv/tests
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest tests/checks --override-ini "python_files=check_*.py"

bench: .venv/tests .venv/peers/installed $(NODE_PEERS)/node_modules
	$(BIN)/python -m tests.benchmarks.engine
	$(BIN)/python -m tests.benchmarks.sweeps
	$(BIN)/python -m tests.benchmarks.inputs
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.benchmarks.live
	$(BIN)/python -m tests.benchmarks.compare
	$(BIN)/python -m tests.benchmarks.functions
	$(BIN)/python -m tests.benchmarks.layers
	$(BIN)/python -m tests.benchmarks.backprop
	$(BIN)/python -m tests.benchmarks.inputs_page
	$(BIN)/python -m tests.benchmarks.digits

lint: .venv/tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/oxlint --deny-warnings pages tests/web

.venv/app: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/tests: .venv/app tests/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	touch $@

# One by one: a peer that cannot be installed is missing in the bench's table, the others are not.
.venv/peers/installed: $(PEERS)
	$(PYTHON) -m venv .venv/peers
	-grep '==' $(PEERS) | xargs -n 1 .venv/peers/bin/python -m pip install --quiet -c $(PEERS) \
		&& touch $@

$(NODE_PEERS)/node_modules: $(NODE_PEERS)/package.json
	-npm install --prefix $(NODE_PEERS) --no-package-lock --no-audit --no-fund --silent && touch $@
