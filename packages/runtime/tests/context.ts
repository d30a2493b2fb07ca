/**
 * A `ctx` with chosen arguments, for handlers that use nothing else of it.
 */

import type { Ctx } from "../src/index.js";

/** A context whose database refuses everything. */
export function contextWith(args: unknown): Ctx {
  const refuse = (): never => {
    throw new Error("no database here");
  };
  const statements = {
    mode: "ro",
    quote: { literal: refuse, ident: refuse, nullable: refuse },
    sql: refuse,
    query: refuse,
    exec: refuse,
    one: refuse,
    maybeOne: refuse,
    cursor: refuse,
    savepoint: refuse,
    batch: refuse,
    insert: refuse,
    call: refuse,
    commit: refuse,
    rollback: refuse,
  } as const;
  return {
    db: { ...statements, sync: statements },
    args,
    fn: { oid: 1, schema: "app", name: "f" },
    now: new Date(0),
    env: null,
    user: { current: "app_user", session: "app_user" },
    log: { debug: refuse, info: refuse, notice: refuse, warn: refuse, error: refuse },
  };
}
