/**
 * `query` and `mutation`: the brand, the arguments, the result.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HANDLER, mutation, query, v, ValidationError } from "../src/index.js";
import { contextWith } from "./context.js";
import { rejection } from "./rejection.js";

describe("the brand", () => {
  const handler = query(v.object({ id: v.int() }), ({ id }) => id);

  test("is under a registered symbol, frozen and hidden", () => {
    assert.equal(HANDLER, Symbol.for("stopgap.handler"));
    const descriptor = Object.getOwnPropertyDescriptor(handler, HANDLER);
    assert.equal(descriptor?.enumerable, false);
    assert.equal(descriptor?.writable, false);
    assert.equal(descriptor?.configurable, false);
    assert.ok(Object.isFrozen(handler[HANDLER]));
    assert.deepStrictEqual(Object.keys(handler[HANDLER]), ["abi", "kind", "args", "returns"]);
  });

  test("says what the handler is", () => {
    const record = handler[HANDLER];
    assert.equal(record.abi, 1);
    assert.equal(record.kind, "query");
    assert.equal(record.returns, null);
    assert.deepStrictEqual(JSON.parse(JSON.stringify(record.args)), {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { id: { type: "integer" } },
      required: ["id"],
      additionalProperties: false,
    });
    assert.equal(mutation(v.object({}), () => 1)[HANDLER].kind, "mutation");
  });

  test("computes the schemas when they are first read, and once", () => {
    let asked = 0;
    const validator = {
      "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
      toJSONSchema: () => ({ asked: (asked += 1) }),
    } as const;
    const lazy = query({ args: validator, returns: validator, handler: () => 1 });
    assert.equal(asked, 0);
    assert.deepStrictEqual(lazy[HANDLER].args, { asked: 1 });
    assert.equal(lazy[HANDLER].args, lazy[HANDLER].args);
    assert.deepStrictEqual(lazy[HANDLER].returns, { asked: 2 });
  });
});

describe("arguments", () => {
  const handler = query(
    v.object({ limit: v.int().default(10), after: v.bigint().optional() }),
    (args, ctx) => ({ args, same: ctx.args }),
  );

  test("the handler gets the validated values, and ctx keeps what came", () => {
    const raw = { after: "12" };
    const result = handler(contextWith(raw));
    assert.deepStrictEqual(result.args, { limit: 10, after: 12n });
    assert.equal(result.same, raw);
  });

  test("null and nothing are an empty object", () => {
    assert.deepStrictEqual(handler(contextWith(null)).args, { limit: 10 });
    assert.deepStrictEqual(handler(contextWith(undefined)).args, { limit: 10 });
  });

  test("false and 0 are not", () => {
    assert.equal(
      rejection(() => handler(contextWith(0))).message,
      "invalid arguments: $: expected object, got number 0",
    );
  });

  test("what is wrong is an error of SQLSTATE 22023, thrown at once", () => {
    const error = rejection(() => handler(contextWith({ limit: "x" })));
    assert.equal(error.message, 'invalid arguments: $.limit: expected integer, got string "x"');
    assert.equal(error.subject, "arguments");
    assert.ok(Object.hasOwn(error, "sqlstate") && Object.hasOwn(error, "detail"));
    assert.equal(error.sqlstate, "22023");
  });

  test("a rejected call does not reach the function", () => {
    let called = false;
    const guarded = mutation(v.object({}), () => {
      called = true;
    });
    rejection(() => guarded(contextWith({ a: 1 })));
    assert.equal(called, false);
  });
});

describe("results", () => {
  test("a synchronous result comes as it is, without a promise", () => {
    const result = {};
    assert.equal(query(v.object({}), () => result)(contextWith(null)), result);
  });

  test("a promise is passed on, and is the same one", () => {
    const promise = Promise.resolve(1);
    assert.equal(query(v.object({}), () => promise)(contextWith(null)), promise);
  });

  test("errors of the function pass through unchanged", async () => {
    const error = new Error("mine");
    const fail = (): never => {
      throw error;
    };
    assert.throws(() => query(v.object({}), fail)(contextWith(null)), (thrown) => thrown === error);
    const later = query({ args: v.object({}), returns: v.int(), handler: () => Promise.reject<number>(error) });
    await assert.rejects(later(contextWith(null)), (thrown) => thrown === error);
  });

  const returns = v.object({ id: v.int() }).strip();

  test("a declared result is validated, and what validation gives is returned", async () => {
    const row = { id: 1, secret: "x" };
    assert.deepStrictEqual(query({ args: v.object({}), returns, handler: () => row })(contextWith(null)), { id: 1 });
    const later = query({ args: v.object({}), returns, handler: async () => row })(contextWith(null));
    assert.ok(later instanceof Promise);
    assert.deepStrictEqual(await later, { id: 1 });
  });

  test("a wrong result is an error", async () => {
    const wrong = { id: "1" } as unknown as { id: number };
    const error = rejection(() => query({ args: v.object({}), returns, handler: () => wrong })(contextWith(null)));
    assert.equal(error.message, 'invalid result: $.id: expected integer, got string "1"');
    assert.equal(error.sqlstate, "22023");
    await assert.rejects(
      query({ args: v.object({}), returns, handler: async () => wrong })(contextWith(null)),
      (thrown: Error) => thrown instanceof ValidationError && thrown.subject === "result",
    );
  });
});

describe("misuse", () => {
  const loose = query as (...args: unknown[]) => unknown;
  const schema = v.object({});
  const mistakes: readonly (readonly [string, readonly unknown[], RegExp])[] = [
    ["a number", [42], /^query: the first argument must be a schema .*, not number 42$/],
    ["nothing", [], /^query: the first argument must be a schema .*, not nothing$/],
    ["null", [null], /not null$/],
    ["only a function", [() => 1], /not function; for a handler without arguments, write query\(v\.object\(\{\}\), handler\)$/],
    ["no handler", [schema], /^query: the handler must be a function, not nothing; use query\(schema, handler\) or/],
    ["a shape in place of a schema", [{ id: v.int() }, () => 1], /^query: the first argument must be a schema/],
    ["a definition without handler", [{ args: schema }], /^query: handler must be a function, not nothing$/],
    ["a definition without args", [{ handler: () => 1 }], /^query: args must be a schema .*, not nothing$/],
    ["wrong returns", [{ args: schema, returns: 5, handler: () => 1 }], /^query: returns must be a schema .*, not number 5$/],
    ["a misspelt option", [{ args: schema, return: schema, handler: () => 1 }], /^query: unknown option "return"/],
    ["a definition and more", [{ args: schema, handler: () => 1 }, () => 1], /^query: a definition comes alone/],
  ];
  for (const [name, args, message] of mistakes) {
    test(name, () =>
      assert.throws(
        () => loose(...args),
        (error: Error) => error instanceof TypeError && message.test(error.message),
      ),
    );
  }

  test("a handler without ctx", () => {
    const handler = mutation(schema, () => 1) as (...args: unknown[]) => unknown;
    assert.throws(() => handler(), /^TypeError: a mutation handler is called with the ctx that the database passes, not nothing$/);
  });
});
