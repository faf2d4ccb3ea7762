PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo test test-slow check-handover lint fmt golden docs screenshots bench clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt $(wildcard core/data/kernel/*.[ch])
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[local,gateway,vertex,dev]'
	touch $(STAMP)

demo: install
	$(BIN)/tuningfork demo

test: install
	$(BIN)/pytest -n 3 --dist worksteal

test-slow: install
	$(BIN)/pytest -n 2 --dist worksteal -m slow

check-handover: install
	$(BIN)/python -m tests.by_hand.check_handover

lint: install
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: install
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf .venv core/data/kernel/kernel.so build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

bench: install
	$(BIN)/python -m bench

bench-%: install
	$(BIN)/python -m bench.$*

docs: install
	$(BIN)/python -m tests.support.readme_blocks

golden: install
	GOLDEN=write $(BIN)/pytest -n 2 tests/tui/test_goldens.py

screenshots: install
	$(BIN)/python -m tests.support.take_screenshots demo-workspace
