"""When a request is sent once more."""

from typing import Any

from cassandra.policies import RetryPolicy

RETRIES = 2


class Retries(RetryPolicy):  # type: ignore[misc]
    """Only what is idempotent is tried again where it may have been carried out."""

    def on_read_timeout(
        self, query: Any, consistency: int, *_: object, retry_num: int, **__: object
    ) -> tuple[int, Any]:
        return self._again(query, self.RETRY, retry_num)

    def on_write_timeout(
        self, query: Any, consistency: int, *_: object, retry_num: int, **__: object
    ) -> tuple[int, Any]:
        return self._again(query, self.RETRY, retry_num)

    def on_request_error(self, query: Any, consistency: int, error: Exception, retry_num: int) -> tuple[int, Any]:
        """Each host of the plan once, after which the driver itself ends it."""
        return self._again(query, self.RETRY_NEXT_HOST, 0)

    def _again(self, query: Any, how: int, retry_num: int) -> tuple[int, Any]:
        return (how, None) if query.is_idempotent and retry_num < RETRIES else (self.RETHROW, None)
