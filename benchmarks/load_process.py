"""The load's own process: what to do as JSON on stdin, what came of it as JSON on stdout."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from benchmarks import requests
from benchmarks.load import Make, drive, percentile_ms
from benchmarks.processes import Drive, Server

JOBS: dict[str, Callable[..., Make]] = {
    "charges": requests.charges,
    "chain": requests.chain,
    "paths": requests.paths,
}


def run(asked: dict[str, Any]) -> Drive:
    """Warm up, then measure."""
    make = JOBS[asked["job"]](**asked["options"])
    server = Server(asked["port"], asked["server_pid"])
    answered = 0
    if asked["warm_s"]:
        warm = drive(
            "127.0.0.1",
            server.port,
            make,
            connections=asked["connections"],
            seconds=asked["warm_s"],
            per_second=asked["per_second"],
        )
        answered = warm.statuses.get(200, 0)
    cpu_before_s = server.cpu_s
    result = drive(
        "127.0.0.1",
        server.port,
        make,
        connections=asked["connections"],
        seconds=asked["seconds"],
        per_second=asked["per_second"],
        mark=asked["mark"].encode(),
    )
    counted = result.statuses.get(200, 0)
    return Drive(
        per_second=result.per_second,
        p50_ms=result.percentile_ms(0.5),
        p99_ms=result.percentile_ms(0.99),
        answered=answered + counted,
        counted=counted,
        others={str(status): count for status, count in result.statuses.items() if status != 200},
        first_problem=result.first_problem,
        server_cpu_s=server.cpu_s - cpu_before_s,
        marked_p99_ms=percentile_ms(result.marked_s, 0.99),
    )


if __name__ == "__main__":
    json.dump(asdict(run(json.load(sys.stdin))), sys.stdout)
