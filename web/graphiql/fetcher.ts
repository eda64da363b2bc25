import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";

const url = new URL("/graphql", location.origin);
const socketUrl = new URL(url.href.replace(/^http/, "ws"));

/** The header editor's fields as a `connection_init` payload: names in lower case, as the server reads them. */
function connectionParams(headers: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * Queries and mutations over HTTP, subscriptions over graphql-transport-ws, both at `/graphql`.
 *
 * The client is lazy and made for each run, so that a subscription always opens its own socket with the headers of
 * that moment. It never connects again by itself: that would repeat or skip events without a word.
 */
export const fetcher: Fetcher = (params, options) =>
  createGraphiQLFetcher({
    url: url.href,
    enableIncrementalDelivery: false,
    wsClient: createClient({
      url: socketUrl.href,
      connectionParams: connectionParams(options?.headers),
      retryAttempts: 0,
    }),
  })(params, options);
