"""What a cassandra:// URL says."""

import pytest
from cassandra import ConsistencyLevel

from stores.cassandra import Address


def test_a_plain_url() -> None:
    assert Address.parse("cassandra://one/starling?datacenter=dc1") == Address(
        ("one",), 9042, "starling", "dc1", ConsistencyLevel.LOCAL_QUORUM, None, None, "", False
    )


def test_a_url_that_says_all() -> None:
    url = "cassandra://me:a%40b@one,two:9142/k_1?datacenter=dc1&consistency=local_one&replication=3&tls=on"
    assert Address.parse(url) == Address(
        ("one", "two"), 9142, "k_1", "dc1", ConsistencyLevel.LOCAL_ONE, 3, "me", "a@b", True
    )


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("cassandra://one/?datacenter=dc1", "names a keyspace"),
        ("cassandra://one/a-b?datacenter=dc1", "names a keyspace"),
        ("cassandra://one/k", "names its data centre"),
        ("cassandra://one/k?datacenter=dc1&consistency=most", "most is no consistency level"),
        ("cassandra://one/k?datacenter=dc1&password=x", "password is no setting"),
    ],
)
def test_what_is_wrong_is_said(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Address.parse(url)
