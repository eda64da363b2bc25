"""English stems and stop words, those of PostgreSQL 18."""

from functools import lru_cache
from typing import Final

from snowballstemmer.english_stemmer import EnglishStemmer

# fmt: off
STOP_WORDS: Final = frozenset({
    "i", "me", "my", "myself", "we", "our", "ours", "ourselves", "you", "your", "yours", "yourself", "yourselves", "he",
    "him", "his", "himself", "she", "her", "hers", "herself", "it", "its", "itself", "they", "them", "their", "theirs",
    "themselves", "what", "which", "who", "whom", "this", "that", "these", "those", "am", "is", "are", "was", "were",
    "be", "been", "being", "have", "has", "had", "having", "do", "does", "did", "doing", "a", "an", "the", "and", "but",
    "if", "or", "because", "as", "until", "while", "of", "at", "by", "for", "with", "about", "against", "between",
    "into", "through", "during", "before", "after", "above", "below", "to", "from", "up", "down", "in", "out", "on",
    "off", "over", "under", "again", "further", "then", "once", "here", "there", "when", "where", "why", "how", "all",
    "any", "both", "each", "few", "more", "most", "other", "some", "such", "no", "nor", "not", "only", "own", "same",
    "so", "than", "too", "very", "s", "t", "can", "will", "just", "don", "should", "now",
})
# fmt: on
"""What `english.stop` of PostgreSQL 18 lists."""

_MAX_BYTES: Final = 1000
_CACHED: Final = 2**15


@lru_cache(_CACHED)
def stem(word: str) -> str:
    """The stem of a word in lower case; one of more than 1,000 bytes stays as it is.

    Postgres has a Snowball that is a little newer than the package's 2.2, in which "adding" becomes "add" and not "ad",
    and older than its 3.0, which changes much more. The stemmer holds the word it works on, so each call has its own.
    """
    if len(word) * 4 > _MAX_BYTES and len(word.encode()) > _MAX_BYTES:
        return word
    found: str = EnglishStemmer().stemWord(word)
    doubled = found + found[-1:]
    return doubled if len(found) == 2 and found[0] in "aeo" and word.startswith(doubled) else found
