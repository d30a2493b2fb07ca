/**
 * The file that the database embeds: it is what the source gives, small, self-contained, and works where the
 * intrinsics are frozen.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { promisify } from "node:util";

const file = new URL("../../embedded/runtime.js", import.meta.url);
const text = await readFile(file, "utf8");

/** Runs a module in a Node process of its own, and gives what it prints. */
async function runAlone(source: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", source]);
  return stdout.trim();
}

/** Freezes what a database freezes: constructors, their prototypes, and the namespaces. */
const FREEZE = `
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const { value } = Object.getOwnPropertyDescriptor(globalThis, name);
    if (value === globalThis || value === null || !["function", "object"].includes(typeof value) || name === "process") continue;
    Object.freeze(value);
    if (typeof value === "function" && value.prototype) Object.freeze(value.prototype);
  }
  if (!Object.isFrozen(Error.prototype) || !Object.isFrozen(Object.prototype)) throw new Error("not frozen");
`;

test("is what the source gives, under 20480 bytes", async () => {
  const root = new URL("../../", import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, ["scripts/embedded.mjs"], { cwd: root });
  assert.equal(stdout, `embedded/runtime.js: ${Buffer.byteLength(text)} bytes\n`);
  assert.ok(Buffer.byteLength(text) < 20480);
});

test("exports the API and nothing else", async () => {
  const names = Object.keys((await import(file.href)) as object).sort();
  assert.deepStrictEqual(names, [
    "ABI_VERSION", "HANDLER", "ValidationError", "isPgError", "mutation", "query", "v", "validate",
  ]);
});

describe("the text", () => {
  test("imports nothing and needs no host", () => {
    assert.doesNotMatch(text, /\bimport\b|\brequire\b|\bprocess\b|\bglobalThis\b|\beval\b|\bnew Function\b|\bsetTimeout\b/);
  });

  test("catches only where a validator's JSON Schema is asked for", () => {
    assert.equal(text.match(/\bcatch\b/g)?.length, 1);
    assert.doesNotMatch(text, /\bfinally\b|allSettled|\.then\([^()]*,/);
  });
});

test("works with frozen intrinsics, and changes no global", async () => {
  const printed = await runAlone(`
    const before = Object.getOwnPropertyNames(globalThis).join();
    ${FREEZE}
    const { query, v, validate, ValidationError, isPgError } = await import(${JSON.stringify(file.href)});
    const schema = v.object({
      id: v.bigint(), toString: v.string().optional(), constructor: v.int().default(1),
      tags: v.array(v.string().min(1)).default([]), kind: v.union([v.literal("a"), v.null()]),
      when: v.timestamp().optional(), more: v.record(v.string(), v.any()).optional(),
    }).refine(() => true, "never").describe("x");
    const handler = query({ args: schema, returns: v.unknown(), handler: (args) => args });
    const value = handler({ args: { id: "5", kind: null, toString: "t", more: { valueOf: 1 } } });
    let error;
    try { handler({ args: { id: 1, kind: 2, extra: 1 } }); } catch (caught) { error = caught; }
    console.log(JSON.stringify({
      id: String(value.id), own: Object.keys(value), text: value.toString, name: error.name, message: error.message,
      isError: error instanceof Error && error instanceof ValidationError, pg: isPgError(error),
      schema: handler[Symbol.for("stopgap.handler")].args.type,
      clean: Object.getOwnPropertyNames(globalThis).join() === before,
    }));
  `);
  assert.deepStrictEqual(JSON.parse(printed), {
    id: "5",
    own: ["id", "toString", "constructor", "tags", "kind", "more"],
    text: "t",
    name: "ValidationError",
    message: 'invalid arguments: $.kind: expected "a" or null, got number 2',
    isError: true,
    pg: false,
    schema: "object",
    clean: true,
  });
});

test("two copies agree on a handler's brand", async () => {
  const embedded = (await import(file.href)) as typeof import("../src/index.js");
  const source = await import("../src/index.js");
  const handler = embedded.query(source.v.object({ id: source.v.int() }), ({ id }) => id);
  assert.equal(handler[source.HANDLER].kind, "query");
  assert.equal((handler[source.HANDLER].args as { type: string }).type, "object");
});
