"""docs/rollout.md followed word by word in a real shell: a register connected from nothing. Prints its seconds."""

import json
import os
import re
import shutil
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
    assert (steps, len(blocks)) == (["1", "2", "3", "4", "5", "6"], 6)
    script = "\n".join(re.sub(r"^   ", "", block, flags=re.M) for block in blocks)
    told = re.search(r"^Six steps of (\d+) commands", page, re.M)
    assert told is not None
    assert len(commands(script)) == int(told[1])
    clone = tmp_path / "clone"
    clone.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=clone, check=True)
    shutil.copy(ROOT / ".gitignore", clone)
    port = free_port()
    script = script.replace("8000", str(port))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HIGHSTREET_")}
    bin_folder = Path(sys.executable).parent
    began = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", f"set -e; trap 'kill $(jobs -p)' EXIT\n{script}"],
        cwd=clone,
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
    (sold,) = re.findall(r'^\{"sale_id":.*$', done.stdout, re.M)
    sale = json.loads(sold)
    assert (sale["state"], sale["total_minor"], sale["tenders"][0]["change_minor"]) == ("paid", 1250, 750)
    out = clone / "var" / "rollout" / "rollout"
    (sheet,) = (out / "sheets").glob("*.html")
    assert f"http://127.0.0.1:{port}/register/<br>" in sheet.read_text()
    assert list(out.glob("keys/*/*.key"))
    assert (out / "signing.key").exists()
    # Nothing that all this left would be committed; the keys' folder sees to it by itself in any other place.
    assert untracked(clone) == [".gitignore"]
    shutil.move(out, clone / "elsewhere")
    assert untracked(clone) == [".gitignore"]


def commands(script: str) -> list[str]:
    """The commands of a script: its lines, those that go on in the next one as one."""
    found, open_line = [], ""
    for line in filter(None, script.splitlines()):
        open_line += f"{line.partition('  # ')[0]}\n"
        if not line.endswith("\\") and open_line.count("'") % 2 == 0:
            found.append(open_line)
            open_line = ""
    return found


def untracked(clone: Path) -> list[str]:
    """What `git add .` would take."""
    asked = ["git", "ls-files", "--others", "--exclude-standard"]
    return subprocess.run(asked, cwd=clone, check=True, capture_output=True, text=True).stdout.split()
