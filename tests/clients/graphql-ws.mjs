import { client, keepPlace, play } from "./scenario.mjs";

async function ask(query, variables) {
  for await (const result of client.iterate({ query, variables })) return result.data;
}

function subscribe(query, variables, heard, failed) {
  const next = ({ data }) => {
    keepPlace(variables, data);
    heard(data);
  };
  return client.subscribe({ query, variables }, { next, error: (event) => failed(event.code), complete: () => {} });
}

play(ask, subscribe);
