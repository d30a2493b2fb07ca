/**
 * What each validator accepts and gives, and what it says of what it rejects.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { v, validate, type AnySchema } from "../src/index.js";
import { problemsOf, rejection } from "./rejection.js";

interface Case {
  readonly name: string;
  readonly schema: AnySchema;
  /** Values that pass unchanged, or pairs of a value and what it becomes. */
  readonly accepts?: readonly unknown[];
  readonly becomes?: readonly (readonly [unknown, unknown])[];
  /** Values and the lines of DETAIL. */
  readonly rejects: readonly (readonly [unknown, ...string[]])[];
}

const cases: readonly Case[] = [
  {
    name: "string",
    schema: v.string(),
    accepts: ["", "x", "\u0000"],
    rejects: [
      [1, "$: expected string, got number 1"],
      [null, "$: expected string, got null"],
      [undefined, "$: expected string, got nothing"],
    ],
  },
  {
    name: "string lengths are in characters",
    schema: v.string().min(2).max(3),
    accepts: ["ab", "abc", "😀😀", "😀😀😀"],
    rejects: [
      ["😀", '$: expected at least 2 characters, got string "😀"'],
      ["abcd", '$: expected at most 3 characters, got string "abcd"'],
    ],
  },
  {
    name: "string of one length",
    schema: v.string().length(1),
    accepts: ["a", "😀"],
    rejects: [["ab", '$: expected exactly 1 character, got string "ab"']],
  },
  {
    name: "pattern, without the memory of the flag g",
    schema: v.array(v.string().pattern(/^[a-z]+$/g)),
    accepts: [["abc", "abc", "abc"]],
    rejects: [[["ABC"], '$[0]: expected string matching /^[a-z]+$/g, got string "ABC"']],
  },
  {
    name: "pattern with a name",
    schema: v.string().pattern(/^[a-z-]+$/, "a slug"),
    accepts: ["a-b"],
    rejects: [["A", '$: expected a slug, got string "A"']],
  },
  {
    name: "uuid",
    schema: v.uuid(),
    accepts: ["01234567-89ab-cdef-0123-456789abcdef", "01234567-89AB-CDEF-0123-456789ABCDEF"],
    rejects: [["0123456789abcdef0123456789abcdef", '$: expected UUID, got string "0123456789abcdef0123456789abcdef"']],
  },
  {
    name: "email",
    schema: v.string().email(),
    accepts: ["a@b.c", "first.last+tag@mail.example.org"],
    rejects: [
      ["a@b", '$: expected e-mail address, got string "a@b"'],
      ["a b@c.d", '$: expected e-mail address, got string "a b@c.d"'],
      ["a@b..c", '$: expected e-mail address, got string "a@b..c"'],
    ],
  },
  {
    name: "date",
    schema: v.date(),
    accepts: ["2024-02-29", "2000-02-29", "0000-02-29", "1999-12-31"],
    rejects: [
      ["2023-02-29", '$: expected ISO 8601 date, got string "2023-02-29"'],
      ["1900-02-29", '$: expected ISO 8601 date, got string "1900-02-29"'],
      ["2024-13-01", '$: expected ISO 8601 date, got string "2024-13-01"'],
      ["2024-00-01", '$: expected ISO 8601 date, got string "2024-00-01"'],
      ["2024-01-00", '$: expected ISO 8601 date, got string "2024-01-00"'],
      ["2024-1-1", '$: expected ISO 8601 date, got string "2024-1-1"'],
    ],
  },
  {
    name: "datetime",
    schema: v.datetime(),
    accepts: ["2024-02-29T12:00:00Z", "2024-02-29T23:59:59.123456+05:30"],
    rejects: [
      ["2024-02-29T12:00:00", '$: expected ISO 8601 date and time with zone, got string "2024-02-29T12:00:00"'],
      ["2024-02-30T12:00:00Z", '$: expected ISO 8601 date and time with zone, got string "2024-02-30T12:00:00Z"'],
      ["2024-02-29T24:00:00Z", '$: expected ISO 8601 date and time with zone, got string "2024-02-29T24:00:00Z"'],
    ],
  },
  {
    name: "timestamp",
    schema: v.timestamp(),
    accepts: [new Date(5)],
    becomes: [["1970-01-01T00:00:01Z", new Date(1000)]],
    rejects: [
      [new Date(NaN), "$: expected ISO 8601 date and time with zone, got Date"],
      [1000, "$: expected ISO 8601 date and time with zone, got number 1000"],
    ],
  },
  {
    name: "number",
    schema: v.number().min(0).max(1),
    accepts: [0, 0.5, 1],
    rejects: [
      [NaN, "$: expected number, got number NaN"],
      [Infinity, "$: expected number, got number Infinity"],
      ["1", '$: expected number, got string "1"'],
      [1n, "$: expected number, got bigint 1"],
      [-1, "$: expected number of at least 0, got number -1"],
      [1.5, "$: expected number of at most 1, got number 1.5"],
    ],
  },
  {
    name: "int",
    schema: v.int().positive(),
    accepts: [1, Number.MAX_SAFE_INTEGER],
    rejects: [
      ["x", '$: expected integer, got string "x"'],
      [1.5, "$: expected integer, got number 1.5"],
      [2 ** 53, "$: expected integer, got number 9007199254740992"],
      [0, "$: expected positive integer, got number 0"],
    ],
  },
  {
    name: "nonnegative",
    schema: v.int().nonnegative(),
    accepts: [0, 1],
    rejects: [[-1, "$: expected nonnegative integer, got number -1"]],
  },
  {
    name: "bigint",
    schema: v.bigint().min(-5n).max(10n ** 30n),
    accepts: [1n, -5n],
    becomes: [
      [1, 1n],
      ["-4", -4n],
      ["9223372036854775807", 9223372036854775807n],
    ],
    rejects: [
      [1.5, "$: expected integer, got number 1.5"],
      [2 ** 53, "$: expected integer, got number 9007199254740992"],
      ["", '$: expected integer, got string ""'],
      ["0x10", '$: expected integer, got string "0x10"'],
      [" 1", '$: expected integer, got string " 1"'],
      [-6, "$: expected integer of at least -5, got number -6"],
      [10n ** 31n, "$: expected integer of at most 1000000000000000000000000000000, got bigint 10000000000000000000000000000000"],
      ["9".repeat(1001), `$: expected integer, got string "${"9".repeat(40)}…"`],
    ],
  },
  { name: "positive bigint", schema: v.bigint().positive(), accepts: [1n], rejects: [[0, "$: expected positive integer, got number 0"]] },
  {
    name: "boolean",
    schema: v.boolean(),
    accepts: [true, false],
    rejects: [["true", '$: expected boolean, got string "true"']],
  },
  { name: "null", schema: v.null(), accepts: [null], rejects: [[undefined, "$: expected null, got nothing"]] },
  { name: "literal", schema: v.literal("on"), accepts: ["on"], rejects: [["off", '$: expected "on", got string "off"']] },
  {
    name: "enum",
    schema: v.enum(["a", "b", 3]),
    accepts: ["a", "b", 3],
    rejects: [["3", '$: expected "a", "b" or 3, got string "3"']],
  },
  {
    name: "unknown and any are required",
    schema: v.object({ a: v.unknown(), b: v.any() }),
    accepts: [{ a: null, b: [1, { c: 2 }] }],
    rejects: [[{}, "$.a: expected a value, got nothing", "$.b: expected a value, got nothing"]],
  },
  {
    name: "array",
    schema: v.array(v.int()).min(1).max(2),
    accepts: [[1], [1, 2]],
    rejects: [
      [{ length: 1, 0: 1 }, "$: expected array, got object"],
      [[], "$: expected at least 1 item, got array of 0"],
      [[1, 2, 3], "$: expected at most 2 items, got array of 3"],
      [[1, "x", null], '$[1]: expected integer, got string "x"', "$[2]: expected integer, got null"],
    ],
  },
  {
    name: "tuple",
    schema: v.tuple([v.int(), v.string()]),
    accepts: [[1, "a"]],
    rejects: [
      [[1], "$: expected array of 2, got array of 1"],
      [["a", 1], '$[0]: expected integer, got string "a"', "$[1]: expected string, got number 1"],
    ],
  },
  {
    name: "object rejects unknown keys",
    schema: v.object({ id: v.int(), name: v.string() }),
    accepts: [{ id: 1, name: "x" }],
    rejects: [
      [null, "$: expected object, got null"],
      [[], "$: expected object, got array of 0"],
      [new Map(), "$: expected object, got Map"],
      [new Date(0), "$: expected object, got Date"],
      [{ id: 1 }, "$.name: expected string, got nothing"],
      [{ id: 1, nmae: "x" }, "$.name: expected string, got nothing", '$.nmae: expected no such key, got string "x"'],
    ],
  },
  {
    name: "strip leaves unknown keys out",
    schema: v.object({ id: v.int() }).strip(),
    becomes: [[{ id: 1, more: 2 }, { id: 1 }]],
    rejects: [[{ id: "1" }, '$.id: expected integer, got string "1"']],
  },
  {
    name: "passthrough keeps unknown keys",
    schema: v.object({ id: v.int() }).passthrough(),
    accepts: [{ id: 1, more: 2, toString: 3 }],
    rejects: [[{ more: 2 }, "$.id: expected integer, got nothing"]],
  },
  {
    name: "record",
    schema: v.record(v.string().max(8), v.int()),
    accepts: [{}, { a: 1, toString: 2 }],
    rejects: [
      [{ a: "1" }, '$.a: expected integer, got string "1"'],
      [{ toLongFor: 1 }, '$.toLongFor: expected at most 8 characters, got string "toLongFor"'],
    ],
  },
  {
    name: "optional",
    schema: v.object({ a: v.string().optional() }),
    accepts: [{}, { a: "x" }],
    becomes: [[{ a: undefined }, {}]],
    rejects: [[{ a: null }, "$.a: expected string, got null"]],
  },
  {
    name: "nullable",
    schema: v.object({ a: v.string().nullable() }),
    accepts: [{ a: null }, { a: "x" }],
    rejects: [[{}, "$.a: expected string, got nothing"]],
  },
  {
    name: "default",
    schema: v.object({ limit: v.int().max(100).default(20), tags: v.array(v.string()).default(() => ["new"]) }),
    becomes: [
      [{}, { limit: 20, tags: ["new"] }],
      [{ limit: 5, tags: [] }, { limit: 5, tags: [] }],
    ],
    rejects: [[{ limit: 101 }, "$.limit: expected integer of at most 100, got number 101"]],
  },
  {
    name: "refine",
    schema: v.object({ from: v.int(), to: v.int() }).refine(({ from, to }) => from <= to, "from must not be after to"),
    accepts: [{ from: 1, to: 1 }],
    rejects: [
      [{ from: 2, to: 1 }, "$: from must not be after to"],
      [{ from: "2", to: 1 }, '$.from: expected integer, got string "2"'],
    ],
  },
  {
    name: "union",
    schema: v.union([v.string().min(2), v.int(), v.object({ id: v.int() })]),
    accepts: ["ab", 1, { id: 1 }],
    rejects: [
      [true, "$: expected string, integer or object, got boolean true"],
      ["a", '$: expected at least 2 characters, got string "a"'],
      [{ id: "x" }, '$.id: expected integer, got string "x"'],
    ],
  },
  {
    name: "union told apart by a literal",
    schema: v.object({
      shape: v.union([
        v.object({ kind: v.literal("circle"), radius: v.number() }),
        v.object({ kind: v.enum(["box", "cube"]), side: v.number() }),
      ]),
    }),
    accepts: [{ shape: { kind: "circle", radius: 1 } }, { shape: { kind: "cube", side: 1 } }],
    rejects: [
      [{ shape: { kind: "circle" } }, "$.shape.radius: expected number, got nothing"],
      [{ shape: { kind: "star" } }, '$.shape.kind: expected "circle", "box" or "cube", got string "star"'],
      [{ shape: {} }, '$.shape.kind: expected "circle", "box" or "cube", got nothing'],
      [{ shape: 5 }, "$.shape: expected object, got number 5"],
    ],
  },
];

for (const { name, schema, accepts = [], becomes = [], rejects } of cases) {
  test(name, () => {
    for (const value of accepts) assert.deepStrictEqual(validate(schema, value), value);
    for (const [value, output] of becomes) assert.deepStrictEqual(validate(schema, value), output);
    for (const [value, ...lines] of rejects) assert.deepStrictEqual(problemsOf(schema, value), lines);
  });
}

describe("messages", () => {
  test("the first problem is in the message, all are in detail", () => {
    const schema = v.object({ items: v.array(v.object({ qty: v.int() })) });
    const error = rejection(() => validate(schema, { items: [{ qty: 1 }, { qty: "x" }, { qty: null }] }));
    assert.equal(error.message, 'invalid value: $.items[1].qty: expected integer, got string "x"');
    assert.equal(
      error.detail,
      '$.items[1].qty: expected integer, got string "x"\n$.items[2].qty: expected integer, got null',
    );
    assert.equal(error.sqlstate, "22023");
    assert.equal(error.name, "ValidationError");
    assert.deepStrictEqual(error.problems[0], {
      path: "$.items[1].qty",
      message: 'expected integer, got string "x"',
    });
  });

  test("at most ten problems are listed", () => {
    const lines = problemsOf(v.array(v.int()), Array(13).fill("x"));
    assert.equal(lines.length, 11);
    assert.equal(lines[9], '$[9]: expected integer, got string "x"');
    assert.equal(lines[10], "and 3 more");
  });

  test("keys that are no identifiers are quoted, long ones are cut", () => {
    const schema = v.record(v.string(), v.int());
    assert.deepStrictEqual(problemsOf(schema, { "a b": "" }), ['$["a b"]: expected integer, got string ""']);
    assert.deepStrictEqual(problemsOf(schema, { 'a"': "" }), ['$["a\\""]: expected integer, got string ""']);
    assert.deepStrictEqual(problemsOf(schema, { "": "" }), ['$[""]: expected integer, got string ""']);
    assert.deepStrictEqual(problemsOf(schema, { ["k".repeat(99)]: "" }), [
      `$["${"k".repeat(40)}…"]: expected integer, got string ""`,
    ]);
  });

  test("long values are cut, never inside a character; control characters are escaped", () => {
    assert.deepStrictEqual(problemsOf(v.int(), "a".repeat(39) + "😀😀"), [
      `$: expected integer, got string "${"a".repeat(39)}…"`,
    ]);
    assert.deepStrictEqual(problemsOf(v.int(), "\u0000\n\ud800"), ['$: expected integer, got string "\\u0000\\n\\ud800"']);
    assert.deepStrictEqual(problemsOf(v.string(), 10n ** 50n), [`$: expected string, got bigint 1${"0".repeat(39)}…`]);
  });

  test("what came is named by its kind", () => {
    const kinds: readonly (readonly [unknown, string])[] = [
      [Symbol("s"), "symbol"],
      [() => 1, "function"],
      [new Uint8Array(2), "Uint8Array"],
      [new Date(0), "Date"],
      [Object.create(null), "object"],
      [new (class Point {})(), "object"],
    ];
    for (const [value, kind] of kinds) assert.deepStrictEqual(problemsOf(v.int(), value), [`$: expected integer, got ${kind}`]);
  });
});

describe("safety", () => {
  const hostile: unknown = JSON.parse('{"id": 1, "__proto__": {"admin": true}}');

  test("a key called __proto__ is rejected, or left out by strip", () => {
    const line = "$.__proto__: expected no such key, got object";
    assert.deepStrictEqual(problemsOf(v.object({ id: v.int() }), hostile), [line]);
    assert.deepStrictEqual(problemsOf(v.object({ id: v.int() }).passthrough(), hostile), [line]);
    assert.deepStrictEqual(problemsOf(v.record(v.string(), v.any()), hostile), [line]);
    const stripped = validate(v.object({ id: v.int() }).strip(), hostile);
    assert.deepStrictEqual(Reflect.ownKeys(stripped), ["id"]);
    assert.equal(Object.getPrototypeOf(stripped), Object.prototype);
    assert.equal(({} as Record<string, unknown>)["admin"], undefined);
  });

  test("a shape cannot name __proto__", () => {
    assert.throws(() => v.object({ ["__proto__"]: v.int() }), /a key cannot be called __proto__/);
  });

  test("inherited keys do not count", () => {
    const child = Object.create({ id: 1 }) as object;
    assert.deepStrictEqual(problemsOf(v.object({ id: v.int() }), child), ["$.id: expected integer, got nothing"]);
    assert.deepStrictEqual(problemsOf(v.object({ toString: v.string() }), {}), ["$.toString: expected string, got nothing"]);
  });

  test("a value is built anew, so that no call sees what another did to it", () => {
    const schema = v.object({ tags: v.array(v.string()).default([]) });
    const first = validate(schema, {});
    first.tags.push("mine");
    assert.deepStrictEqual(validate(schema, {}), { tags: [] });
    const given = { tags: ["a"] };
    assert.notEqual(validate(schema, given).tags, given.tags);
  });

  test("schemas are immutable", () => {
    const base = v.string();
    base.min(5);
    assert.equal(validate(base, "a"), "a");
    assert.ok(Object.isFrozen(v));
    assert.ok(Object.isFrozen(v.object({ a: base }).shape));
  });
});

describe("misuse", () => {
  const mistakes: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["object", () => v.object({ a: 5 as never }), /^object: the value of "a" is not a schema made with v$/],
    ["object of nothing", () => v.object(null as never), /^object: expected an object of schemas/],
    ["array", () => v.array("x" as never), /^array: expected a schema made with v$/],
    ["tuple", () => v.tuple([1 as never]), /^tuple: expected an array of schemas/],
    ["union", () => v.union([]), /^union: expected an array of schemas made with v, at least one$/],
    ["record", () => v.record(v.string(), undefined as never), /^record: expected two schemas/],
    ["enum", () => v.enum([] as never), /^enum: expected strings, finite numbers/],
    ["literal", () => v.literal({} as never), /^literal: expected strings/],
    ["min", () => v.string().min(-1), /^min: expected a length, got -1$/],
    ["bound", () => v.int().min(NaN), /^min: expected a finite number, got NaN$/],
    ["bigint bound", () => v.bigint().min(1 as never), /^min: expected a finite bigint, got 1$/],
    ["items", () => v.array(v.int()).min(0.5), /^min: expected a number of items, got 0.5$/],
    ["pattern", () => v.string().pattern("x" as never), /^pattern: expected a regular expression$/],
    ["refine", () => v.string().refine("x" as never, "m"), /^refine: the condition must be a function$/],
    ["message", () => v.string().refine(() => true, 5 as never), /^refine: the message must be a string$/],
    ["default", () => v.int().default("x" as never), /^default: invalid value: \$: expected integer, got string "x"$/],
    ["validate", () => validate(5 as never, 1), /^validate: expected a schema made with v/],
    [
      "asynchronous refine",
      () => validate(v.string().refine((async () => true) as never, "m"), "x"),
      /^refine: the condition must give true or false, and gave object$/,
    ],
  ];
  for (const [name, work, message] of mistakes) {
    test(name, () => assert.throws(work, (error: Error) => error instanceof TypeError && message.test(error.message)));
  }
});
