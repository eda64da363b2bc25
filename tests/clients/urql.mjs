import { Client, subscriptionExchange } from "@urql/core";
import { client, play } from "./scenario.mjs";

const urql = new Client({
  url: "http://127.0.0.1/unused",
  preferGetMethod: false,
  exchanges: [
    subscriptionExchange({
      enableAllOperations: true,
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: client.subscribe({ query: request.query ?? "", variables: request.variables }, sink) }),
      }),
    }),
  ],
});

async function ask(text, variables) {
  const isMutation = text.startsWith("mutation");
  const result = await (isMutation ? urql.mutation(text, variables ?? {}) : urql.query(text, variables ?? {})).toPromise();
  if (result.error) throw result.error;
  return result.data;
}

// Its operations have variables of their own: who wants to go on behind the last event subscribes again.
function subscribe(text, variables, heard) {
  let subscription;
  const begin = () => {
    subscription = urql.subscription(text, { ...variables }).subscribe((result) => result.data && heard(result.data));
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
