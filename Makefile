# make brief   set up all that is needed and write the papers to out/
# make test    set up all that is needed and run every check
# make check-documents   make every paper of every bureau and hold it to veraPDF, the Open XML SDK and others
# make audit   ask for known holes in the libraries that are pinned, where the network allows
# make guards  switch each guard against hostile input off, one at a time, and see that its tests fail
# make fuzz    feed the loader of data and the writer of Word files with what nobody thought of, SECONDS=600 each
# make bench   measure briefgen beside others and put the table into the README; then what large records cost
#              into tests/bench/LOAD.md (under 25 minutes)
# make golden  renew the golden files after a change that is meant

PYTHON  ?= python3
COUNTRY ?= China
AS_OF   ?= 2003-08-13
TREATY  ?=
SINCE   ?= 2002-08
UNTIL   ?= 2003-08
SECONDS ?= 600

BIN      := .venv/bin
BRIEFGEN := $(BIN)/briefgen --workspace .
INSTALL  := PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/pip install --quiet

.PHONY: brief test check-documents lint golden guards fuzz audit bench pictures clean
.DELETE_ON_ERROR:

brief: .venv/ready-to-run
	@$(BRIEFGEN) brief "$(COUNTRY)" $(if $(TREATY),--treaty "$(TREATY)") --as-of $(AS_OF)
	@$(BRIEFGEN) history --treaty "$(or $(TREATY),CTBT)" --since $(SINCE) --until $(UNTIL)

test: lint
	@$(BIN)/python -m pytest -n auto --dist loadfile

check-documents: .venv/ready-to-test
	@.ci/documents .venv/validators $(BIN)/pip
	@$(BIN)/python -m tests.documents.check --tools .venv/validators

lint: .venv/ready-to-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >.venv/imports.log || { cat .venv/imports.log; exit 1; }

golden: .venv/ready-to-test
	@$(BIN)/python -m pytest tests/test_words.py tests/test_bureaus.py tests/test_papers.py \
		tests/test_record_paper.py tests/test_gaps.py tests/test_house.py tests/test_readme.py \
		tests/test_guide.py --renew-golden

audit: .venv/ready-to-run
	@.ci/audit $(PYTHON)

guards: .venv/ready-to-test
	@$(BIN)/python -m tests.guards.run $(ONLY)

fuzz: .venv/ready-to-fuzz
	@$(BIN)/python -m tests.fuzz.run yaml --seconds $(SECONDS)
	@$(BIN)/python -m tests.fuzz.run docx --seconds $(SECONDS)

bench: .venv/ready-to-test
	@$(BIN)/python -m tests.bench.run --readme README.md
	@$(BIN)/python -m tests.bench.ministry
	@$(BIN)/python -m tests.bench.load

# Pages of the papers in out/ as pictures, for looking at them.
pictures: brief
	@for paper in out/*.pdf; do pdftoppm -r 60 -png "$$paper" "$${paper%.pdf}"; done

.venv/ready-to-run: pyproject.toml constraints.txt
	@.ci/system run
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(INSTALL) --editable .
	@touch $@

.venv/ready-to-test: pyproject.toml constraints.txt
	@.ci/system test
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(INSTALL) --editable '.[dev]'
	@touch $@ .venv/ready-to-run

.venv/ready-to-fuzz: .venv/ready-to-test
	@$(INSTALL) --editable '.[dev,fuzz]'
	@touch $@

clean:
	rm -rf .venv out/*.docx out/*.pdf out/*.html out/*.json out/*.png
