// Checks the search of the built pages: `node docs/search.js docs/_build`. Runs the scripts of the search page itself.
"use strict";

const fs = require("fs");
const path = require("path");
const vm = require("vm");

// What is searched for, and the pages that answer it: one of them comes first.
const FIRST = {
  upsert: ["writing"],
  migration: ["migrations"],
  cqlengine: ["cqlengine"],
  logging: ["logging"],
  echo: ["logging"],
  retry: ["exceptions"],
  authentication: ["authentication"],
  bulk: ["many-rows"],
  pagination: ["paging"],
  "N+1": ["many-rows"],
  FastAPI: ["fastapi"],
  mock: ["testing"],
};

const build = process.argv[2];
const page = fs.readFileSync(path.join(build, "search.html"), "utf8");
const scripts = [...page.matchAll(/src="([^"?]*(?:searchtools|language_data|searchindex)\.js)/g)].map(([, script]) => script);

/** The pages found, the best first. */
function found(query) {
  const room = vm.createContext({
    URLSearchParams,
    location: { search: `?${new URLSearchParams({ q: query })}` },
    document: { addEventListener() {}, getElementById: () => null, readyState: "loading" },
    SPHINX_HIGHLIGHT_ENABLED: false,
    DOCUMENTATION_OPTIONS: {},
    _ready() {},
    _: (text) => text,
    query,
  });
  room.window = room;
  for (const script of scripts) vm.runInContext(fs.readFileSync(path.join(build, script), "utf8"), room);
  const pages = vm.runInContext("Search._performSearch(...Search._parseQuery(query)).map(([page]) => page)", room);
  return [...new Set(pages.reverse())];
}

let failed = 0;
for (const [query, wanted] of Object.entries(FIRST)) {
  const pages = found(query);
  if (wanted.includes(pages[0])) continue;
  failed = 1;
  console.error(`a search for ${query} finds ${pages.slice(0, 4).join(", ") || "nothing"}, not ${wanted[0]} first`);
}
process.exit(failed);
