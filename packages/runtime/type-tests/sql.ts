/**
 * What the compiler infers from SQL signatures.
 */

import { mutation, query, v, type ArgsOf, type ResultOf, type SqlValue } from "../src/index.js";
import type { Equal, Expect } from "./expect.js";

const one = query({
  sql: { args: { id: "bigint", tags: { type: "text[]", default: "{}" }, at: "timestamptz" }, returns: "app.item" },
  handler: ({ id, tags, at }) => {
    type Seen = [
      Expect<Equal<typeof id, bigint | null>>,
      Expect<Equal<typeof tags, (string | null)[] | null>>,
      Expect<Equal<typeof at, Date | null>>,
    ];
    return { id } as { id: typeof id; readonly seen?: Seen };
  },
});

const strict = mutation({
  sql: { args: { a: "int", b: "numeric(10,2)", c: "app.status" }, returns: "int", strict: true },
  handler: ({ a, b, c }) => {
    type Seen = [Expect<Equal<typeof a, number>>, Expect<Equal<typeof b, string>>, Expect<Equal<typeof c, unknown>>];
    return (a + b.length) as number & { readonly seen?: Seen };
  },
});

const validated = query({
  args: v.object({ id: v.int() }),
  sql: { args: { id: "int" }, returns: "setof int" },
  handler: ({ id }) => [id],
});

const rows = query({
  sql: { args: {}, returns: [{ id: "int", name: "text" }] },
  handler: function* () {
    yield { id: 1, name: "a" };
  },
});

const nothing = mutation({ sql: { returns: "void" }, handler: () => undefined });

export type Signatures = [
  Expect<Equal<ArgsOf<typeof strict>, { a: number; b: string; c: unknown }>>,
  Expect<Equal<ArgsOf<typeof validated>, { id: number }>>,
  Expect<ResultOf<typeof validated> extends Iterable<number> ? true : false>,
  Expect<ReturnType<typeof rows> extends Iterable<{ id: number; name: string }> ? true : false>,
  Expect<Equal<ReturnType<typeof nothing>, undefined>>,
  Expect<Equal<SqlValue<"int[]">, (number | null)[]>>,
  Expect<typeof one extends (...args: never) => unknown ? true : false>,
];

// @ts-expect-error: text is no number
query({ sql: { returns: "int" }, handler: () => "1" });
// @ts-expect-error: a set is not one value
query({ sql: { returns: "setof int" }, handler: () => 1 });
// @ts-expect-error: a column of another type
query({ sql: { returns: [{ id: "int", name: "text" }] }, handler: () => [{ id: "1", name: "a" }] });
// @ts-expect-error: a signature says what it gives
query({ sql: { args: { id: "int" } }, handler: () => 1 });
// @ts-expect-error: a parameter has a type
query({ sql: { args: { id: { default: 1 } }, returns: "int" }, handler: () => 1 });
