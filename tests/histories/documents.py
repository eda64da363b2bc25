"""The operations that histories make of the API."""

_ERRORS = "userErrors { code message }"

SIGN_UP = f"mutation($input: SignUpInput!) {{ signUp(input: $input) {{ viewer {{ user {{ id }} }} {_ERRORS} }} }}"
PROTECT = f"""mutation($protected: Boolean!) {{ updateProfile(input: {{isProtected: $protected}}) {{
  user {{ id }} {_ERRORS} }} }}"""
POST = f"mutation($input: CreateTweetInput!) {{ createTweet(input: $input) {{ tweet {{ id }} {_ERRORS} }} }}"
DELETE = f"mutation($id: ID!) {{ deleteTweet(id: $id) {{ deletedTweetId {_ERRORS} }} }}"
RETWEET = f"mutation($id: ID!) {{ retweet(tweetId: $id) {{ retweet {{ id }} {_ERRORS} }} }}"
UNRETWEET = f"mutation($id: ID!) {{ unretweet(tweetId: $id) {{ removedRetweetId {_ERRORS} }} }}"

TIMELINE = """query($first: Int, $after: String, $last: Int, $before: String) {
  timeline(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor source node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

TWEETS = """query($ids: [ID!]!, $word: String!) {
  nodes(ids: $ids) { id }
  search(query: $word, type: LATEST, first: 100) { nodes { ... on Tweet { id } } } }"""

PEOPLE = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on User {
  isFamous isProtected followersCount followingCount
  viewerFollows viewerHasRequested followsViewer viewerBlocks viewerMutes blocksViewer
  tweets(first: 100, includeReplies: true) { nodes { id } }
  followers(first: 100) { nodes { id } }
  following(first: 100) { nodes { id } } } } }"""

ONESELF = """{ viewer {
  blocked(first: 100) { nodes { id } }
  muted(first: 100) { nodes { id } }
  followRequests(first: 100) { nodes { id } } } }"""


def act(mutation: str) -> str:
    """One of the mutations that take a person."""
    return f"mutation($id: ID!) {{ {mutation}(userId: $id) {{ user {{ id }} {_ERRORS} }} }}"
