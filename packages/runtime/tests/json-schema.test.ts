/**
 * The JSON Schema of each validator, on both sides where they differ.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { v, type AnySchema, type JsonSchema } from "../src/index.js";

const decimal = { anyOf: [{ type: "integer" }, { type: "string", pattern: "^-?\\d{1,1000}$" }] };

const snapshots: readonly (readonly [AnySchema, JsonSchema, JsonSchema?])[] = [
  [v.string(), { type: "string" }],
  [v.string().min(1).max(5), { type: "string", minLength: 1, maxLength: 5 }],
  [v.string().length(2), { type: "string", minLength: 2, maxLength: 2 }],
  [v.string().min(1).min(2), { type: "string", minLength: 1, allOf: [{ minLength: 2 }] }],
  [v.string().pattern(/^a/), { type: "string", pattern: "^a" }],
  [v.string().pattern(/^a/i), { type: "string" }],
  [v.string().email(), { type: "string", format: "email" }],
  [v.uuid(), { type: "string", format: "uuid" }],
  [v.date(), { type: "string", format: "date" }],
  [v.datetime(), { type: "string", format: "date-time" }],
  [v.timestamp(), { type: "string", format: "date-time" }],
  [v.number().min(0).max(1.5), { type: "number", minimum: 0, maximum: 1.5 }],
  [v.int().positive(), { type: "integer", exclusiveMinimum: 0 }],
  [v.int().nonnegative(), { type: "integer", minimum: 0 }],
  [v.bigint(), decimal, { type: "integer" }],
  [v.bigint().min(1n).max(2n ** 63n), { ...decimal, minimum: 1 }, { type: "integer", minimum: 1 }],
  [v.bigint().positive().default(7n), { ...decimal, exclusiveMinimum: 0, default: 7 }, { type: "integer", exclusiveMinimum: 0, default: 7 }],
  [v.bigint().default(2n ** 63n), { ...decimal, default: "9223372036854775808" }, { type: "integer", default: "9223372036854775808" }],
  [v.boolean(), { type: "boolean" }],
  [v.null(), { const: null }],
  [v.literal("a"), { const: "a" }],
  [v.enum(["a", 1]), { enum: ["a", 1] }],
  [v.unknown(), {}],
  [v.any().describe("whatever"), { description: "whatever" }],
  [v.array(v.int()).min(1).max(3), { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 3 }],
  [
    v.tuple([v.int(), v.string()]),
    { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], minItems: 2, maxItems: 2 },
  ],
  [v.record(v.uuid(), v.int()), {
    type: "object",
    propertyNames: { type: "string", format: "uuid" },
    additionalProperties: { type: "integer" },
  }],
  [v.object({}), { type: "object", properties: {}, additionalProperties: false }],
  [
    v.object({ a: v.int(), b: v.string().optional(), c: v.int().default(3) }),
    {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "string" }, c: { type: "integer", default: 3 } },
      required: ["a"],
      additionalProperties: false,
    },
    {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "string" }, c: { type: "integer", default: 3 } },
      required: ["a", "c"],
      additionalProperties: false,
    },
  ],
  [
    v.object({ a: v.int() }).strip(),
    { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
    { type: "object", properties: { a: { type: "integer" } }, required: ["a"], additionalProperties: false },
  ],
  [v.object({ a: v.int() }).passthrough(), { type: "object", properties: { a: { type: "integer" } }, required: ["a"] }],
  [v.string().nullable(), { anyOf: [{ type: "string" }, { type: "null" }] }],
  [v.union([v.string(), v.int()]), { anyOf: [{ type: "string" }, { type: "integer" }] }],
  [v.array(v.string()).default(() => []), { type: "array", items: { type: "string" } }],
  [v.int().refine((n) => n % 2 === 0, "must be even"), { type: "integer" }],
];

for (const [schema, input, output = input] of snapshots) {
  test(JSON.stringify(input).slice(0, 70), () => {
    const $schema = "https://json-schema.org/draft/2020-12/schema";
    assert.deepStrictEqual(JSON.parse(JSON.stringify(schema.jsonSchema())), { $schema, ...input });
    assert.deepStrictEqual(JSON.parse(JSON.stringify(schema.jsonSchema("output"))), { $schema, ...output });
  });
}

test("a key that objects inherit is a property like any other", () => {
  const { properties } = v.object({ toString: v.int(), constructor: v.int() }).jsonSchema();
  assert.deepStrictEqual(Object.keys(properties as object), ["toString", "constructor"]);
});
