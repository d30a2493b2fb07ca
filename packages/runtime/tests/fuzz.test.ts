/**
 * Random schemas against random values: validation ends in a value or in a ValidationError, nothing else; it is
 * repeatable, and what it gives passes again. The seed is fixed, so that a failure can be had again.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { v, validate, ValidationError, type AnySchema } from "../src/index.js";

/** Mulberry32: small, good enough, the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(20250101);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
const many = <T>(limit: number, make: () => T): T[] => Array.from({ length: Math.floor(random() * limit) }, make);

const keys = ["id", "name", "kind", "a b", "__proto__", "constructor", "toString", "", "0", "é", "then"];
const scalars: readonly unknown[] = [
  null, undefined, true, false, 0, -0, 1, 1.5, -7, NaN, Infinity, 2 ** 53, 1e300, 0n, 12n, 10n ** 40n,
  "", "a", "x".repeat(100), "😀", "\ud800", "\u0000", "12", "-3", "2024-02-29", "2024-02-29T00:00:00Z",
  "a@b.cd", "01234567-89ab-cdef-0123-456789abcdef", Symbol("s"), () => 1, new Date(0), new Date(NaN),
  new Map(), new Uint8Array(3), /x/g, new (class Point { x = 1; })(), Object.create(null), Object(1), Object("s"),
];

function randomValue(depth: number): unknown {
  const choice = random();
  if (depth === 0 || choice < 0.4) return pick(scalars);
  if (choice < 0.6) return many(5, () => randomValue(depth - 1));
  const entries = many(5, () => [pick(keys), randomValue(depth - 1)] as const);
  // fromEntries defines own keys, as JSON.parse does, __proto__ among them.
  return Object.fromEntries(entries);
}

const leaves: readonly (() => AnySchema)[] = [
  () => v.string(), () => v.string().min(1).max(20), () => v.string().pattern(/^[a-z]*$/g), () => v.uuid(),
  () => v.string().email(), () => v.date(), () => v.datetime(), () => v.timestamp(), () => v.number().min(0),
  () => v.int().positive(), () => v.bigint(), () => v.bigint().max(5n), () => v.boolean(), () => v.null(),
  () => v.literal("a"), () => v.enum(["a", "id", 1]), () => v.unknown(), () => v.any(),
];

function randomSchema(depth: number): AnySchema {
  if (depth === 0) return pick(leaves)();
  const inner = () => randomSchema(depth - 1);
  const shape = () => {
    const named = many(4, () => [pick(keys.filter((key) => key !== "__proto__")), inner()] as const);
    return v.object(Object.fromEntries(named));
  };
  return pick<() => AnySchema>([
    pick(leaves), shape, () => shape().strip(), () => shape().passthrough(), () => v.array(inner()).max(3),
    () => v.tuple([inner(), inner()]), () => v.record(v.string().max(5), inner()), () => inner().optional(),
    () => inner().nullable(), () => v.union([inner(), inner()]),
    () => inner().default(() => randomValue(1)), () => inner().refine((value) => value !== 1, "not 1"),
    () => v.union([v.object({ kind: v.literal("a"), id: inner() }), v.object({ kind: v.literal(1) })]),
  ])();
}

type Outcome = { readonly value: unknown } | { readonly error: ValidationError };

function outcomeOf(schema: AnySchema, value: unknown): Outcome {
  try {
    return { value: validate(schema, value) };
  } catch (error) {
    assert.ok(error instanceof ValidationError, `not a ValidationError: ${String(error)}`);
    return { error };
  }
}

test("20000 random pairs of schema and value", () => {
  let accepted = 0;
  let rejected = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const schema = randomSchema(3);
    const outcome = outcomeOf(schema, randomValue(3));
    if ("value" in outcome) {
      accepted += 1;
    } else {
      rejected += 1;
      const { message, detail, problems } = outcome.error;
      assert.ok(problems.length >= 1 && problems.length <= 10);
      assert.match(message, /^invalid value: \$/);
      assert.ok(message.length < 600 && detail.split("\n").length <= 11, message);
      assert.ok(!/\p{Surrogate}|\0/u.test(message), "not text for PostgreSQL");
    }
    assert.doesNotThrow(() => JSON.stringify([schema.jsonSchema(), schema.jsonSchema("output")]));
  }
  assert.ok(accepted > 1000 && rejected > 1000, `${accepted} accepted, ${rejected} rejected`);
  assert.equal(Object.keys(Object.prototype).length, 0);
  assert.equal(({} as Record<string, unknown>)["id"], undefined);
});

test("what validation gives passes again, unchanged", () => {
  let again = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const schema = v.object({ a: pick(leaves)(), b: v.array(pick(leaves)()).default([]), c: pick(leaves)().optional() });
    const outcome = outcomeOf(schema, { a: pick(scalars), b: many(3, () => pick(scalars)), c: pick(scalars) });
    if ("error" in outcome) continue;
    assert.deepStrictEqual(validate(schema, outcome.value), outcome.value);
    again += 1;
  }
  assert.ok(again > 100, `${again} passed`);
});
