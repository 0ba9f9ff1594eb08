"""A server that takes offline journals as POST /register/v1/journal does, and can be made to misbehave."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from highstreet.register_client import hash_of


class JournalDesk:
    """Takes entries in order; each sale once. `lose_answers`: so many answers are lost after their effect."""

    def __init__(self) -> None:
        self.entries: dict[int, dict[str, Any]] = {}
        self.sales: list[str] = []
        self.lose_answers = 0
        self.at_most = 1000
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = desk.take(asked)
                if desk.lose_answers:
                    desk.lose_answers -= 1
                    self.close_connection = True
                    return
                told = json.dumps(answer).encode()
                self.send_response(status)
                kind = "json" if status == 200 else "problem+json"
                self.send_header("Content-Type", f"application/{kind}")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def take(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        results = []
        for entry in asked["entries"][: self.at_most]:
            seq, last = entry["seq"], max(self.entries, default=0)
            if seq > last + 1:
                return 409, {"code": "registers.journal_gap", "facts": {"expected_seq": last + 1}}
            known = self.entries.get(seq)
            before = self.entries.get(seq - 1)
            if (known is not None and known != entry) or entry["prev_hash"] != (
                hash_of(before) if before else ""
            ):
                return 409, {"code": "registers.journal_forked", "detail": f"entry {seq}"}
            if known is None:
                self.entries[seq] = entry
                self.sales.append(entry["body"]["sale"]["id"])
            results.append({"seq": seq, "state": "done", "answer": {"state": "paid"}, "problem": None})
        last = max(self.entries, default=0)
        return 200, {"journal_id": asked["journal_id"], "acknowledged_seq": last, "results": results}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
