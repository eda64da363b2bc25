// What Starling's live delivery is compared with: graphql-ws on ws, set up to be fast: `node server.mjs PORT`.
//
// One process. No compression, no logging, and graphql-ws as it comes: each subscriber's document is parsed by itself, and
// executed by itself for each event. To parse it once for all saves 10 kB a socket, but no time for a delivery: with one
// document for ten thousand executions it was rather more.
import { createServer } from "node:http";
import { graphql } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { schema } from "./schema.mjs";
import { Store } from "./store.mjs";

const BACKLOG = 2048;
const KEEP_ALIVE_MS = 20_000; // as uvicorn
const MAX_PAYLOAD = 2_000_000;

const store = new Store();

const bearer = (authorization) => store.viewer(authorization?.replace(/^Bearer /, ""));

async function post(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { query: source, variables: variableValues } = JSON.parse(Buffer.concat(chunks).toString());
  const contextValue = { store, viewer: bearer(request.headers.authorization) };
  const result = await graphql({ schema, source, variableValues, contextValue });
  response.setHeader("content-type", "application/json").end(JSON.stringify(result));
}

const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/graphql") post(request, response);
  else response.writeHead(request.url === "/readyz" ? 200 : 404).end();
});

useServer(
  {
    schema,
    context: ({ extra }) => extra.contextValue,
    onConnect: ({ connectionParams, extra }) => {
      extra.contextValue = { store, viewer: bearer(connectionParams.authorization) };
    },
  },
  new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false, maxPayload: MAX_PAYLOAD }),
  KEEP_ALIVE_MS,
);

process.on("SIGTERM", () => process.exit(0));
server.listen(Number(process.argv[2]), "127.0.0.1", BACKLOG);
