/**
 * The validators: `v.object({ id: v.int() })`.
 *
 * @module
 */

import { ArraySchema, TupleSchema } from "./schema/array.js";
import { AnythingSchema, BooleanSchema, LiteralSchema, type Literal } from "./schema/literal.js";
import { BigIntSchema, IntSchema, NumberSchema } from "./schema/number.js";
import { ObjectSchema, RecordSchema, type Shape } from "./schema/object.js";
import type { AnySchema, DefaultSchema, NullableSchema, OptionalSchema, Schema } from "./schema/schema.js";
import { StringSchema } from "./schema/string.js";
import { TimestampSchema } from "./schema/timestamp.js";
import { UnionSchema } from "./schema/union.js";

/** The functions that make schemas. */
export interface Validators {
  /** An object with these keys. Other keys are rejected, unless you add `.strip()` or `.passthrough()`. */
  object<S extends Shape>(shape: S): ObjectSchema<S>;
  /** An object with any keys: a schema for the keys, and one for the values. */
  record<K extends Schema<string>, T extends AnySchema>(key: K, value: T): RecordSchema<K, T>;
  /** An array of any length. */
  array<T extends AnySchema>(item: T): ArraySchema<T>;
  /** An array of a given length, each place with a schema of its own. */
  tuple<const T extends readonly AnySchema[]>(items: T): TupleSchema<T>;
  /** A value that one of the schemas accepts. Objects with a literal key in common are told apart by it. */
  union<const T extends readonly AnySchema[]>(options: T): UnionSchema<T>;

  /** A string. */
  string(): StringSchema;
  /** A string that is a UUID. */
  uuid(): StringSchema;
  /** A string that is a day: `2024-02-29`. */
  date(): StringSchema;
  /** A string that is a moment with its zone: `2024-02-29T12:00:00Z`. */
  datetime(): StringSchema;
  /** A moment as a `Date`; a text like that of `datetime` becomes one. For results with `timestamptz` columns. */
  timestamp(): TimestampSchema;
  /** A finite double. */
  number(): NumberSchema;
  /** An integer from -(2^53-1) to 2^53-1, as a number. */
  int(): IntSchema;
  /** An integer of any size, as a bigint. Takes bigints, integral numbers, and decimal strings. */
  bigint(): BigIntSchema;
  /** true or false. */
  boolean(): BooleanSchema;
  /** null. */
  null(): LiteralSchema<null>;
  /** This value. */
  literal<const T extends Literal>(value: T): LiteralSchema<T>;
  /** One of these values. */
  enum<const T extends readonly [string | number, ...(string | number)[]]>(values: T): LiteralSchema<T[number]>;
  /** Any value that is there, unchecked, typed `unknown`. */
  unknown(): AnythingSchema<unknown>;
  /** Any value that is there, unchecked, typed `any`. */
  any(): AnythingSchema<any>;

  /** The same as `schema.optional()`: may be missing. */
  optional<O, I>(schema: Schema<O, I>): OptionalSchema<O, I>;
  /** The same as `schema.nullable()`: may be null. */
  nullable<O, I>(schema: Schema<O, I>): NullableSchema<O, I>;
  /** The same as `schema.default(value)`: may be missing, and then is this. */
  default<O, I>(schema: Schema<O, I>, value: NonNullable<I> | (() => I)): DefaultSchema<O, I>;
}

/**
 * The functions that make schemas.
 *
 * @example
 * ```ts
 * const NewOrder = v.object({
 *   customer: v.bigint(),
 *   note: v.string().max(200).optional(),
 *   items: v.array(v.object({ sku: v.string(), quantity: v.int().positive().default(1) })).min(1),
 * });
 * ```
 */
export const v: Validators = /* @__PURE__ */ Object.freeze<Validators>({
  object: (shape) => new ObjectSchema(shape, "reject"),
  record: (key, value) => new RecordSchema(key, value),
  array: (item) => new ArraySchema(item),
  tuple: (items) => new TupleSchema(items),
  union: (options) => new UnionSchema(options),
  string: () => new StringSchema(),
  uuid: () => new StringSchema().uuid(),
  date: () => new StringSchema().date(),
  datetime: () => new StringSchema().datetime(),
  timestamp: () => new TimestampSchema(),
  number: () => new NumberSchema(),
  int: () => new IntSchema(),
  bigint: () => new BigIntSchema(),
  boolean: () => new BooleanSchema(),
  null: () => new LiteralSchema("null", [null]),
  literal: (value) => new LiteralSchema("literal", [value]),
  enum: (values) => new LiteralSchema("enum", values),
  unknown: () => new AnythingSchema<unknown>(),
  any: () => new AnythingSchema<any>(),
  optional: (schema) => schema.optional(),
  nullable: (schema) => schema.nullable(),
  default: (schema, value) => schema.default(value),
});
