"""Write requirements.txt and requirements-test.txt: exact versions with hashes, no addresses.

The hashes are those of the public index's files, so that the locks install anywhere. What builds the
project (hatchling) is locked too: installing the project itself then fetches nothing unchecked.
Versions already locked stay as they are; `--upgrade` takes the newest, `--upgrade-package NAME` one of them.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Settings of this machine that would let in files, and so hashes, of its own.
OWN_SOURCES = ("UV_FIND_LINKS", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE")


def find_uv() -> str:
    """Return the path of uv, or leave with one line."""
    uv = shutil.which("uv", path=f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        sys.exit("make lock needs uv: install it (pip install uv) and put it on the PATH")
    return uv


def compile_lock(uv: str, target: str, *options: str) -> None:
    """Resolve pyproject.toml, and what builds it, into one hashed lock for every platform."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    command = [uv, "pip", "compile", "pyproject.toml", "-", "--output-file", target, "--quiet", "--no-config"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"]
    command += ["--custom-compile-command", "make lock", *options]
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SOURCES}
    build = "\n".join([*project["build-system"]["requires"], "editables"])  # hatchling's, for `-e`
    result = subprocess.run(command, cwd=ROOT, env=environment, input=build, text=True, check=False)
    if result.returncode:
        sys.exit(f"uv could not resolve {target}")
    text = (ROOT / target).read_text()
    if "://" in text or "--find-links" in text or "index-url" in text:
        sys.exit(f"{target} holds an address: not to be committed")
    print(f"{target}: {sum('==' in line for line in text.splitlines())} packages")


def main() -> None:
    """Lock the tests first; the runtime lock then takes the same versions."""
    uv = find_uv()
    compile_lock(uv, "requirements-test.txt", "--group", "test", *sys.argv[1:])
    compile_lock(uv, "requirements.txt", "--constraint", "requirements-test.txt", *sys.argv[1:])


if __name__ == "__main__":
    main()
