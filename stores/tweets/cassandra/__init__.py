"""Tweets in Cassandra: `writes` changes them, `reads` looks them up, `lists` reads what is sorted by id, `keys` claims
what must come once, `counts` counts again."""

from stores.tweets.cassandra.writes import TweetWrites


class CassandraTweets(TweetWrites):
    """The whole port."""
