/** Who buys. */

import { isPgError, mutation, query, v } from "@stopgap/runtime";
import { findUser } from "./lib/accounts";
import { slugify } from "./lib/slug";

const Country = v.string().pattern(/^[A-Z]{2}$/, "a country code of two letters");

const PublicUser = v.object({ name: v.string(), slug: v.string(), country: v.string() }).strip();

/** One user. What is not public, such as the id, is left out by the schema of the result. */
export const get = query({
  args: v.object({ slug: v.string() }),
  returns: PublicUser,
  handler: ({ slug }, ctx) => findUser(ctx, slug),
});

/** A new user; `created` is false if there is one with this slug already. */
export const create = mutation(
  v.object({ name: v.string().min(1).max(80), country: Country.default("GB") }),
  async ({ name, country }, ctx) => {
    const slug = slugify(name);
    try {
      await ctx.db.exec("insert into hello.users (name, slug, country) values ($1, $2, $3)", [name, slug, country]);
    } catch (error) {
      if (isPgError(error, "23505")) return { slug, created: false };
      throw error;
    }
    return { slug, created: true };
  },
);
