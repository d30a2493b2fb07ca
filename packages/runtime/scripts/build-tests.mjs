// Bundles each test file with the source it tests into build/tests, so that node --test runs plain JavaScript. Packages
// stay imports.

import { readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = (await readdir(new URL("../tests", import.meta.url))).filter((name) => name.endsWith(".test.ts"));
await rm(new URL("../build/tests", import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: files.map((name) => `tests/${name}`),
  outdir: "build/tests",
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  tsconfig: "tsconfig.json",
});
