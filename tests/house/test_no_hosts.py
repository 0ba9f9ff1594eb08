"""No committed file holds the address of a package registry: locks carry hashes, not places."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In pieces, so that this file does not hold them itself.
HOSTS = [
    ".".join(pieces).encode()
    for pieces in (
        ("files", "pythonhosted", "org"),
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "npmjs", "com"),
        ("registry", "yarnpkg", "com"),
        ("registry", "npmmirror", "com"),
        ("deb", "debian", "org"),
        ("ftp", "debian", "org"),
        ("security", "debian", "org"),
        ("snapshot", "debian", "org"),
        ("archive", "debian", "org"),
        ("proxy", "golang", "org"),
    )
]


def committed_files() -> list[Path]:
    """Return the files git knows and that are still there."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_committed_file_names_a_registry() -> None:
    """Whoever clones decides where packages come from."""
    found = {}
    for path in committed_files():
        content = path.read_bytes().lower()
        hosts = [host.decode() for host in HOSTS if host in content]
        if hosts:
            found[str(path.relative_to(ROOT))] = hosts
    assert found == {}


def test_locks_hold_no_address() -> None:
    """A requirements file is names, versions and hashes."""
    locks = [ROOT / "requirements.txt", ROOT / "requirements-test.txt"]
    for lock in locks:
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "index-url" not in text
        assert "find-links" not in text
