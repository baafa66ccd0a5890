# run, test, bench, lint: each sets up what it needs in .venv by itself.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test bench lint

run: .venv/app
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/tests lint
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest

bench: .venv/tests
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.benchmarks.live

lint: .venv/tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.venv/app: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/tests: .venv/app tests/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	touch $@
