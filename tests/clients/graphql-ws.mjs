import { client, play } from "./scenario.mjs";

async function ask(query, variables) {
  for await (const result of client.iterate({ query, variables })) return result.data;
}

function subscribe(query, variables, heard) {
  const sink = { next: (result) => heard(result.data), error: () => {}, complete: () => {} };
  return client.subscribe({ query, variables }, sink);
}

play(ask, subscribe);
