CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    handle text NOT NULL,
    handle_lower text NOT NULL CONSTRAINT accounts_handle_key UNIQUE,
    email text,
    email_lower text CONSTRAINT accounts_email_key UNIQUE,
    password_hash text
);

-- Room in each page, so that a new version of a row that changes no index lies beside the old one (HOT).
CREATE TABLE sessions (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
    user_agent text,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX sessions_by_account ON sessions (account_id, id);
