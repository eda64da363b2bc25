"""The viewer's home timeline."""

from domain.page import page_size
from domain.timelines import TimelinePage
from resolvers.arguments import After, Before, First, Last
from resolvers.context import Info, charge


async def timeline(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> TimelinePage:
    context = info.context
    viewer = context.require_viewer()
    charge(info, page_size("first", first) if last is None else page_size("last", last))
    page = await context.services.timelines.page(viewer.account_id, first=first, after=after, last=last, before=before)
    context.loaders.graph.guard.start_from(page.access)
    context.loaders.graph.users.prime_many(page.people)
    context.loaders.tweets.tweets.prime_many({tweet.id: tweet for tweet in page.nodes})
    return page
