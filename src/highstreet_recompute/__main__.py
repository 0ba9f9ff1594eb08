"""`python -m highstreet_recompute STATEMENT.json`."""

from highstreet_recompute.program import main

raise SystemExit(main())
