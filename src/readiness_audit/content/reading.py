"""Read a file of content into the kind it is meant to be; one that has not changed is not read again."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

from readiness_audit.content.shape import shape
from readiness_audit.content.yaml_tree import Document, read_yaml

T = TypeVar("T")

_MOST_KEPT = 1024


def read(path: Path, kind: type[T]) -> tuple[Document, T]:
    """Give a file's document and what it describes, which nobody changes. Raises `ContentError`."""
    try:
        known = path.stat()
        state = (known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns)
    except OSError:
        # Whatever is wrong with it is said by who opens it.
        state = (0, 0, 0, 0, 0)
    document, described = _read_once(path, state, cast("Hashable", kind))
    return document, cast("T", described)


@lru_cache(_MOST_KEPT)
def _read_once(path: Path, _state: tuple[int, ...], kind: Hashable) -> tuple[Document, object]:
    document = read_yaml(path)
    return document, shape(document, cast("type[object]", kind))
