// What each client library goes through. Tells a JSON line of everything that happens; takes commands, a line each.

import { createInterface } from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);

const UPDATES = `subscription ($after: String) { timelineUpdates(after: $after) {
  ... on TimelineTweetAdded { cursor tweet { text } } } }`;

export function tell(line) {
  console.log(JSON.stringify(line));
}

let socket;

// graphql-ws, which the links of Apollo and urql take as well.
export const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${token}` },
  lazyCloseTimeout: 60_000, // One socket for all that is asked.
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  on: {
    connected: (opened) => {
      socket = opened;
      tell({ connected: true });
    },
    closed: (event) => tell({ closed: event.code }),
  },
});

// `ask` promises an operation's data, `subscribe` calls back with each event's and returns what ends it.
export async function play(ask, subscribe) {
  let after;
  let stop;
  const listen = () => {
    const variables = { after };
    stop = subscribe(UPDATES, variables, ({ timelineUpdates: event }) => {
      variables.after = after = event.cursor; // What is sent again when the socket was cut.
      tell({ event: event.tweet.text });
    });
  };
  tell({ viewer: (await ask("{ viewer { user { handle } } }")).viewer.user.handle });
  const post = "mutation ($text: String!) { createTweet(input: {text: $text}) { tweet { text } } }";
  tell({ posted: (await ask(post, { text: "over the socket" })).createTweet.tweet.text });
  after = (await ask("{ timeline(first: 1) { liveCursor } }")).timeline.liveCursor;
  listen();
  tell({ listening: true });
  for await (const command of createInterface({ input: process.stdin })) {
    if (command === "cut") socket.terminate();
    if (command === "listen") listen();
    if (command === "stop") {
      stop();
      tell({ stopped: true });
    }
  }
  process.exit(0);
}
