"""What a tweet's text means: its mentions, hashtags and links, its weighted length, its forbidden characters.

The rules are those of twitter-text 3.1 (https://github.com/twitter/twitter-text), with today's top-level domains and
emoji instead of its frozen lists. Every function is linear in the text's length, whatever the text.
"""

from domain.text.entities import Entities, Hashtag, Mention, extract
from domain.text.urls import Url
from domain.text.weight import MAX_WEIGHT, forbidden_character, weighted_length

__all__ = [
    "MAX_WEIGHT",
    "Entities",
    "Hashtag",
    "Mention",
    "Url",
    "extract",
    "forbidden_character",
    "weighted_length",
]
