import assert from "node:assert/strict";
import { test } from "node:test";
import { HANDLER, mutation, query, v, type Ctx } from "../src/index.js";

const record = (sql: unknown) => query({ sql: sql as { returns: string }, handler: () => null as never })[HANDLER].sql;

test("a declaration becomes what the database reads", () => {
  assert.deepEqual(
    record({
      args: {
        id: "int",
        tags: { type: "text[]", default: "{}" },
        price: { type: "numeric", default: 1.5 },
        note: { type: "text", default: null },
        data: { type: "jsonb", default: { a: [1] } },
        rest: { type: "int[]", variadic: true },
      },
      returns: "setof app.item",
    }),
    {
      args: [
        { name: "id", type: "int" },
        { name: "tags", type: "text[]", default: "{}" },
        { name: "price", type: "numeric", default: "1.5" },
        { name: "note", type: "text", default: null },
        { name: "data", type: "jsonb", default: '{"a":[1]}' },
        { name: "rest", type: "int[]", variadic: true },
      ],
      returns: { type: "app.item", set: true },
      strict: false,
    },
  );
  assert.deepEqual(record({ returns: { a: "int", b: "text" }, strict: true }), {
    args: [],
    returns: { columns: [{ name: "a", type: "int" }, { name: "b", type: "text" }], set: false },
    strict: true,
  });
  assert.deepEqual(record({ returns: [{ a: "int" }] })?.returns, { columns: [{ name: "a", type: "int" }], set: true });
});

test("a handler without a declaration says nothing of one", () => {
  assert.equal("sql" in query(v.any(), () => 1)[HANDLER], false);
});

test("arguments come as they are, or validated when there is a schema", () => {
  const plain = mutation({ sql: { args: { id: "int" }, returns: "int" }, handler: ({ id }) => id });
  assert.equal(plain({ args: { id: 5 } } as Ctx), 5);
  const validated = mutation({
    args: v.object({ id: v.int().positive() }),
    sql: { args: { id: "int" }, returns: "int" },
    handler: ({ id }) => id,
  });
  assert.equal(validated({ args: { id: 5 } } as Ctx), 5);
  assert.throws(() => validated({ args: { id: null } } as unknown as Ctx), { sqlstate: "22023" });
});

test("what is no declaration is refused, and said where", () => {
  const refused: [unknown, RegExp][] = [
    [5, /query: sql must be an object, not number/],
    [{}, /sql\.returns must be the name of a SQL type, not nothing/],
    [{ returns: "int", volatile: true }, /sql: unknown option "volatile"/],
    [{ returns: "int", args: ["int"] }, /sql\.args must be an object/],
    [{ returns: "int", args: { "1": "int" } }, /"1" cannot be a name/],
    [{ returns: "int", args: { id: 5 } }, /sql\.args\.id must be the name of a SQL type/],
    [{ returns: "int", args: { id: { type: "int", nullable: true } } }, /sql\.args\.id: unknown option "nullable"/],
    [{ returns: [{ a: 5 }] }, /sql\.returns\.a must be the name of a SQL type/],
  ];
  for (const [sql, message] of refused) assert.throws(() => record(sql), message);
});
