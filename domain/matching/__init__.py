"""Search turned around: which of many queries does one text match? For tweets as they are posted.

It is what stores/search/postgres.py does with its index, in this process: the same syntax, words, stems and stop words,
and the same oddities, such as hyphenated words being words as a whole and by their parts, "and/or" being a file, and
"-5" not being "5". These differences remain:

- Letters and marks are those of the package `regex`. A server's C library may know an older or newer Unicode, and one
  whose ctype is not UTF-8 knows ASCII alone.
- Stems are those of PostgreSQL 18. Other versions have other ones for a few words.
- A host name or the part of an email address before its @ is taken for one up to 16 labels; a path may go up or down
  without a name ("/../") 16 times in a row.
- `<script>` and `<style>` hide what follows them up to the next end tag of either, whatever stands in between.
- Postgres forgets where a word stands after its 255th time in a text, and refuses queries with more than 32 minus signs
  in a row.
"""

from domain.matching.index import QuerySet
from domain.matching.query import Query, compile_query, english, read_query
from domain.matching.words import Phrase, TextWords, special_words, words_of

__all__ = [
    "Phrase",
    "Query",
    "QuerySet",
    "TextWords",
    "compile_query",
    "english",
    "read_query",
    "special_words",
    "words_of",
]
