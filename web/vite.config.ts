import { defineConfig } from "vite";

// Each page is a folder with an index.html of its own; another page is one more line of `input`.
export default defineConfig({
  base: "/web/",
  worker: { format: "es" },
  build: {
    rolldownOptions: { input: { graphiql: "graphiql/index.html" } },
    // Monaco is one large piece by nature; the default warning is for sites that can split theirs.
    chunkSizeWarningLimit: 8000,
  },
});
