# run, test, check, bench, lint, lock: each sets up what it needs in .venv by itself.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin
PEERS := tests/benchmarks/contenders/requirements.txt
NODE_PEERS := tests/benchmarks/contenders

# The lock holds for every platform and for Python 3.11 to 3.14; it names no index, so that pip's own
# settings say where packages come from. pip checks the hashes.
LOCK := .venv/lock/bin/uv pip compile --quiet --system-certs --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: run test check bench lint lock

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
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.benchmarks

lint: .venv/tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings pages tests/web

# After a change in pyproject.toml. What the locks name already stays as it is where it fits;
# `make lock UPGRADE=--upgrade` takes the newest of what pyproject.toml leaves open.
lock: .venv/lock/bin/uv
	$(LOCK) $(UPGRADE) --extra app pyproject.toml --output-file requirements.txt
	$(LOCK) --constraint requirements.txt --extra app --extra tests pyproject.toml \
		--output-file tests/requirements.txt

.venv/app: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/tests: .venv/app tests/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	touch $@

.venv/lock/bin/uv:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet uv==0.13.9

# One by one: a peer that cannot be installed is missing in the bench's table, the others are not.
.venv/peers/installed: $(PEERS)
	$(PYTHON) -m venv .venv/peers
	-grep '==' $(PEERS) | xargs -n 1 .venv/peers/bin/python -m pip install --quiet -c $(PEERS) \
		&& touch $@

$(NODE_PEERS)/node_modules: $(NODE_PEERS)/package.json
	-npm install --prefix $(NODE_PEERS) --no-package-lock --no-audit --no-fund --silent && touch $@
