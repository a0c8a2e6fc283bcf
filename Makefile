# `make run` and `make test` do everything from nothing; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test test-all check format screenshots benchmark bench fuzz clean

PINNED := setup.sh pyproject.toml constraints.txt
BIN := .venv/bin

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: .venv/ready-to-run ## open the window on a sample data set (without a display: fit it and print)
	@$(BIN)/python main.py resources/samples/faithful.csv --column waiting

test: check ## check, then every test but the slow ones
	QT_QPA_PLATFORM=offscreen OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.side_by_side -m "not slow"

test-all: check ## check, then every test
	QT_QPA_PLATFORM=offscreen OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.side_by_side

check: .venv/ready-to-test ## lint, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict core
	$(BIN)/mypy emgui main.py

format: .venv/ready-to-test ## put the code into its one format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

screenshots: .venv/ready-to-test ## pictures of the window, drawn without a display
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.screenshots

benchmark: .venv/ready-to-test ## passes over the data that each variant of EM needs
	$(BIN)/python -m tests.benchmarks.passes

bench: .venv/ready-to-bench ## speed, memory and reading beside other programs: docs/benchmarks.md (ARGS="iteration --quick")
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks $(ARGS)

fuzz: .venv/ready-to-test ## damaged files for a reader, guided by coverage (ARGS="fcs 600")
	$(BIN)/python -m pip install -q -c constraints.txt --no-build-isolation -e ".[fuzz]"
	nice -n 10 $(BIN)/python -m tests.fuzzing $(ARGS)

clean: ## remove .venv and everything built
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready-to-run: $(PINNED)
	@./setup.sh
	@touch $@

# What the tests need includes all that the program needs.
.venv/ready-to-test: $(PINNED)
	@./setup.sh test
	@touch .venv/ready-to-run $@

.venv/ready-to-bench: $(PINNED)
	@./setup.sh bench
	@touch .venv/ready-to-run $@
