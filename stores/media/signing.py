"""AWS Signature Version 4 in a URL's query. botocore makes it of the present moment alone, and so another URL each
time; here the moment is given, so that every process makes the same one for hours.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key signs, and for where. `base_url` is that of the bucket."""

    base_url: str
    region: str
    access_key: str
    secret_key: str

    def url(self, method: str, key: str, at: datetime, seconds: int, headers: Mapping[str, str] | None = None) -> str:
        """A URL that holds for so many seconds from `at` (UTC) on, for a request with these headers; names in lower
        case."""
        base = urlsplit(self.base_url)
        path = quote(f"{base.path}/{key}", safe="/~")
        signed = {"host": base.netloc} | dict(headers or {})
        names = ";".join(sorted(signed))
        scope = f"{at:%Y%m%d}/{self.region}/s3/aws4_request"
        query = "&".join(
            f"{name}={quote(value, safe='~')}"
            for name, value in (
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                ("X-Amz-Credential", f"{self.access_key}/{scope}"),
                ("X-Amz-Date", f"{at:%Y%m%dT%H%M%SZ}"),
                ("X-Amz-Expires", str(seconds)),
                ("X-Amz-SignedHeaders", names),
            )
        )
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = f"{method}\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{at:%Y%m%dT%H%M%SZ}\n{scope}\n{digest}"
        signature = _hmac(_signing_key(self.secret_key, f"{at:%Y%m%d}", self.region), text).hex()
        return f"{base.scheme}://{base.netloc}{path}?{query}&X-Amz-Signature={signature}"


@lru_cache(maxsize=16)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
