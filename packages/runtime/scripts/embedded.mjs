// Builds the one file that the database embeds, or checks that the committed one is what the source gives.
//
//   node scripts/embedded.mjs           compare, byte for byte; fail if it differs or is too large
//   node scripts/embedded.mjs --write   write it

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = new URL("../embedded/runtime.js", import.meta.url);

/** The embedded file may not grow beyond this: each database session parses it. */
export const MAX_BYTES = 20 * 1024;

/** The bytes of the embedded file, from the source as it is. */
export async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ["src/index.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    target: "es2023",
    // It is stored in databases of every encoding.
    charset: "ascii",
    legalComments: "none",
    tsconfig: "tsconfig.build.json",
    write: false,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

async function main() {
  const bytes = await bundle();
  if (bytes.length >= MAX_BYTES) throw new Error(`the embedded build has ${bytes.length} bytes, the limit is ${MAX_BYTES}`);
  if (process.argv.includes("--write")) {
    await writeFile(target, bytes);
  } else if (!bytes.equals(await readFile(target))) {
    throw new Error("embedded/runtime.js is not what the source gives: run npm run build:embedded and commit it");
  }
  process.stdout.write(`embedded/runtime.js: ${bytes.length} bytes\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
