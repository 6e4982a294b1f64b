"""Vendored scripts: files of npm packages, kept here at fixed versions, so that no other host is asked.

``static/vendor/vendor.json`` says which files of which version of which package these are, and with which
hashes. To move to other versions, change the versions there, and run (with npm at hand)::

    python -m thidua_server.html.vendored refresh
"""

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

import click

FOLDER: Final = Path(__file__).parents[1] / "static" / "vendor"
LOCK: Final = FOLDER / "vendor.json"


def faults(folder: Path = FOLDER) -> list[str]:
    """What differs between the lock and the files beside it; empty when nothing does."""
    packages = json.loads((folder / LOCK.name).read_text(encoding="utf-8"))
    hashes = {name: digest for package in packages.values() for name, digest in package["files"].items()}
    found = {path.name: path for path in folder.iterdir() if path.name != LOCK.name}
    return [
        *(f"{name} is in the lock and not in the folder" for name in sorted(hashes.keys() - found.keys())),
        *(f"{name} is in the folder and not in the lock" for name in sorted(found.keys() - hashes.keys())),
        *(
            f"{name} is not the file that was locked"
            for name in sorted(hashes.keys() & found.keys())
            if integrity(found[name].read_bytes()) != hashes[name]
        ),
    ]


def integrity(content: bytes) -> str:
    """A hash as npm and browsers write it (Subresource Integrity)."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def fetched(name: str, package: dict[str, Any]) -> dict[str, bytes]:
    """The files of a package, from npm's registry.

    :raises click.ClickException: npm cannot have it, or it is not what was locked.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{name}@{package['version']}"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        except (OSError, subprocess.CalledProcessError) as exc:
            said = getattr(exc, "stderr", "") or exc
            raise click.ClickException(f"npm cannot have {name} {package['version']}: {said}") from exc
        archive = next(Path(folder).glob("*.tgz"))
        found = integrity(archive.read_bytes())
        if package.setdefault("integrity", found) != found:
            raise click.ClickException(f"{name} {package['version']} is not what was locked: {found}")
        with tarfile.open(archive) as tar:
            files = {}
            for path, kept in package["from"].items():
                member = tar.extractfile(f"package/{path}")
                if member is None:
                    raise click.ClickException(f"{name} {package['version']} has no file {path}")
                files[kept] = member.read()
            return files


@click.group()
def main() -> None:
    """The third-party scripts of the pages."""


@main.command()
def check() -> None:
    """Compare the files with their lock; exit code 1 if they differ."""
    for fault in (found := faults()):
        click.echo(fault, err=True)
    raise SystemExit(1 if found else 0)


@main.command()
@click.option("--update", is_flag=True, help="Take the versions in the lock as new, whatever their hashes.")
def refresh(update: bool) -> None:
    """Fetch every file again, at the versions in the lock, and prove that it is the one that was locked."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))
    files: dict[str, bytes] = {}
    for name, package in packages.items():
        if update:
            package.pop("integrity", None)
        click.echo(f"{name} {package['version']}")
        own = fetched(name, package)
        # A licence that its package leaves out stands beside it, written by us.
        own |= {kept: (FOLDER / kept).read_bytes() for kept in package.get("beside", [])}
        package["files"] = {kept: integrity(content) for kept, content in own.items()}
        files |= own
    for kept, content in files.items():
        (FOLDER / kept).write_bytes(content)
    LOCK.write_text(json.dumps(packages, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
