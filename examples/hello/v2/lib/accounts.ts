/** Finds the user that a call is about. */

import type { Ctx } from "@stopgap/runtime";

/** A row of `hello.users`. */
export interface User {
  readonly id: bigint;
  readonly name: string;
  readonly slug: string;
  readonly country: string;
}

/** The user with this slug. Nobody is an error, SQLSTATE P0002. */
export async function findUser(ctx: Ctx, slug: string): Promise<User> {
  const user = await ctx.db.maybeOne<User>("select id, name, slug, country from hello.users where slug = $1", [slug]);
  if (user === null) throw Object.assign(new Error(`no user "${slug}"`), { sqlstate: "P0002" });
  return user;
}
