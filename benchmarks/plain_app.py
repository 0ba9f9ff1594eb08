"""The peer: the usual FastAPI + SQLAlchemy-ORM template, a session for each request, doing the same work.

As most tutorials have it: `def` endpoints, `Depends(get_db)`, mapped classes, `select`, changed attributes, one
COMMIT before the answer. Nothing is held back: the same tables, indexes and constraints, WAL and FULL, rows
read with `IN` rather than one by one, row locks in key order on PostgreSQL, `BEGIN IMMEDIATE` on SQLite (else
"database is locked" under load), uvloop and httptools, the pool size that went best here. It uses our request
and answer models and our pure rules, so that only the way to the database and back differs. Our kept sums
(account balances, sales by hour) it is spared.
`python -m benchmarks.plain_app --port N` serves the database of HIGHSTREET_DATABASE_URL.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.charge import Length, till
from benchmarks.plain_charge import Charge
from benchmarks.plain_models import RegisterKey
from benchmarks.processes import Drive
from benchmarks.rows import Bar, Beside, Measured
from highstreet.fronts.register.models import SaleAsked, SaleTold
from highstreet.kernel.settings import DEMO_SECRET, Settings
from highstreet.rooms.identity import token_hash

POOL_SIZE = {"sqlite": 4, "postgresql": 32}


def make_engine(url: str) -> Engine:
    """An engine as the documentation of SQLAlchemy has it for either database."""
    name = url.partition(":")[0].partition("+")[0]
    options: dict[str, Any] = {"pool_size": POOL_SIZE[name], "max_overflow": 0, "pool_timeout": 60}
    if name == "postgresql":
        return create_engine(url, **options)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 60}, **options)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA wal_autocheckpoint=20000")

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def create_plain_app(url: str) -> FastAPI:
    """The application: one endpoint and a health check."""
    sessions = sessionmaker(bind=make_engine(url), autoflush=False)
    secret = Settings(mode="test", secret=SecretStr(DEMO_SECRET)).key_for("member-codes")
    app = FastAPI()

    def get_db() -> Iterator[Session]:
        db = sessions()
        try:
            yield db
        finally:
            db.close()

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/register/v1/sales", response_model=SaleTold)
    def charge(
        asked: SaleAsked,
        db: Annotated[Session, Depends(get_db)],
        authorization: Annotated[str, Header()] = "",
    ) -> dict[str, Any]:
        hashed = token_hash(authorization.removeprefix("Bearer "))
        key = db.scalar(select(RegisterKey).where(RegisterKey.key_hash == hashed))
        if key is None:
            raise HTTPException(401)
        return Charge(db, key, asked, secret).run()

    return app


def measure(url: str, folder: Path, length: Length) -> Drive:
    """The same load as ours has, on a new town; the database is held to the same books."""
    command = [sys.executable, "-m", "benchmarks.plain_app"]
    with till(command, {"HIGHSTREET_DATABASE_URL": url}, url, folder, length) as peer:
        return peer.charge()


def row(database: str, ours_per_second: float, peer: Drive, bar: Bar | None) -> Measured:
    """Ours beside it."""
    return Measured(
        f"{database}: charges over HTTP, beside the usual template",
        round(ours_per_second),
        "sales/s",
        beside=Beside("FastAPI + SQLAlchemy ORM, a session a request", round(peer.per_second)),
        bar=bar,
    )


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = create_plain_app(os.environ["HIGHSTREET_DATABASE_URL"])
    uvicorn.run(
        app,
        port=parser.parse_args().port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
