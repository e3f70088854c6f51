"""Strict reading of .npz files: known arrays, types and shapes, checked against the registry.

May import `units`, `errors`, `disk`, `_problems` and `registry`.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky import disk
from autarky.errors import DataError
from autarky.sources._problems import Problems
from autarky.sources.registry import Release
from autarky.units import Provenance

#: Most bytes that one array of a file may unpack to: a table of 15,000 industries.
LARGEST_ARRAY = 2 << 30


@dataclass(frozen=True)
class Field:
    """What an array of a file must be: kinds of dtype ("if" means integer or float) and shape."""

    kinds: str
    shape: tuple[int, ...]
    finite: bool = True


def check_sum(path: Path, release: Release, *, force: bool = False) -> tuple[str, bool]:
    """SHA-256 of a file, and whether it is the one in the registry.

    Raises
    ------
    DataError
        It differs from the registry's and `force` is false.
    """
    try:
        found = disk.sha256(path)
    except FileNotFoundError:
        raise DataError("the file is missing", path=path) from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise DataError(f"the file cannot be read: {cause}", path=path) from error
    known = release.file(path.name)
    if known is None or known.sha256 is None:
        return found, False
    if found != known.sha256 and not force:
        raise DataError(
            f"this is not the file that {release.title} consists of: it is damaged, or another "
            "version",
            path=path,
            found=f"sha256 {found[:16]}",
            expected=f"sha256 {known.sha256[:16]}",
            hint="Get it again, or read it as it is with --force (force=True), which is recorded",
        )
    return found, found == known.sha256


def check_sums(paths: Sequence[Path], release: Release, *, force: bool = False) -> None:
    """Compare the checksums of many files; one `DataError` lists all that are wrong."""
    problems = Problems()
    for path in paths:
        try:
            check_sum(path, release, force=force)
        except DataError as error:
            problems.include(error)
    problems.raise_any()


def provenance(release: Release, path: Path, digest: str, known: bool) -> Provenance:  # noqa: FBT001
    """Where a table of a release comes from, with the reading as its first step."""
    return Provenance(
        source=release.title,
        citation=release.citation,
        licence=release.licence,
        url=release.landing,
        sha256=digest,
        faults=release.faults,
    ).then("read", {"file": path.name, "sha256": digest[:16], "as_registered": known})


def load_npz(path: Path, fields: Mapping[str, Field]) -> dict[str, NDArray[Any]]:
    """The arrays asked for, each of the kind and shape asked for.

    Raises
    ------
    DataError
        The file is not an .npz, is damaged, or an array is missing, of another type or shape, or
        holds numbers that are not finite; all such arrays are listed.
    """
    problems = Problems()
    arrays: dict[str, NDArray[Any]] = {}
    # All that a damaged zip, a damaged .npy header and a damaged deflate stream raise.
    damage = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, TypeError)
    damage += (NotImplementedError, OSError, RuntimeError, SyntaxError, MemoryError, OverflowError)
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename: info.file_size for info in archive.infolist()}
            for name, field in fields.items():
                size = names.get(f"{name}.npy")
                if size is None:
                    problems.add(f"there is no array {name!r}", path=path)
                    continue
                if size > LARGEST_ARRAY:
                    problems.add(f"array {name!r} is too large", path=path, found=f"{size} bytes")
                    continue
                with archive.open(f"{name}.npy") as stream:
                    array = np.lib.format.read_array(stream, allow_pickle=False)
                arrays[name] = array
                _check(name, array, field, path, problems)
    except damage as error:
        raise DataError(
            f"this is not a sound .npz file: {error}", path=path, hint="Get the file again"
        ) from error
    problems.raise_any()
    return arrays


def _check(name: str, array: NDArray[Any], field: Field, path: Path, problems: Problems) -> None:
    if array.dtype.kind not in field.kinds:
        problems.add(f"array {name!r} has another type", path=path, found=array.dtype)
    elif array.shape != field.shape:
        problems.add(
            f"array {name!r} has another shape",
            path=path,
            found=array.shape,
            expected=field.shape,
        )
    elif field.finite and array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        where = np.argwhere(~np.isfinite(array))
        problems.add(
            f"array {name!r} has {len(where)} cells that are not finite",
            path=path,
            row=int(where[0][0]),
            column=int(where[0][-1]) if array.ndim > 1 else None,
            found=array[tuple(where[0])],
            expected="finite numbers",
        )


def parse_meta(path: Path, array: NDArray[Any]) -> dict[str, Any]:
    """The JSON object in the array `meta`.

    Raises
    ------
    DataError
        It is not a JSON object.
    """
    try:
        meta = json.loads(str(array))
    except ValueError as error:
        raise DataError(f"array 'meta' is not JSON: {error}", path=path) from None
    if not isinstance(meta, dict):
        raise DataError("array 'meta' is not a JSON object", path=path, found=type(meta).__name__)
    return meta
