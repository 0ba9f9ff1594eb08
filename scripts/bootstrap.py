"""Make .venv hold exactly the locked packages and this project, and build its pages: `bootstrap.py run|test`.

Standard library only, any Python from 3.11 on, silent when there is nothing to do.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

if sys.version_info < (3, 11):  # noqa: UP036, the one line an older Python gets to
    sys.exit(
        "Highstreet needs Python 3.11 or newer; this is %d.%d: install python3.11 and run again "  # noqa: UP031
        "as `make PYTHON=python3.11 ...`" % sys.version_info[:2]
    )

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "highstreet-stamp.json"
LOCKS = {"run": "requirements.txt", "test": "requirements-test.txt"}  # the second holds all of the first
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CJK = Path("/usr/share/fonts/opentype/noto")  # where Debian puts them
NO_VENV = "this Python cannot make a virtual environment: install python3-venv (or uv) and run again"


def step(title, command, hint=""):
    """Run one command under one line of progress; show its output only if it fails."""
    print(f"{title} ...", end=" ", flush=True)
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(f"{'done' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode:
        sys.stdout.write(done.stdout.decode(errors="replace"))
        sys.exit(hint or f"bootstrap: `{' '.join(map(str, command))}` failed")


def digest(name):
    """Return the hash of one file of the project."""
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def recorded():
    """Return what the stamp says was installed; nothing if another tool made .venv."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def record(stamp):
    """Write the stamp whole or not at all."""
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1))
    fresh.replace(STAMP)


def is_usable():
    """Tell whether .venv's Python still exists, is the one that made it, and is new enough."""
    if not PYTHON.exists():  # also when it points at a Python that has gone
        return False
    if recorded().get("root", str(ROOT)) != str(ROOT):  # moved or copied: its scripts name the old folder
        return False
    config = (VENV / "pyvenv.cfg").read_text() if (VENV / "pyvenv.cfg").exists() else ""
    settings = dict(line.split(" = ", 1) for line in config.splitlines() if " = " in line)
    version = (settings.get("version") or settings.get("version_info") or "0").split(".")
    lib = VENV / "lib" / f"python{'.'.join(version[:2])}"
    if [int(part) for part in version[:2]] < [3, 11] or not lib.is_dir():
        return False
    name = PYTHON.resolve().name  # a system upgrade may have put python3.13 behind the same link
    return not name.startswith("python3.") or name.split("-")[0] == lib.name


def can_make_venv(python):
    """Tell whether this Python has venv and ensurepip; Debian's has not, unless python3-venv is there."""
    probe = "import ensurepip, venv; ensurepip.version()"
    return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0


def make_venv():
    """Make .venv anew: by uv, else by venv, else after fetching Debian's python3-venv."""
    if VENV.exists() or VENV.is_symlink():
        print(
            ".venv is of another folder, or of a Python that is gone or too old: making it anew", flush=True
        )
        VENV.unlink() if VENV.is_symlink() else shutil.rmtree(VENV)
    uv = shutil.which("uv")
    if uv:
        return step("Making .venv with uv", [uv, "venv", "--quiet", "--python", sys.executable, VENV])
    if not can_make_venv(sys.executable):
        apt = shutil.which("apt-get")
        if not apt or os.geteuid() != 0:
            sys.exit(NO_VENV)
        install = [apt, "install", "--yes", "--no-install-recommends", "python3-venv", "python3-pip"]
        step("Refreshing Debian's package lists", [apt, "update"], NO_VENV)
        step("Installing Debian's python3-venv and python3-pip", install, NO_VENV)
        if not can_make_venv(sys.executable):
            sys.exit(NO_VENV)
    return step("Making .venv", [sys.executable, "-m", "venv", VENV])


def installer():
    """Return the command that installs into .venv: uv if it is there, else .venv's own pip."""
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    pip = [PYTHON, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        step("Adding pip to .venv", [PYTHON, "-m", "ensurepip", "--upgrade"], NO_VENV)
    return [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-input"]


def main(purpose):
    """Bring .venv, the built pages and the browser to what `run` or `test` needs."""
    install_packages(purpose)
    if purpose == "test":
        ensure_chromium()
    done = subprocess.run([PYTHON, ROOT / "scripts" / "build_pages.py", "--fast"], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def ensure_chromium():
    """Have a browser and Chinese letters for the tests of the pages: Debian's, if they are not there."""
    missing = [] if any(shutil.which(name) for name in BROWSERS) else ["chromium"]
    if not CJK.is_dir():
        missing.append("fonts-noto-cjk")
    if not missing:
        return
    hint = f"the tests of the pages need a browser: install {' and '.join(missing)} and run again"
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        if "chromium" in missing:
            sys.exit(hint)
        return  # another font may hold the letters
    install = [apt, "install", "--yes", "--no-install-recommends", *missing]
    step("Refreshing Debian's package lists", [apt, "update"], hint)
    step(f"Installing Debian's {' and '.join(missing)}", install, hint)


def install_packages(purpose):
    """Bring .venv to what the lock says."""
    if not is_usable():
        make_venv()
    stamp = recorded()
    wanted = {name: digest(name) for name in {LOCKS["run"], LOCKS[purpose]}}
    is_locked = wanted.items() <= stamp.items()
    project = {"pyproject.toml": digest("pyproject.toml")}  # its entry points and metadata
    if is_locked and project.items() <= stamp.items() and (VENV / "bin" / "highstreet").exists():
        return
    install = installer()
    if not is_locked:
        lock = LOCKS[purpose]
        count = sum("==" in line for line in (ROOT / lock).read_text().splitlines())
        STAMP.unlink(missing_ok=True)  # an interrupted installation must not look whole
        step(f"Installing {count} locked packages into .venv", [*install, "--require-hashes", "-r", lock])
        stamp = wanted | {"root": str(ROOT)}
        record(stamp)
    step("Installing Highstreet itself", [*install, "--no-deps", "--no-build-isolation", "--editable", ROOT])
    # Also where PYTHONDONTWRITEBYTECODE is set, and every start would compile anew: a third of its time.
    subprocess.run([PYTHON, "-m", "compileall", "-q", ROOT / "src"], cwd=ROOT, check=False)
    record(stamp | project)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit("usage: python3 scripts/bootstrap.py run|test")
    main(sys.argv[1])
