"""Write requirements.txt, -test.txt and -node.txt, and mend package-lock.json: exact versions with hashes, no addresses.

The hashes are those of the public index's files, so that the locks install anywhere. What builds the
project (hatchling) is locked too: installing the project itself then fetches nothing unchecked.
Versions already locked stay as they are; `--upgrade` takes the newest, `--upgrade-package NAME` one of them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

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
    build = [*project()["build-system"]["requires"], "editables"]  # hatchling's, for `-e`
    _compile(uv, target, "pyproject.toml", *options, more=build)


def compile_node_lock(uv: str, *options: str) -> None:
    """Node for machines without it: nothing else of the project."""
    _compile(uv, "requirements-node.txt", *options, more=project()["dependency-groups"]["node"])


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _compile(uv: str, target: str, *options: str, more: list[str]) -> None:
    command = [uv, "pip", "compile", *options, "-", "--output-file", target, "--quiet", "--no-config"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"]
    command += ["--custom-compile-command", "make lock"]
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SOURCES}
    result = subprocess.run(command, cwd=ROOT, env=environment, input="\n".join(more), text=True, check=False)
    if result.returncode:
        sys.exit(f"uv could not resolve {target}")
    text = (ROOT / target).read_text()
    if "://" in text or "--find-links" in text or "index-url" in text:
        sys.exit(f"{target} holds an address: not to be committed")
    print(f"{target}: {sum('==' in line for line in text.splitlines())} packages")


SYSTEMS = ("android", "darwin", "freebsd", "linux", "openbsd", "openharmony", "win32")
CPUS = ("arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64")


def complete_npm_lock() -> None:
    """Name in package-lock.json the builds for other systems, which a registry's mirror may not have.

    `npm ci` refuses a lock that does not name every optional package; npm itself leaves out those it cannot fetch.
    They are pinned by version only.
    """
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text())
    packages = lock["packages"]
    for row in list(packages.values()):
        for name, version in row.get("optionalDependencies", {}).items():
            where = f"node_modules/{name}"
            words = re.split(r"[-/]", name)
            cpus = [cpu for cpu in CPUS if any(word.startswith(cpu) for word in words)][:1]
            if where not in packages and cpus:
                systems = [system for system in SYSTEMS if system in words]
                is_for = {"os": systems, "cpu": cpus} if systems else {"cpu": cpus}
                packages[where] = {"version": version.lstrip("^~"), "dev": True, "optional": True, **is_for}
    lock["packages"] = dict(sorted(packages.items()))
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    """Lock the tests first; the runtime lock then takes the same versions."""
    complete_npm_lock()
    uv = find_uv()
    compile_lock(uv, "requirements-test.txt", "--group", "test", *sys.argv[1:])
    compile_lock(uv, "requirements.txt", "--constraint", "requirements-test.txt", *sys.argv[1:])
    compile_node_lock(uv, *sys.argv[1:])


if __name__ == "__main__":
    main()
