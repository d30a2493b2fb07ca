/**
 * What the compiler infers from handlers and knows of `ctx`.
 */

import { type } from "arktype";
import * as valibot from "valibot";
import { z } from "zod";
import {
  isPgError,
  mutation,
  query,
  v,
  type ArgsOf,
  type Ctx,
  type ExecResult,
  type Handler,
  type ResultOf,
  type Row,
  type Sql,
} from "../src/index.js";
import type { Equal, Expect } from "./expect.js";

const args = v.object({ id: v.bigint(), limit: v.int().default(5) });

const later = query(args, async ({ id, limit }, ctx) => {
  type Seen = [Expect<Equal<typeof id, bigint>>, Expect<Equal<typeof limit, number>>, Expect<Equal<typeof ctx, Ctx>>];
  const rows = await ctx.db.query<{ name: string }>("select name from app.users where id = $1", [id]);
  return rows as typeof rows & { readonly seen?: Seen };
});
const now = mutation(args, ({ limit }) => limit);
const checked = query({
  args,
  returns: v.object({ id: v.bigint() }).strip(),
  handler: async ({ id }) => ({ id, secret: "x" }),
});
const named = mutation({ args, handler: ({ id }) => [id] });

export type Handlers = [
  Expect<Equal<ArgsOf<typeof later>, { id: bigint | number | string; limit?: number | undefined }>>,
  Expect<Equal<ResultOf<typeof now>, number>>,
  Expect<Equal<ReturnType<typeof now>, number>>,
  Expect<Equal<ReturnType<typeof checked>, Promise<{ id: bigint }>>>,
  Expect<Equal<ResultOf<typeof checked>, { id: bigint }>>,
  Expect<Equal<ResultOf<typeof named>, bigint[]>>,
  Expect<Equal<(typeof now) extends Handler ? true : false, true>>,
];

const withZod = query(z.object({ id: z.number().default(1) }), ({ id }) => id);
const withValibot = query(valibot.object({ id: valibot.optional(valibot.number(), 1) }), ({ id }) => id);
const withArktype = query(type({ id: "number = 1" }), ({ id }) => id);

export type Libraries = [
  Expect<Equal<ArgsOf<typeof withZod>, { id?: number | undefined }>>,
  Expect<Equal<ResultOf<typeof withZod>, number>>,
  Expect<Equal<ReturnType<typeof withZod>, number | Promise<number>>>,
  Expect<Equal<ArgsOf<typeof withValibot>, { id?: number | undefined }>>,
  Expect<Equal<ResultOf<typeof withValibot>, number>>,
  Expect<Equal<ArgsOf<typeof withArktype>, { id?: number }>>,
  Expect<Equal<ResultOf<typeof withArktype>, number>>,
];

/** Everything that `ctx` offers. */
export async function context(ctx: Ctx): Promise<void> {
  const statement = ctx.db.sql`select ${1}`;
  const rows = await ctx.db.query(statement);
  const row = await ctx.db.maybeOne<{ id: bigint }>({ sql: "select 1", params: [] });
  const one = ctx.db.sync.one<{ id: bigint }>({ toSQL: () => ({ sql: "select 1", params: [] }) });
  const nested = ctx.db.sync.sql`select * from (${statement}) s`;
  const { rowCount } = await ctx.db.exec("delete from app.users");
  const saved = await ctx.db.savepoint(async () => 5);
  const cursor = ctx.db.cursor<{ id: number }>("select id from app.users where id > $1", [1], { fetchSize: 100 });
  for await (const { id } of cursor) id satisfies number;
  const portion = await ctx.db.cursor(statement, { scroll: true }).fetch(-1);
  for (const { id } of ctx.db.sync.cursor<{ id: bigint }>("select 1")) id satisfies bigint;
  const [first] = await ctx.db.batch(["select 1", ["select $1", [1]], statement, { toSQL: () => statement }]);
  const inserted = ctx.db.sync.insert(["app", "users"], [{ id: 1 }], { columns: ["id"], chunk: 10 });
  const called = await ctx.db.call<number>("app.add", { a: 1 });
  const literal = ctx.db.quote.literal("it's");
  const maybe = ctx.db.quote.literal(null);
  await ctx.db.commit();
  ctx.db.sync.rollback() satisfies void;
  type Seen = [
    Expect<Equal<typeof statement, Sql>>,
    Expect<Equal<typeof nested, Sql>>,
    Expect<Equal<typeof rows, Row[]>>,
    Expect<Equal<typeof ctx.db.mode, "ro" | "rw">>,
    Expect<Equal<typeof row, { id: bigint } | null>>,
    Expect<Equal<typeof one, { id: bigint }>>,
    Expect<Equal<typeof rowCount, number>>,
    Expect<Equal<typeof saved, number>>,
    Expect<Equal<typeof portion, Row[]>>,
    Expect<Equal<typeof first, ExecResult | undefined>>,
    Expect<Equal<typeof inserted, number>>,
    Expect<Equal<typeof called, number>>,
    Expect<Equal<typeof literal, string>>,
    Expect<Equal<typeof maybe, string | null>>,
    Expect<Equal<typeof ctx.env, string | null>>,
    Expect<Equal<typeof ctx.now, Date>>,
  ];
  ctx.log.notice(`${ctx.user.current} in ${ctx.fn.schema}` satisfies string as string & { readonly seen?: Seen });
  // @ts-expect-error: parameters come in an array
  await ctx.db.query("select $1", 5);
  // @ts-expect-error: a statement object has its own parameters
  await ctx.db.query({ sql: "select $1" }, [5]);
  // @ts-expect-error: there is no such option
  ctx.db.cursor("select 1", [], { size: 5 });
  // @ts-expect-error: a table has a name
  await ctx.db.insert(5, []);
  // @ts-expect-error: arguments are an array or an object
  await ctx.db.call("f", 5);
  // @ts-expect-error: a name is a string
  ctx.db.quote.ident(null);
  // @ts-expect-error: ctx is read-only
  ctx.env = "prod";
}

/** A caught error is known by its SQLSTATE. */
export function constraintOf(error: unknown): string | undefined {
  return isPgError(error, "23505") ? error.constraint : undefined;
}

// @ts-expect-error: a schema is needed
query(42);
// @ts-expect-error: the arguments come first
query(() => 1);
// @ts-expect-error: a handler is needed
query(args);
// @ts-expect-error: the result must fit what was declared
query({ args, returns: v.object({ id: v.int() }), handler: () => ({ id: "x" }) });
// @ts-expect-error: there is no such argument
query(args, ({ nothing }) => nothing);
