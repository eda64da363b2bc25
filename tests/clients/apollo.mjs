import { ApolloClient, ApolloLink, gql, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { tap } from "rxjs";
import { client, keepPlace, play } from "./scenario.mjs";

const placeKeeper = new ApolloLink((operation, forward) =>
  forward(operation).pipe(tap(({ data }) => keepPlace(operation.variables, data))),
);

const apollo = new ApolloClient({
  link: placeKeeper.concat(new GraphQLWsLink(client)),
  cache: new InMemoryCache(),
  defaultOptions: { query: { fetchPolicy: "no-cache" } },
});

async function ask(text, variables) {
  const document = gql(text);
  const isMutation = text.startsWith("mutation");
  const asked = isMutation ? apollo.mutate({ mutation: document, variables }) : apollo.query({ query: document, variables });
  return (await asked).data;
}

function subscribe(text, variables, heard, failed) {
  const events = apollo.subscribe({ query: gql(text), variables, fetchPolicy: "no-cache" });
  const subscription = events.subscribe(({ data, error }) => (error ? failed(error.message) : heard(data)));
  return () => subscription.unsubscribe();
}

play(ask, subscribe);
