"""Tweets in Postgres: `writes` changes them, `reads` looks them up, `lists` reads what is sorted by id."""

from stores.tweets.postgres.lists import TweetLists
from stores.tweets.postgres.reads import TweetReads
from stores.tweets.postgres.writes import TweetWrites


class PostgresTweets(TweetWrites, TweetReads, TweetLists):
    """The whole port."""
