"""How GraphQL gets in and out: HTTP and websocket endpoints over a Strawberry schema.

A request passes the modules in this order: `http` or `websocket` (framing), `request` (shape), `documents` (parse,
`guard`, validate, cache), `operations` (select, coerce, execute), `errors` (what a client may be told).
"""
