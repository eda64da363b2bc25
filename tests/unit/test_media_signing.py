"""Signed URLs: as botocore makes them, but of any moment."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from stores.media.signing import Signer
from stores.media.windows import WINDOW, window

NOW = datetime(2026, 11, 28, 18, 41, 5, tzinfo=UTC)
SIGNER = Signer("http://127.0.0.1:7070/bucket", "eu-west-1", "key", "sec/ret+")

keys = st.text("abc/0.~ é+", min_size=1, max_size=20).filter(lambda key: not key.startswith("/"))
headers = st.dictionaries(
    st.sampled_from(["content-type", "content-length"]), st.sampled_from(["image/png", "12"]), max_size=2
)


@given(st.sampled_from(["GET", "PUT"]), keys, headers, st.integers(1, 604_800))
def test_a_url_is_that_of_botocore(method: str, key: str, signed: dict[str, str], seconds: int) -> None:
    from urllib.parse import quote

    plain = f"{SIGNER.base_url}/{quote(key, safe='/~')}"
    request = AWSRequest(method=method, url=plain, headers=signed)
    with patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
        S3SigV4QueryAuth(Credentials("key", "sec/ret+"), "s3", "eu-west-1", expires=seconds).add_auth(request)
    assert SIGNER.url(method, key, NOW, seconds, signed) == request.url


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_all_of_a_window_begin_and_end_together(now: datetime) -> None:
    begin, end = window(now)
    assert begin <= now < begin + WINDOW
    assert end - begin == 2 * WINDOW
    assert window(begin) == window(begin + WINDOW - timedelta(seconds=1)) == (begin, end)
    assert window(begin + WINDOW)[0] == begin + WINDOW
