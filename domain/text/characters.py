"""Sets of characters that several rules share, written for use inside the brackets of a regular expression."""

from typing import Final

AT_SIGNS: Final = "@＠"
HASH_SIGNS: Final = "#＃"
DIRECTIONAL_MARKS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
SPACES: Final = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
NONCHARACTERS: Final = "\ufeff\ufffe\uffff"

# Letters with accents and the accents themselves, without × and ÷.
LATIN_ACCENTS: Final = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b"
    "\u02bb\u0300-\u036f\u1e00-\u1eff"
)
