"""Media: uploading them (`service`), making what is served (`rendering`, of `pictures`, `gif` and `mp4`), and removing
what nothing uses (`removal`)."""

from services.media.removal import MediaRemoval
from services.media.rendering import MediaRendering
from services.media.service import MediaService

__all__ = ["MediaRemoval", "MediaRendering", "MediaService"]
