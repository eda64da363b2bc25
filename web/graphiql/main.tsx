import "@graphiql/react/setup-workers/vite";
import "graphiql/style.css";

import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { fetcher } from "./fetcher";

// One tab for each document of the tour, in the order of their names.
const tour = import.meta.glob<string>("./tour/*.graphql", { query: "?raw", import: "default", eager: true });
const tabs = Object.values(tour).map((query) => ({ query }));

createRoot(document.getElementById("root")!).render(
  <GraphiQL fetcher={fetcher} defaultTabs={tabs} defaultEditorToolsVisibility="headers">
    <GraphiQL.Logo>Starling</GraphiQL.Logo>
  </GraphiQL>,
);
