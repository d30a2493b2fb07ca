/**
 * Other libraries' validators in our handlers, and ours in other libraries' hands.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type } from "arktype";
import * as valibot from "valibot";
import { z } from "zod";
import { HANDLER, mutation, query, v, validate, ValidationError, type StandardSchema } from "../src/index.js";
import { contextWith } from "./context.js";
import { rejection } from "./rejection.js";

const libraries = {
  zod: z.object({ items: z.array(z.object({ qty: z.int() })), limit: z.int().default(5) }),
  valibot: valibot.object({
    items: valibot.array(valibot.object({ qty: valibot.pipe(valibot.number(), valibot.integer()) })),
    limit: valibot.optional(valibot.number(), 5),
  }),
  arktype: type({ items: type({ qty: "number.integer" }).array(), limit: "number.integer = 5" }),
} satisfies Record<string, StandardSchema<any, any>>;

for (const [name, schema] of Object.entries<StandardSchema<any, any>>(libraries)) {
  describe(name, () => {
    const handler = query(schema, (args: unknown) => args);

    test("gives the parsed value, defaults applied, without a promise", () => {
      assert.deepStrictEqual(handler(contextWith({ items: [{ qty: 2 }] })), { items: [{ qty: 2 }], limit: 5 });
    });

    test("a rejected value is our error, with the path in our form", () => {
      const error = rejection(() => handler(contextWith({ items: [{ qty: 1 }, { qty: "x" }] })));
      assert.match(error.message, /^invalid arguments: \$\.items\[1\]\.qty: ./);
      assert.equal(error.problems[0]?.path, "$.items[1].qty");
      assert.equal(error.sqlstate, "22023");
    });
  });
}

test("zod and arktype offer a JSON Schema, valibot by itself does not", () => {
  const schemaOf = (schema: StandardSchema<any, any>) => query(schema, () => 1)[HANDLER].args;
  assert.equal(schemaOf(valibot.object({ a: valibot.number() })), null);
  for (const schema of [z.object({ a: z.number() }), type({ a: "number" })]) {
    const document = schemaOf(schema);
    assert.equal(document?.["type"], "object");
    assert.deepStrictEqual(document?.["properties"], { a: { type: "number" } });
  }
});

test("what JSON Schema cannot say has none", () => {
  const handler = query({ args: z.object({ a: z.date() }), returns: z.date(), handler: () => new Date() });
  assert.equal(handler[HANDLER].args, null);
  assert.equal(handler[HANDLER].returns, null);
});

test("older validators offer toJSONSchema or toJsonSchema", () => {
  const base = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;
  const offers = [
    { ...base, toJSONSchema: () => ({ type: "null" }) },
    { ...base, toJsonSchema: () => ({ type: "null" }) },
    { "~standard": { ...base["~standard"], jsonSchema: { input: () => ({ type: "null" }) } } },
  ];
  for (const schema of offers) assert.deepStrictEqual(query(schema, () => 1)[HANDLER].args, { type: "null" });
  assert.equal(query(base, () => 1)[HANDLER].args, null);
});

describe("asynchronous validators", () => {
  const schema = z.object({ id: z.string().refine(async (id) => id !== "taken", "already taken") });
  const handler = mutation(schema, ({ id }) => `got ${id}`);

  test("make a promise of the result", async () => {
    assert.equal(await handler(contextWith({ id: "free" })), "got free");
  });

  test("reject it with our error", async () => {
    await assert.rejects(
      async () => handler(contextWith({ id: "taken" })),
      (error: Error) => error instanceof ValidationError && error.message === "invalid arguments: $.id: already taken",
    );
  });

  test("work for results too", async () => {
    const checked = query({ args: v.object({}), returns: schema, handler: () => ({ id: "taken" }) });
    await assert.rejects(
      async () => checked(contextWith(null)),
      (error: Error) => error.message === "invalid result: $.id: already taken",
    );
  });

  test("work in validate", async () => {
    assert.deepStrictEqual(await validate(schema, { id: "free" }), { id: "free" });
  });
});

test("more than ten issues of another library are cut too", () => {
  const error = rejection(() => validate(z.array(z.int()), Array(13).fill("x")));
  assert.equal(error.problems.length, 10);
  assert.match(error.detail, /\nand 3 more$/);
});

test("path segments may be objects and symbols", () => {
  const path = [{ key: "a b" }, 0, { key: Symbol("s") }];
  const schema = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "no", path }] }) } } as const;
  assert.equal(rejection(() => validate(schema, 1)).detail, '$["a b"][0]["Symbol(s)"]: no');
});

test("our validators are Standard Schemas", () => {
  const schema: StandardSchema<{ id?: number | undefined }, { id: number }> = v.object({ id: v.int().default(1) });
  const props = schema["~standard"];
  assert.equal(props.version, 1);
  assert.equal(props.vendor, "stopgap");
  assert.deepStrictEqual(props.validate({}), { value: { id: 1 } });
  assert.deepStrictEqual(props.validate({ id: "x" }), {
    issues: [{ message: 'expected integer, got string "x"', path: ["id"] }],
  });
  const { jsonSchema } = v.int()["~standard"];
  assert.equal(jsonSchema.input({ target: "draft-2020-12" })["type"], "integer");
  assert.throws(() => jsonSchema.output({ target: "draft-07" }), /draft-07 is not supported, only draft-2020-12/);
});
