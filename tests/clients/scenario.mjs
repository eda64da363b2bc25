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

// One message a turn, as in browsers. An answer and its end may come at once: urql leaves at the answer, graphql-ws counts
// the operation out then and at the end once more, and so takes a subscription that is cut for one that nobody wants.
class PatientSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { allowSynchronousEvents: false });
  }
}

let socket;
let retry;

// graphql-ws, which the links of Apollo and urql take as well.
export const client = createClient({
  url,
  webSocketImpl: PatientSocket,
  connectionParams: { authorization: `Bearer ${token}` },
  lazyCloseTimeout: 60_000, // One socket for all that is asked.
  // Until it is told to: so that something is missed meanwhile.
  retryWait: () =>
    new Promise((resolve) => {
      retry = resolve;
      tell({ waiting: true });
    }),
  on: {
    connected: (opened) => {
      socket = opened;
      tell({ connected: true });
    },
    closed: (event) => tell({ closed: event.code }),
  },
});

// What graphql-ws sends again after a cut is the same object of variables, as it is then: to be behind the last event. (A
// TimelineReset has no cursor.)
export function keepPlace(variables, data) {
  if (data?.timelineUpdates?.cursor) variables.after = data.timelineUpdates.cursor;
}

// `ask` promises an operation's data; `subscribe` calls back with each event's, or with what it failed of, and returns
// what ends it.
export async function play(ask, subscribe) {
  let after;
  let stop;
  const listen = () => {
    const heard = ({ timelineUpdates: event }) => {
      after = event.cursor;
      tell({ event: event.tweet.text });
    };
    stop = subscribe(UPDATES, { after }, heard, (failed) => tell({ failed }));
    tell({ listening: true });
  };
  const commands = {
    cut: () => socket.terminate(),
    retry: () => retry(),
    listen,
    stop: () => {
      stop();
      tell({ stopped: true });
    },
    end: () => {
      tell({ ended: true });
      process.exit(0);
    },
  };
  tell({ viewer: (await ask("{ viewer { user { handle } } }")).viewer.user.handle });
  const post = "mutation ($text: String!) { createTweet(input: {text: $text}) { tweet { text } } }";
  tell({ posted: (await ask(post, { text: "over the socket" })).createTweet.tweet.text });
  after = (await ask("{ timeline(first: 1) { liveCursor } }")).timeline.liveCursor;
  for await (const command of createInterface({ input: process.stdin })) commands[command]();
}
