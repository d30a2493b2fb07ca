// Measures what the embedded file costs a database session: to compile and evaluate it, and to validate. Run by npm run measure.

import { readFile } from "node:fs/promises";
import vm from "node:vm";

const text = await readFile(new URL("../embedded/runtime.js", import.meta.url), "utf8");

let copies = 0;

/** Compiles and evaluates one more copy; each has a text of its own, which V8 has not compiled before. */
async function load() {
  const copy = `${text}//${(copies += 1)}`;
  const start = performance.now();
  const module = new vm.SourceTextModule(copy, { identifier: `runtime-${copies}.js` });
  await module.link(() => {
    throw new Error("the embedded file imports something");
  });
  await module.evaluate();
  return { module, elapsed: performance.now() - start };
}

const { module, elapsed: first } = await load();
const times = [];
for (let round = 0; round < 101; round += 1) times.push((await load()).elapsed);
times.sort((a, b) => a - b);

const { query, v } = module.namespace;
const schema = v.object({ id: v.bigint(), items: v.array(v.object({ sku: v.string().min(1), quantity: v.int().default(1) })) });
const handler = query(schema, (args) => args);
const ctx = { args: { id: 1, items: [{ sku: "tea", quantity: 2 }, { sku: "mug" }] } };
const CALLS = 200_000;
for (let call = 0; call < CALLS; call += 1) handler(ctx);
const start = performance.now();
for (let call = 0; call < CALLS; call += 1) handler(ctx);
const nanoseconds = ((performance.now() - start) / CALLS) * 1e6;

process.stdout.write(
  `load: first ${first.toFixed(2)} ms, median of ${times.length} ${times[50].toFixed(2)} ms, worst ${times.at(-1).toFixed(2)} ms\n` +
    `call of a handler with two items: ${nanoseconds.toFixed(0)} ns\n`,
);
