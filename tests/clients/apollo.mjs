import { ApolloClient, gql, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { client, play } from "./scenario.mjs";

const apollo = new ApolloClient({
  link: new GraphQLWsLink(client),
  cache: new InMemoryCache(),
  defaultOptions: { query: { fetchPolicy: "no-cache" } },
});

async function ask(text, variables) {
  const document = gql(text);
  const isMutation = text.startsWith("mutation");
  const asked = isMutation ? apollo.mutate({ mutation: document, variables }) : apollo.query({ query: document, variables });
  return (await asked).data;
}

// Its operations have variables of their own: who wants to go on behind the last event subscribes again.
function subscribe(text, variables, heard) {
  let subscription;
  const begin = () => {
    const events = apollo.subscribe({ query: gql(text), variables: { ...variables }, fetchPolicy: "no-cache" });
    subscription = events.subscribe({ next: (result) => heard(result.data), error: () => {} });
  };
  const again = client.on("closed", (event) => {
    subscription.unsubscribe();
    if (event.code === 1006) begin();
  });
  begin();
  return () => {
    again();
    subscription.unsubscribe();
  };
}

play(ask, subscribe);
