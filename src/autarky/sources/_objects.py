"""One stored object: a folder of .npy files and a header, named by the SHA-256 of its contents.

`store` decides which object a name and year mean; this module writes, checks and opens one.
May import `errors` and `disk`.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autarky import disk
from autarky.errors import StoreError

ADDRESS = re.compile(r"[0-9a-f]{64}")
HEADER = "header.json"

_FORMAT = 1
_ARRAY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_MEND = "Store the table again with 'autarky data get' or 'autarky data import'"


def canonical_json(value: Any) -> bytes:
    """The one way to write a JSON value, so that equal values have equal checksums."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode() + b"\n"


def write_object(
    folder: Path, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]
) -> tuple[str, int]:
    """Write arrays and header into a new folder, synced to disk.

    Returns
    -------
    address : str
        SHA-256 of the contents.
    nbytes : int
        Size of all files [bytes].

    Raises
    ------
    StoreError
        If an array or the header is not something that can be kept exactly.
    """
    chosen = _checked_arrays(arrays)
    plain = _plain(dict(header), "header")
    folder.mkdir()
    listed = {name: _write_array(folder / f"{name}.npy", array) for name, array in chosen.items()}
    text = canonical_json({"format": _FORMAT, "arrays": listed, "header": plain})
    disk.write_bytes(folder / HEADER, text)
    return hashlib.sha256(text).hexdigest(), len(text) + sum(f["nbytes"] for f in listed.values())


def read_manifest(folder: Path, address: str) -> dict[str, Any]:
    """Parse ``header.json`` after making sure that it is the one stored.

    Raises
    ------
    StoreError
        If it is missing or its checksum is not the address.
    """
    path = folder / HEADER
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise StoreError("the header of a stored table is missing", path=path, hint=_MEND) from None
    found = hashlib.sha256(text).hexdigest()
    if found != address:
        raise StoreError(
            "the header of a stored table has changed",
            path=path,
            found=f"sha256 {found[:16]}",
            expected=f"sha256 {address[:16]}",
            hint=_MEND,
        )
    manifest = json.loads(text)
    if manifest["format"] != _FORMAT:
        raise StoreError(
            "this table was stored by another version of autarky",
            path=path,
            found=f"format {manifest['format']}",
            expected=f"format {_FORMAT}",
            hint=_MEND,
        )
    return manifest


def object_problems(folder: Path, address: str) -> list[StoreError]:
    """Everything wrong with an object, as errors not yet raised; recomputes all checksums."""
    try:
        with disk.reporting("read a stored table", folder):
            manifest = read_manifest(folder, address)
    except StoreError as error:
        return [error]
    return list(_array_problems(folder, manifest))


def open_arrays(folder: Path, manifest: dict[str, Any]) -> dict[str, np.ndarray]:
    """Read-only memory maps of the arrays; sizes, types and shapes are compared.

    Raises
    ------
    StoreError
        If a file is missing, truncated or not the array described.
    """
    return {
        name: _open_array(folder / f"{name}.npy", fields)
        for name, fields in manifest["arrays"].items()
    }


def _array_problems(folder: Path, manifest: dict[str, Any]) -> Iterator[StoreError]:
    for name, fields in manifest["arrays"].items():
        path = folder / f"{name}.npy"
        try:
            with disk.reporting("read a stored array", path):
                _check_size(path, fields)
                found = disk.sha256(path)
        except StoreError as error:
            yield error
            continue
        if found != fields["sha256"]:
            yield StoreError(
                "a stored array has changed",
                path=path,
                found=f"sha256 {found[:16]}",
                expected=f"sha256 {fields['sha256'][:16]}",
                hint=_MEND,
            )


def _check_size(path: Path, fields: dict[str, Any]) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise StoreError("a stored array is missing", path=path, hint=_MEND) from None
    if size != fields["nbytes"]:
        raise StoreError(
            "a stored array is truncated or has grown",
            path=path,
            found=f"{size} bytes",
            expected=f"{fields['nbytes']} bytes",
            hint=_MEND,
        )


def _open_array(path: Path, fields: dict[str, Any]) -> np.ndarray:
    _check_size(path, fields)
    try:
        # An empty array cannot be mapped; there is nothing to map either.
        mode = None if 0 in fields["shape"] else "r"
        array = np.load(path, mmap_mode=mode, allow_pickle=False).view(np.ndarray)
    except (ValueError, EOFError):
        raise StoreError("a stored array is not a .npy file", path=path, hint=_MEND) from None
    if array.dtype.str != fields["dtype"] or list(array.shape) != fields["shape"]:
        raise StoreError(
            "a stored array is not the one described",
            path=path,
            found=f"{array.dtype.str} {array.shape}",
            expected=f"{fields['dtype']} {tuple(fields['shape'])}",
            hint=_MEND,
        )
    array.flags.writeable = False
    return array


def _write_array(path: Path, array: np.ndarray) -> dict[str, Any]:
    """Write one .npy file and describe it; the checksum is of what was sent to the disk."""
    preamble = io.BytesIO()
    described = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_1_0(preamble, described)
    digest = hashlib.sha256(preamble.getvalue())
    flat = array.reshape(-1).view(np.uint8)
    with path.open("xb") as stream:
        stream.write(preamble.getvalue())
        for start in range(0, flat.size, disk.CHUNK):
            part = flat[start : start + disk.CHUNK].data
            digest.update(part)
            stream.write(part)
        stream.flush()
        os.fsync(stream.fileno())
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "nbytes": preamble.tell() + flat.size,
        "sha256": digest.hexdigest(),
    }


def _checked_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays in C order and little-endian, or a `StoreError` that lists all that cannot be."""
    problems = []
    chosen: dict[str, np.ndarray] = {}
    folded: set[str] = set()
    for name, array in arrays.items():
        if not isinstance(name, str) or not _ARRAY_NAME.fullmatch(name):
            problems.append(f"{name!r} cannot name an array (letters, digits and '_')")
        elif name.lower() in folded:
            problems.append(f"{name!r} differs from another array's name in case only")
        elif not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            kind = getattr(array, "dtype", type(array).__name__)
            problems.append(f"array {name!r} holds {kind}, not numbers or truth values")
        else:
            folded.add(name.lower())
            little = array.dtype.newbyteorder("<")
            chosen[name] = np.asarray(array, dtype=little, order="C").view(np.ndarray)
    if problems:
        raise StoreError("these arrays cannot be stored: " + "; ".join(problems))
    return chosen


def _plain(value: Any, where: str) -> Any:
    """A copy of `value` in JSON's own types, or a `StoreError` that names the first misfit."""
    if isinstance(value, Mapping):
        wrong = [key for key in value if not isinstance(key, str)]
        if wrong:
            raise StoreError(f"{where} has a key that is not text", found=wrong[0], expected="text")
        return {key: _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    finite = type(value) is float and math.isfinite(value)
    if value is None or finite or type(value) in (str, int, bool):
        return value
    raise StoreError(
        f"{where} holds something that JSON cannot keep",
        found=f"{type(value).__name__} {value!r}",
        expected="text, a finite number, true, false, a list or a mapping",
    )
