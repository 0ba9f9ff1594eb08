# Everything runs in .venv, which scripts/bootstrap.py makes and keeps as the locks say.
PYTHON = python3
VENV = .venv/bin

.PHONY: help demo test test-deep check bench faults gallery lock wheel clean

help:
	@echo "make demo    run a whole town, live in the terminal   (ARGS=\"--help\")"
	@echo "make test    everything the project promises: style, types, imports, all tests"
	@echo "make test-deep  20,000 random contracts, baskets and returns, recomputed"
	@echo "make check   the part of it that takes less than half a minute"
	@echo "make bench   measure; the bars stand in docs/performance.md"
	@echo "make faults  10,000 payments under faults while the server is killed   (ARGS=\"--help\")"
	@echo "make gallery take every page's picture into docs/gallery        (ARGS=\"--help\")"
	@echo "make lock    write requirements*.txt anew                  (ARGS=\"--upgrade\")"
	@echo "make wheel   build dist/*.whl"
	@echo "make clean   remove what the commands above left behind, the demo's town too; not .venv"

demo:
	@$(PYTHON) scripts/bootstrap.py run
	@exec $(VENV)/highstreet demo $(ARGS)

test:
	@$(PYTHON) scripts/bootstrap.py test
	@exec $(VENV)/python scripts/check.py whole

test-deep:
	@$(PYTHON) scripts/bootstrap.py test
	@exec $(VENV)/python -m pytest --hypothesis-profile=deep -n auto --dist=worksteal tests/recompute tests/rooms/test_channel_shares.py

check:
	@$(PYTHON) scripts/bootstrap.py test
	@exec $(VENV)/python scripts/check.py fast

bench:
	@$(PYTHON) scripts/bootstrap.py test
	@exec $(VENV)/python -m benchmarks $(ARGS)

faults:
	@$(PYTHON) scripts/bootstrap.py test
	@exec $(VENV)/python -m benchmarks.faults $(ARGS)

gallery:
	@$(PYTHON) scripts/bootstrap.py test
	@exec $(VENV)/python scripts/draw_gallery.py $(ARGS)

lock:
	@$(PYTHON) scripts/lock.py $(ARGS)

wheel:
	@$(PYTHON) scripts/bootstrap.py run
	@exec $(VENV)/python -m hatchling build --target wheel

clean:
	@rm -rf dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	@find src tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -rf var/demo var/gallery && { test -e var/highstreet.db || rm -rf var/lake; }  # a server's own data stay
	@rmdir var 2>/dev/null || true
