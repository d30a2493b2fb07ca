/** The catalog: its data with a type, and the validator of a SKU. */

import { v } from "@stopgap/runtime";
import data from "../data/articles.json";

/** An article. The price is a decimal, as PostgreSQL's numeric is. */
export interface Article {
  readonly title: string;
  readonly price: string;
}

/** The articles by SKU. */
export const articles: Readonly<Record<string, Article>> = data;

/** The SKU of an article that exists. */
export const Sku = v.string().refine((sku) => Object.hasOwn(articles, sku), "no such article");
