-- English stems of all words, of those that are in nearly every text too: else a phrase could not be told from another.
CREATE TEXT SEARCH DICTIONARY english_stems (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION whole_english (COPY = english);
ALTER TEXT SEARCH CONFIGURATION whole_english
    ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part WITH english_stems;

-- A removed tweet keeps its row, without words, so that an older version arriving late does not bring it back.
CREATE TABLE search_tweets (
    id bigint PRIMARY KEY,
    body text NOT NULL,
    document tsvector NOT NULL,
    removed boolean NOT NULL DEFAULT false
);

CREATE INDEX search_tweets_document ON search_tweets USING gin (document);

-- Handles are compared by their bytes, so that an index finds those that begin with a text.
CREATE TABLE search_people (
    id bigint PRIMARY KEY,
    handle_lower text COLLATE "C" NOT NULL,
    bio text NOT NULL,
    followers bigint NOT NULL,
    document tsvector NOT NULL
);

CREATE INDEX search_people_handle ON search_people (handle_lower);
CREATE INDEX search_people_document ON search_people USING gin (document);
