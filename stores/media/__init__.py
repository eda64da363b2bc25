"""Media: a row of each, and the files that it is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from domain.media import Media, Served, UploadRequest
from events import Event


class MediaStore(Protocol):
    """The rows. Each has a time at which it is due to be looked at, until somebody says that it is kept for good. What
    is condemned is there for nobody but those who remove it."""

    async def add(self, media: Media, due_at: datetime) -> bool:
        """False where its owner has MAX_UNUSED that nothing uses; then nothing is written."""

    async def media(self, media_ids: Sequence[int]) -> Mapping[int, Media]: ...

    async def uploaded(self, media_id: int, event: Event) -> bool:
        """Notes that the bytes are there, with the event in the same transaction; False where that was known, or there
        is no such row that is PENDING, and then no event."""

    async def serve(self, media_id: int, served: Served) -> bool:
        """Makes it READY; False where there is no such row that is PENDING."""

    async def reject(self, media_id: int) -> bool:
        """Makes it REJECTED; False where there is no such row that is PENDING."""

    async def use(
        self, owner_id: int, media_ids: Sequence[int], user_id: int, due_at: datetime, *, instead_of: Sequence[int] = ()
    ) -> bool:
        """Has a tweet, or the owner, use all of these, or none: False where one of them is not the owner's, not
        uploaded, rejected, or used by another than `instead_of`. They are due at `due_at`, unless that was later; and
        so is all that the same tweet or owner used before."""

    async def let_go(self, user_id: int) -> None:
        """What used them was never written."""

    async def due(self, at: datetime, limit: int) -> Sequence[Media]:
        """Those that were due by then and are not condemned, the longest due first."""

    async def keep(self, media_ids: Sequence[int]) -> None:
        """They are not due any more."""

    async def condemn(self, media_ids: Sequence[int], at: datetime, due_at: datetime) -> Sequence[int]:
        """Condemns those that are still due by `at`; their ids. Their rows are due at `due_at`."""

    async def condemn_used_by(self, user_ids: Sequence[int], due_at: datetime) -> Sequence[int]:
        """Condemns what these tweets use; the ids, also of what was condemned before."""

    async def condemned(self, at: datetime, limit: int) -> Sequence[int]:
        """Ids of those condemned that were due by then, the longest due first."""

    async def forget(self, media_ids: Sequence[int]) -> None:
        """Takes the rows of those condemned away."""


class MediaFiles(Protocol):
    """The bytes, by keys as domain/media.py makes them. URLs are signed, and tell nobody anything but the key. Raises
    Unavailable."""

    def upload_request(self, key: str, mime_type: str, byte_size: int, until: datetime) -> UploadRequest:
        """What exactly so many bytes of that type can be sent with."""

    def url(self, key: str) -> str:
        """Where a file can be had, for hours. It is the same for hours, so that clients need not fetch it again."""

    async def size(self, key: str) -> int | None:
        """In bytes; None where there is no such file."""

    async def read(self, key: str, start: int, length: int) -> bytes:
        """A part of a file; less where it ends before, b"" where there is none."""

    async def download(self, key: str, path: Path) -> bool:
        """Copies a file to a path of this machine, as it was at one moment; False where there is none."""

    async def store(self, key: str, path: Path, mime_type: str) -> None:
        """Copies a file from a path of this machine; whoever reads it meanwhile sees the old one or the new one."""

    async def delete(self, prefix: str) -> None:
        """Removes all whose key begins with this."""

    async def ping(self) -> None: ...
