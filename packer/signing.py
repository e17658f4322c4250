"""Signs what leaves the build: the list of hashes, and updates. One key, one certificate, made here when none is given.

A key made here serves trials: whoever ships images keeps the key elsewhere and names it (`--signing-key`,
`--signing-certificate`). The certificate goes into the image; boxes take updates signed with its key and no others.
"""

from __future__ import annotations

from pathlib import Path

from packer.running import BuildError, Steps

NAME = "/O=Guyub/CN=Guyub image signing (made by make image)"


def find_or_make(steps: Steps, folder: Path, key: Path | None, certificate: Path | None) -> tuple[Path, Path]:
    """The key and certificate to sign with."""
    if (key is None) != (certificate is None):
        raise BuildError("A key needs its certificate.", "Name both --signing-key and --signing-certificate.")
    if key is not None and certificate is not None:
        for path in (key, certificate):
            if not path.is_file():
                raise BuildError(f"{path} is not there.", "Name a PEM file.")
        return key, certificate
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    if not (key.is_file() and certificate.is_file()):
        uses = ["-addext", "keyUsage=critical,digitalSignature"]
        uses += ["-addext", "extendedKeyUsage=emailProtection,codeSigning"]
        line = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *uses]
        files: list[str | Path] = ["-keyout", key, "-out", certificate]
        steps.run([*line, "-days", "7300", "-subj", NAME, *files], remedy="Install openssl.")
        key.chmod(0o600)
    return key, certificate


def sign(steps: Steps, path: Path, key: Path, certificate: Path) -> Path:
    """A detached signature (CMS, PEM) beside a file, tried at once; gives its path."""
    signature = path.with_name(f"{path.name}.sig")
    line: list[str | Path] = ["openssl", "cms", "-sign", "-binary", "-outform", "PEM", "-in", path, "-out", signature]
    steps.run([*line, "-signer", certificate, "-inkey", key], remedy="Do key and certificate belong together?")
    check: list[str | Path] = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "PEM",
        "-in",
        signature,
        "-content",
        path,
    ]
    steps.run(
        [*check, "-CAfile", certificate, "-purpose", "any", "-out", "/dev/null"],
        remedy="The certificate cannot check its own signature.",
    )
    return signature
