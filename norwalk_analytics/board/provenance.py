"""From what a report was made: keyed fingerprints of its inputs, and the contract's hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.policy import laid_over_shipped
from norwalk_analytics.telling import as_text
from norwalk_analytics.whole import write_whole

KEY = "fingerprint.key"
MANIFEST = "manifest.private.json"


def fingerprints(district: District) -> dict[str, str]:
    """HMAC-SHA-256 of each input file, by table, under fingerprint.key in the data folder."""
    folder = district.folder
    if folder is None or not folder.is_dir():
        return dict.fromkeys(district.tables, "not fingerprinted")
    key = _key(folder / KEY)
    if key is None:
        return dict.fromkeys(district.tables, "not fingerprinted")
    _keep_manifest(folder / MANIFEST, district)
    return {name: _fingerprint(key, one.paths) for name, one in district.tables.items()}


def _keep_manifest(path: Path, district: District) -> None:
    """The plain hashes of the input files, beside them: for the analysts alone, since a plain hash can be guessed."""
    hashes = {
        name: [{"file": as_text(file.name), "sha256": _sha256(file)} for file in one.paths]
        for name, one in district.tables.items()
    }
    text = (
        json.dumps({"as_of": district.as_of.isoformat(), "inputs": hashes}, indent=1, ensure_ascii=False)
        + "\n"
    )
    with suppress(OSError):
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(key: bytes, paths: Sequence[Path]) -> str:
    """HMAC-SHA-256 of a table's files, one after the other."""
    if not paths:
        return "not fingerprinted"
    made = hmac.new(key, digestmod=hashlib.sha256)
    for path in paths:
        with path.open("rb") as file:
            for block in iter(partial(file.read, 1 << 20), b""):
                made.update(block)
    return made.hexdigest()


def _key(path: Path) -> bytes | None:
    """The key, made where it is missing and can be written."""
    try:
        if not path.is_file():
            write_whole(path, os.urandom(32).hex() + "\n")
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def contract_hash(district: District) -> str:
    """SHA-256 of the contract's files, names and contents, in order of their names; of policy.toml what it comes to."""
    digest = hashlib.sha256()
    for name, path in sorted(district.contract.files.items()):
        held = _values(path) if name == "policy.toml" else path.read_bytes()
        digest.update(as_text(name).encode() + b"\0" + held + b"\0")
    return digest.hexdigest()


def _values(policy: Path) -> bytes:
    """Every value of a policy.toml laid over the shipped one: comments and order change nothing."""
    return json.dumps(laid_over_shipped(policy), sort_keys=True, default=str).encode()
