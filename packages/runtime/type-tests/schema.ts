/**
 * What the compiler infers from validators.
 */

import { v, validate, type Infer, type InferInput, type StandardSchema } from "../src/index.js";
import type { Equal, Expect } from "./expect.js";

const everything = v.object({
  text: v.string().min(1),
  count: v.int().default(1),
  big: v.bigint(),
  note: v.string().optional(),
  gone: v.date().nullable(),
  kind: v.enum(["a", "b"]),
  fixed: v.literal(5),
  list: v.array(v.object({ id: v.int() })),
  pair: v.tuple([v.int(), v.string()]),
  either: v.union([v.string(), v.boolean()]),
  map: v.record(v.string(), v.number()),
  some: v.record(v.enum(["x", "y"]), v.number()),
  at: v.timestamp(),
  nothing: v.null(),
  raw: v.unknown(),
  loose: v.any(),
  maybe: v.unknown().optional(),
  both: v.int().nullable().optional(),
});

type Output = Infer<typeof everything>;
type Input = InferInput<typeof everything>;

export type Inferred = [
  Expect<Equal<Output["text"], string>>,
  Expect<Equal<Output["count"], number>>,
  Expect<Equal<Input["count"], number | undefined>>,
  Expect<Equal<Output["big"], bigint>>,
  Expect<Equal<Input["big"], bigint | number | string>>,
  Expect<Equal<Output["gone"], string | null>>,
  Expect<Equal<Output["kind"], "a" | "b">>,
  Expect<Equal<Output["fixed"], 5>>,
  Expect<Equal<Output["list"], { id: number }[]>>,
  Expect<Equal<Output["pair"], [number, string]>>,
  Expect<Equal<Output["either"], string | boolean>>,
  Expect<Equal<Output["map"], Record<string, number>>>,
  Expect<Equal<Output["some"], Partial<Record<"x" | "y", number>>>>,
  Expect<Equal<Output["at"], Date>>,
  Expect<Equal<Input["at"], Date | string>>,
  Expect<Equal<Output["nothing"], null>>,
  Expect<Equal<Output["raw"], unknown>>,
  Expect<Equal<Output["loose"], any>>,
];

const small = v.object({ a: v.int(), b: v.string().optional(), c: v.int().default(2) });

export type Keys = [
  Expect<Equal<Infer<typeof small>, { a: number; c: number; b?: string }>>,
  Expect<Equal<InferInput<typeof small>, { a: number; b?: string | undefined; c?: number | undefined }>>,
  Expect<Equal<undefined extends Output["both"] ? true : false, true>>,
  Expect<Equal<Infer<ReturnType<typeof small.passthrough>>["anything"], unknown>>,
  Expect<Equal<Infer<ReturnType<typeof small.strip>>, Infer<typeof small>>>,
];

const size = v.union([
  v.object({ kind: v.literal("px"), px: v.int() }),
  v.object({ kind: v.literal("name"), name: v.string() }),
]);

/** A union of objects narrows by its literal. */
export function width(value: Infer<typeof size>): number | string {
  return value.kind === "px" ? value.px : value.name;
}

const checked = validate(small, {});
export type Checked = Expect<Equal<typeof checked, Infer<typeof small>>>;

/** Ours are Standard Schemas. */
export const standard: StandardSchema<{ a: number }, { a: number }> = v.object({ a: v.int() });

/** Rules keep the kind of schema: methods go on after them. */
export const chained = v.string().refine((text) => text !== "", "empty").min(1).describe("a name").max(5);

// @ts-expect-error: a default must fit
v.int().default("x");
// @ts-expect-error: a shape is made of schemas
v.object({ a: 5 });
// @ts-expect-error: a condition sees the output
v.bigint().refine((value: string) => value !== "", "never");
// @ts-expect-error: numbers have no length
v.number().length(5);
// @ts-expect-error: an optional text may be missing
export const text: string = ({} as Infer<typeof small>).b;
// @ts-expect-error: there is no such key
export const none = ({} as Infer<typeof small>).d;
// @ts-expect-error: transforms are not part of v
v.string().transform((value: string) => value.length);
