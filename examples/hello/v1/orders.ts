/** What they buy. */

import { mutation, query, v, type Infer } from "@stopgap/runtime";
import { findUser } from "./lib/accounts";
import { articles, Sku } from "./lib/articles";

const Item = v.object({ sku: Sku, quantity: v.int().min(1).max(99).default(1) });

/** The price of an article; the validator of its SKU has seen that it exists. */
function priceOf({ sku }: Infer<typeof Item>): string {
  const article = articles[sku];
  if (article === undefined) throw new RangeError(`no article "${sku}"`);
  return article.price;
}

/** A new order of one to ten items, at the prices of today. */
export const place = mutation(
  v.object({ user: v.string(), items: v.array(Item).min(1).max(10) }),
  async ({ user, items }, ctx) => {
    const buyer = await findUser(ctx, user);
    const { id } = await ctx.db.one<{ id: bigint }>("insert into hello.orders (user_id) values ($1) returning id", [
      buyer.id,
    ]);
    for (const [index, item] of items.entries()) {
      await ctx.db.exec(
        "insert into hello.order_items (order_id, position, sku, quantity, unit_price) values ($1, $2, $3, $4, $5)",
        [id, index + 1, item.sku, item.quantity, priceOf(item)],
      );
    }
    const { total } = await ctx.db.one<{ total: string }>(
      "select sum(quantity * unit_price) as total from hello.order_items where order_id = $1",
      [id],
    );
    return { id, total };
  },
);

/** How much a user has ordered. */
export const summary = query(v.object({ user: v.string() }), async ({ user }, ctx) => {
  const { id } = await findUser(ctx, user);
  return ctx.db.one<{ orders: bigint; total: string }>(
    `select count(distinct o.id) as orders,
            coalesce(sum(i.quantity * i.unit_price), 0.00) as total
       from hello.orders o
       join hello.order_items i on i.order_id = o.id
      where o.user_id = $1`,
    [id],
  );
});
