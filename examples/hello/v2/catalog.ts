/** What the shop sells. The catalog is data in the release, not in a table. */

import { query, v } from "@stopgap/runtime";
import { articles } from "./lib/articles";

/** All articles, by SKU. */
export const list = query(v.object({}), () =>
  Object.entries(articles).map(([sku, { title, price }]) => ({ sku, title, price })),
);
