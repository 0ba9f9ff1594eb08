"""`python -m highstreet.demo.child MODULE ARGS`: run a module until it ends or the demo that started it is gone.

Standard input is a pipe whose other end only the demo holds: its end means that the demo has died, however.
"""

import gc
import os
import runpy
import signal
import sys
import threading
import time

LAST_WORDS_S = 6.0


def _watch() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_WORDS_S)
    os._exit(1)


if __name__ == "__main__":
    gc.set_threshold(
        50_000, 20, 50
    )  # importing makes much and drops little: a tenth of the start was spent looking
    threading.Thread(target=_watch, name="watch", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
