"""`make image`: from Debian's packages and this repository to images that boot, in `build/image/`.

Steps are told with their time; one that fails names cause and remedy. Everything is made in `build/image.making` and
renamed at the end: a folder `build/image` is always whole.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import os
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from packer import artifacts, base_disk, boxes, emulator, layout, signing, wheels
from packer.bill_of_materials import bill_of_materials
from packer.ova import sha256
from packer.running import BuildError, Steps, write_json

REPOSITORY = Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / "build"
WORK = BUILD / "image.work"
DRAFT = BUILD / "image.making"
FINAL = BUILD / "image"
DOOR = Path(__file__).parent / "files" / "build-door.service"
FREE_GB = 12


def main() -> int:
    """Build, and say where it lies."""
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("--signing-key", type=Path, help="PEM; a key of this build is made when none is given")
    parser.add_argument("--signing-certificate", type=Path, help="PEM, goes into the image")
    parser.add_argument("--only", choices=sorted(artifacts.KINDS), nargs="+", help="these artifacts (default: all)")
    asked = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    wanted = asked.only or sorted(artifacts.KINDS)
    steps = Steps(BUILD / "image.log", number=7 + len(wanted))
    with (WORK / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build works in this folder.\nWait for its end.", file=sys.stderr)
            return 1
        steps.log.write_bytes(b"")
        try:
            _build(steps, wanted, asked)
        except BuildError:
            return 1
        finally:
            shutil.rmtree(WORK / "output", ignore_errors=True)
    return 0


def _build(steps: Steps, wanted: list[str], asked: argparse.Namespace) -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    _refuse_hopeless(steps)
    key, certificate = signing.find_or_make(steps, BUILD / "signing", asked.signing_key, asked.signing_certificate)
    root, disk = WORK / "root", WORK / "base.raw"
    with steps.step("wheels", "The program and its libraries as wheels"):
        wheelhouse = wheels.gather(steps, REPOSITORY, BUILD / "wheels")
    with steps.step("debian", "Debian 13 by mmdebstrap"):
        base_disk.clear(steps, root)
        base_disk.make_root(steps, root)
    with steps.step("roles", "The roles, applied natively"):
        base_disk.apply_roles(
            steps, root, wheelhouse=wheelhouse, playbook=_playbook_command(), keyring=certificate, scratch=WORK
        )
    with steps.step("disk", "The disk: partitions and file systems"):
        bill = bill_of_materials(steps, root, version, datetime.now(UTC).isoformat(timespec="seconds"))
        root_bytes = sum(path.lstat().st_blocks * 512 for path in root.rglob("*"))
        base_disk.make_disk(steps, root, disk)
    with steps.step("packer", "Packer: the disk started, the roles met by a running system, GRUB installed"):
        kind = _run_packer(steps, root, disk, wheelhouse, certificate)
    base_disk.clear(steps, root)
    shutil.rmtree(DRAFT, ignore_errors=True)
    DRAFT.mkdir()
    source = artifacts.Source(WORK / "output" / "sekolah.raw", WORK, version, key, certificate)
    for name in wanted:
        with steps.step(name, artifacts.KINDS[name].words):
            artifacts.KINDS[name].make(steps, source, DRAFT)
    with steps.step("papers", "Bill of materials, manifest, hashes, signature"):
        write_json(DRAFT / "sbom.cdx.json", bill)
        write_json(DRAFT / "manifest.json", _manifest(steps, version, kind, root_bytes))
        _sum_up(steps, key, certificate)
    shutil.rmtree(FINAL, ignore_errors=True)
    DRAFT.rename(FINAL)
    _tell(steps)


def _refuse_hopeless(steps: Steps) -> None:
    if os.geteuid() != 0:
        raise _said(BuildError("Only root can make a Debian root.", "Run it as root (packer/README.md)."))
    if shutil.disk_usage(BUILD).free < FREE_GB * 10**9:
        raise _said(BuildError(f"Less than {FREE_GB} GB are free.", "Free some space where the repository lies."))
    done = subprocess.run([str(Path(__file__).parent / "system-packages")], check=False)
    if done.returncode:
        raise _said(BuildError("Programs are missing.", "Install what the line above names."))
    steps.log.parent.mkdir(exist_ok=True)


def _said(error: BuildError) -> BuildError:
    print(f"{error.cause}\n{error.remedy}", file=sys.stderr)
    return error


def _playbook_command() -> str:
    beside = Path(sys.executable).parent / "ansible-playbook"
    return str(beside if beside.exists() else "ansible-playbook")


def _run_packer(steps: Steps, root: Path, disk: Path, wheelhouse: Path, keyring: Path) -> str:
    """Run Packer on the base disk; gives the accelerator it ran with."""
    kernel = root / (root / "vmlinuz").readlink()
    initrd = root / (root / "initrd.img").readlink()
    kind = emulator.accelerator(kernel)
    key = WORK / "door"
    public = boxes.make_key(steps, key)
    line = ["packer", "build", "-color=false"]
    variables = {
        "base_disk": disk,
        "base_checksum": f"sha256:{sha256(disk)}",
        "kernel": kernel,
        "initrd": initrd,
        "kernel_line": _kernel_line(public),
        "key_file": key,
        "accelerator": kind,
        "cpu": "host" if kind == "kvm" else "max",
        "output_directory": WORK / "output",
        "ansible_playbook": _playbook_command(),
        "wheelhouse": wheelhouse,
        "keyring": keyring,
    }
    for name, value in variables.items():
        line += ["-var", f"{name}={value}"]
    shutil.rmtree(WORK / "output", ignore_errors=True)
    steps.run(
        [*line, "packer/template"],
        remedy="The lines above name the task; the machine's own words are in build/image.work/output.serial.log.",
        environment={
            "ANSIBLE_CONFIG": "ansible/ansible.cfg",
            "PACKER_CACHE_DIR": str(WORK / "cache"),
            "CHECKPOINT_DISABLE": "1",
        },
        folder=REPOSITORY,
    )
    disk.unlink()
    key.unlink()
    return kind


def _kernel_line(public_key: str) -> str:
    """Start the sealed system unsealed and with a door for this run: nothing of it is written to the disk."""
    unit = DOOR.read_text(encoding="utf-8").replace("PUBLIC-KEY", public_key)
    packed = base64.b64encode(unit.encode()).decode()
    return (
        f"root=PARTLABEL={layout.ROOT_A.name} rw console=ttyS0 guyub.build fstab=no systemd.unit=basic.target "
        "systemd.wants=build-door.service systemd.mask=nftables.service "
        # no seed and no journal of this machine: both are written when it stops, after the last role has tidied up
        "systemd.mask=systemd-random-seed.service systemd.mask=systemd-journal-flush.service "
        f"systemd.set_credential_binary=systemd.extra-unit.build-door.service:{packed}"
    )


def _manifest(steps: Steps, version: str, kind: str, root_bytes: int) -> dict[str, object]:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "product": "guyub-sekolah",
        "version": version,
        "commit": commit,
        "accelerator": kind,
        "root_bytes": root_bytes,
        "root_slot_bytes": layout.ROOT_A.size_mib * layout.MIB,
        "files": {path.name: path.stat().st_size for path in sorted(DRAFT.iterdir())},
        "seconds": steps.seconds,
    }


def _sum_up(steps: Steps, key: Path, certificate: Path) -> None:
    shutil.copyfile(certificate, DRAFT / "certificate.pem")
    sums = DRAFT / "SHA256SUMS"
    lines = [f"{sha256(path)}  {path.name}\n" for path in sorted(DRAFT.iterdir())]
    sums.write_text("".join(lines), encoding="utf-8")
    signing.sign(steps, sums, key, certificate)


def _tell(steps: Steps) -> None:
    print(f"\n{FINAL.relative_to(REPOSITORY)}/ after {sum(steps.seconds.values()):.0f} s:")
    for path in sorted(FINAL.iterdir()):
        print(f"  {path.stat().st_size / 1e6:9.1f} MB  {path.name}")


if __name__ == "__main__":
    sys.exit(main())
