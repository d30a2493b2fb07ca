/**
 * Objects with known keys, and records with any.
 *
 * Only own keys are read, and keys are defined, never assigned: a key called `__proto__` changes no prototype. Such a
 * key is refused wherever keys are not listed one by one.
 *
 * @module
 */

import type { JsonSchema, SchemaSide } from "../json-schema.js";
import type { Infer, InferInput } from "../standard-schema.js";
import { tagOf, type Problems } from "./problems.js";
import { INVALID, Schema, type AnySchema, type Invalid } from "./schema.js";

/** The keys of an object and their schemas. */
export type Shape = Readonly<Record<string, AnySchema>>;

/** What happens to keys that the shape does not name. */
export type UnknownKeys = "reject" | "strip" | "passthrough";

type Simplify<T> = { [K in keyof T]: T[K] } & {};
type MayBeAbsent<T> = unknown extends T ? false : undefined extends T ? true : false;

/** What an object schema gives. */
export type ObjectOutput<S extends Shape> = Simplify<
  { -readonly [K in keyof S as MayBeAbsent<Infer<S[K]>> extends true ? never : K]: Infer<S[K]> } & {
    -readonly [K in keyof S as MayBeAbsent<Infer<S[K]>> extends true ? K : never]?: Exclude<Infer<S[K]>, undefined>;
  }
>;

/** What an object schema takes. */
export type ObjectInput<S extends Shape> = Simplify<
  { -readonly [K in keyof S as MayBeAbsent<InferInput<S[K]>> extends true ? never : K]: InferInput<S[K]> } & {
    -readonly [K in keyof S as MayBeAbsent<InferInput<S[K]>> extends true ? K : never]?: InferInput<S[K]>;
  }
>;

type WithUnknownKeys<Known, Mode extends UnknownKeys> = Mode extends "passthrough"
  ? Known & { [key: string]: unknown }
  : Known;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && tagOf(value) === "Object";
}

/** Gives an object a property of its own, even one that its prototype has under the same name, perhaps frozen. */
function defineKey(target: object, key: string, value: unknown): void {
  if (key in target) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}

/** An object with known keys. Validation gives a new object, its keys in the order of the shape. */
export class ObjectSchema<S extends Shape, Mode extends UnknownKeys = "reject"> extends Schema<
  WithUnknownKeys<ObjectOutput<S>, Mode>,
  WithUnknownKeys<ObjectInput<S>, Mode>
> {
  /** The keys and their schemas. Spread it to build another object: `v.object({ ...base.shape, more })`. */
  readonly shape: S;
  /** @internal */
  protected readonly mode: UnknownKeys;
  /** @internal */
  protected readonly entries: readonly (readonly [string, AnySchema])[];

  /** @internal */
  constructor(shape: S, mode: UnknownKeys) {
    super();
    if (!isObject(shape)) throw new TypeError("object: expected an object of schemas made with v");
    this.entries = Object.entries(shape);
    for (const [key, schema] of this.entries) {
      if (key === "__proto__") throw new TypeError("object: a key cannot be called __proto__");
      if (!(schema instanceof Schema)) throw new TypeError(`object: the value of "${key}" is not a schema made with v`);
    }
    this.shape = Object.freeze({ ...shape });
    this.mode = mode;
  }

  /** @internal */
  override get expected(): string {
    return "object";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): WithUnknownKeys<ObjectOutput<S>, Mode> | Invalid {
    if (!isObject(value)) {
      problems.expected(this.expected, value);
      return INVALID;
    }
    const before = problems.count;
    const output = {};
    for (const [key, schema] of this.entries) {
      problems.enter(key);
      const field: unknown = schema.check(Object.hasOwn(value, key) ? value[key] : undefined, problems);
      problems.leave();
      if (field !== undefined) defineKey(output, key, field);
    }
    if (this.mode !== "strip") this.visitUnknownKeys(value, output, problems);
    return problems.count === before ? (output as WithUnknownKeys<ObjectOutput<S>, Mode>) : INVALID;
  }

  /**
   * Rejects the keys that the shape does not name, or passes them through.
   *
   * @internal
   */
  protected visitUnknownKeys(value: Record<string, unknown>, output: object, problems: Problems): void {
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(this.shape, key)) continue;
      if (this.mode === "passthrough" && key !== "__proto__") {
        defineKey(output, key, value[key]);
      } else {
        rejectKey(key, value[key], problems);
      }
    }
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    const properties = {};
    for (const [key, schema] of this.entries) defineKey(properties, key, schema.toJson(side));
    const required = this.entries.filter(([, schema]) => !schema.mayBeAbsent(side)).map(([key]) => key);
    const closed = this.mode === "reject" || (this.mode === "strip" && side === "output");
    return {
      type: "object",
      properties,
      ...(required.length > 0 && { required }),
      ...(closed && { additionalProperties: false }),
    };
  }

  /** Unknown keys are kept as they came. */
  passthrough(): ObjectSchema<S, "passthrough"> {
    return this.copy({ mode: "passthrough" }) as unknown as ObjectSchema<S, "passthrough">;
  }

  /** Unknown keys are left out of the result. */
  strip(): ObjectSchema<S, "strip"> {
    return this.copy({ mode: "strip" }) as unknown as ObjectSchema<S, "strip">;
  }
}

function rejectKey(key: string, value: unknown, problems: Problems): void {
  problems.enter(key);
  problems.expected("no such key", value);
  problems.leave();
}

/** A record; if only some keys are allowed, each of them may still be missing. */
export type RecordOf<Key extends string, Value> = string extends Key
  ? Record<Key, Value>
  : Partial<Record<Key, Value>>;

/** An object with any keys, whose values are all alike. Validation gives a new object. */
export class RecordSchema<Key extends Schema<string>, Value extends AnySchema> extends Schema<
  RecordOf<Infer<Key>, Infer<Value>>,
  RecordOf<InferInput<Key>, InferInput<Value>>
> {
  /** The schema of the keys. */
  readonly key: Key;
  /** The schema of the values. */
  readonly value: Value;

  /** @internal */
  constructor(key: Key, value: Value) {
    super();
    if (!(key instanceof Schema && value instanceof Schema)) {
      throw new TypeError("record: expected two schemas made with v, of the keys and of the values");
    }
    this.key = key;
    this.value = value;
  }

  /** @internal */
  override get expected(): string {
    return "object";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): RecordOf<Infer<Key>, Infer<Value>> | Invalid {
    if (!isObject(value)) {
      problems.expected(this.expected, value);
      return INVALID;
    }
    const before = problems.count;
    const output = {};
    for (const key of Object.keys(value)) {
      if (key === "__proto__") {
        rejectKey(key, value[key], problems);
        continue;
      }
      problems.enter(key);
      if (this.key.check(key, problems) !== INVALID) {
        const field: unknown = this.value.check(value[key], problems);
        if (field !== undefined) defineKey(output, key, field);
      }
      problems.leave();
    }
    return problems.count === before ? (output as RecordOf<Infer<Key>, Infer<Value>>) : INVALID;
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    return { type: "object", propertyNames: this.key.toJson(side), additionalProperties: this.value.toJson(side) };
  }
}
