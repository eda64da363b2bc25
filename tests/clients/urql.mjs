import { Client, subscriptionExchange } from "@urql/core";
import { client, keepPlace, play } from "./scenario.mjs";

function forwardSubscription({ query, variables: asked }) {
  const variables = { ...asked };
  return {
    subscribe: (sink) => {
      const next = (result) => {
        keepPlace(variables, result.data);
        sink.next(result);
      };
      return { unsubscribe: client.subscribe({ query, variables }, { ...sink, next }) };
    },
  };
}

const urql = new Client({
  url: "http://127.0.0.1/unused",
  preferGetMethod: false,
  exchanges: [subscriptionExchange({ enableAllOperations: true, forwardSubscription })],
});

async function ask(text, variables) {
  const isMutation = text.startsWith("mutation");
  const result = await (isMutation ? urql.mutation(text, variables ?? {}) : urql.query(text, variables ?? {})).toPromise();
  if (result.error) throw result.error;
  return result.data;
}

function subscribe(text, variables, heard, failed) {
  const told = ({ data, error }) => (error ? failed(error.networkError.code) : heard(data));
  return urql.subscription(text, variables).subscribe(told).unsubscribe;
}

play(ask, subscribe);
