"""docs/rollout.md followed word by word in a real shell: a register connected from nothing. Prints its seconds."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.stories.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]


def test_one_register_from_nothing(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "rollout.md").read_text().partition("## A chain")[0]
    steps = re.findall(r"^(\d)\. ", page, re.M)
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page, re.M | re.S)
    assert (steps, len(blocks)) == (["1", "2", "3", "4", "5"], 5)
    script = "\n".join(re.sub(r"^   ", "", block, flags=re.M) for block in blocks)
    script = script.replace("8000", str(free_port()))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HIGHSTREET_")}
    bin_folder = Path(sys.executable).parent
    began = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", f"set -e; trap 'kill $(jobs -p)' EXIT\n{script}"],
        cwd=tmp_path,
        env={
            **clean,
            "PATH": f"{bin_folder}:{clean['PATH']}",
            "PYTHONPATH": f"{ROOT / 'src'}",
            "HIGHSTREET_DATABASE_URL": f"sqlite:///{tmp_path / 'town.db'}",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(f"{time.monotonic() - began:.1f} s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("1 of 1 registers passed") == 2
    assert '"is_training":true' in done.stdout
