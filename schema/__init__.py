"""What the API looks like. Types are declarations over records of domain/; what a field does is in resolvers/.

`schema.graphql` is this package's export, checked in: `python -m commands.export_schema` writes it.
"""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.accounts import AccountMutation, AccountQuery
from schema.defaults import drop_null_defaults
from schema.graph import GraphMutation, GraphQuery, User
from schema.live import LiveSubscription
from schema.media import Media, MediaMutation
from schema.nodes import NodeQuery
from schema.scalars import SCALARS
from schema.search import SearchQuery
from schema.timelines import TimelineQuery
from schema.tweets import Tweet, TweetMutation, TweetQuery
from schema.walls import WallMutation


@strawberry.type(description="Reading.")
class Query(NodeQuery, AccountQuery, GraphQuery, TweetQuery, TimelineQuery, SearchQuery):
    pass


@strawberry.type(
    description="Writing. What the user can mend is in userErrors, and a payload's object is null exactly when that is "
    "not empty; what they can't is a GraphQL error with extensions.code."
)
class Mutation(AccountMutation, GraphMutation, WallMutation, TweetMutation, MediaMutation):
    pass


@strawberry.type(description="Streams of events, over graphql-transport-ws.")
class Subscription(LiveSubscription):
    pass


def build_schema() -> strawberry.Schema:
    """The executable schema. Its operations need a resolvers.context.Context of their own each."""
    config = StrawberryConfig(scalar_map=SCALARS)
    schema = strawberry.Schema(Query, Mutation, Subscription, types=[User, Tweet, Media], config=config)
    drop_null_defaults(schema._schema)
    return schema
