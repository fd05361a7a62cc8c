# The two commands: make report, make test. Each sets up what it needs in .venv, from the hashed locks.
PYTHON ?= python3
PY := .venv/bin/python
DATA ?=
REPORT_ARGS = $(if $(DATA),"$(DATA)") $(if $(AS_OF),--as-of "$(AS_OF)") $(if $(CONTRACT),--contract "$(CONTRACT)") $(if $(ENGINE),--engine "$(ENGINE)")

.PHONY: help report test test-long mutants coverage lint lab bench notebooks docs locks clean

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1  /p' Makefile

report: .venv/.report $(if $(filter spark,$(ENGINE)),.venv/.spark)  ## the board report: make report [DATA=folder] [AS_OF=date] [CONTRACT=folder] [ENGINE=streaming or spark]
	@$(PY) -m norwalk_analytics report $(REPORT_ARGS) -o board_report.html

test: .venv/.test  ## every test but the long ones, notebooks included
	$(PY) -m pytest -q -p no:nbval -m "not long" -n auto --dist loadfile
	$(PY) -m pytest -q -p no:cacheprovider --nbval notebooks -n auto --dist loadfile

test-long: .venv/.test  ## the long tests, with the numbers that they measure
	$(PY) -m pytest -q -p no:nbval -rA -m long -n auto --dist worksteal

mutants: .venv/.test  ## which small faults the tests would not notice (docs/mutation.md): make mutants [MUTANTS=pattern]; mutmut stands in no lock
	CI=1 nice .venv/bin/mutmut run --max-children 1 $(if $(MUTANTS),"$(MUTANTS)")

coverage: .venv/.test  ## which branches make test's tests take (docs/mutation.md); pytest-cov stands in no lock
	$(PY) -m pytest -q -p no:nbval -m "not long" -n auto --dist loadfile --cov --cov-report=term:skip-covered

lint: .venv/.test  ## style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

lab: .venv/.report  ## JupyterLab in a working folder, lab/, which is made where there is none
	@test -d lab || $(PY) -m norwalk_analytics new lab
	@cd lab && ../$(PY) -m jupyter lab --config jupyter/config.json

bench: .venv/.bench  ## benchmarks, as ratios side by side
	$(PY) -m benchmarks

notebooks: .venv/.report  ## run the notebooks again and keep their outputs
	TZ=UTC LC_ALL=C.UTF-8 $(PY) -m jupyter nbconvert --log-level=ERROR --to notebook --execute --ExecutePreprocessor.record_timing=False --inplace notebooks/*.ipynb

docs: .venv/.test  ## the site of the docs, in build/site; a warning is an error
	$(PY) -m sphinx -q -W --keep-going -b html docs build/site

locks:  ## resolve the locks again (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --extra report --extra lab --extra build -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --extra report --extra lab --extra databases --extra pdf --extra build --extra test --extra docs -c requirements.lock -o requirements-test.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --extra report --extra lab --extra databases --extra pdf --extra build --extra test --extra docs --extra spark --extra bench -c requirements-test.lock \
	  -o requirements-bench.lock
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --extra report --extra lab --extra build --extra spark -c requirements-bench.lock -o requirements-spark.lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.report: requirements.lock pyproject.toml | .venv/bin/python
	@test -f .venv/.test || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: requirements-test.lock pyproject.toml | .venv/bin/python
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.bench: requirements-bench.lock pyproject.toml | .venv/.test
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

.venv/.spark: requirements-spark.lock pyproject.toml | .venv/.report
	@test -f .venv/.bench || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

clean:  ## remove what was made
	rm -rf .venv board_report.html .pytest_cache .mypy_cache .ruff_cache .hypothesis
