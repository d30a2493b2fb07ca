/**
 * What all validators have in common, and those that wrap another one: optional, nullable, default.
 *
 * Schemas are immutable: each method gives a new one.
 *
 * @module
 */

import { DIALECT, type JsonSchema, type SchemaSide } from "../json-schema.js";
import type { StandardSchema, StandardSchemaProps } from "../standard-schema.js";
import { describeValue, Problems } from "./problems.js";

/**
 * What `convert` gives when it has reported a problem.
 *
 * @internal
 */
export const INVALID: unique symbol = Symbol("invalid");

/** @internal */
export type Invalid = typeof INVALID;

/**
 * A further condition on a value that has the right type already.
 *
 * @internal
 */
export interface Rule<T> {
  /** Whether the value keeps the rule. */
  holds(value: T): boolean;
  /** What is expected, as it stands after "expected"; or a whole message of the author's own. */
  readonly expected: string;
  readonly wholeMessage: boolean;
  /** What the rule adds to the JSON Schema. */
  readonly json: JsonSchema;
}

/**
 * A validator made with `v`. It is a Standard Schema too, so that other libraries can call it.
 *
 * `Output` is what validation gives, `Input` what it takes: a field with a default may be missing from the input only.
 */
export abstract class Schema<Output, Input = Output> implements StandardSchema<Input, Output> {
  /** @internal */
  protected readonly rules: readonly Rule<any>[] = [];
  /** @internal */
  protected readonly annotations: JsonSchema = {};

  /**
   * What the schema accepts, as it stands after "expected".
   *
   * @internal
   */
  abstract get expected(): string;

  /**
   * Whether a key with this schema may be missing from an object, on the way in or on the way out.
   *
   * @internal
   */
  mayBeAbsent(_side: SchemaSide): boolean {
    return false;
  }

  /**
   * Checks the type and gives the output; or reports problems and gives INVALID.
   *
   * @internal
   */
  protected abstract convert(value: unknown, problems: Problems): Output | Invalid;

  /**
   * The JSON Schema of the type, without the rules.
   *
   * @internal
   */
  protected abstract describeType(side: SchemaSide): JsonSchema;

  /**
   * Checks the type, then the rules in order up to the first that is broken.
   *
   * @internal
   */
  check(value: unknown, problems: Problems): Output | Invalid {
    const output = this.convert(value, problems);
    if (output === INVALID) return INVALID;
    for (const rule of this.rules) {
      if (rule.holds(output)) continue;
      problems.brokenRule(() =>
        rule.wholeMessage ? rule.expected : `expected ${rule.expected}, got ${describeValue(value)}`,
      );
      return INVALID;
    }
    return output;
  }

  /**
   * The JSON Schema without `$schema`, to stand inside another one.
   *
   * @internal
   */
  toJson(side: SchemaSide): JsonSchema {
    const document: Record<string, unknown> = { ...this.describeType(side) };
    const repeated: JsonSchema[] = [];
    for (const { json } of this.rules) {
      for (const [keyword, setting] of Object.entries(json)) {
        if (keyword in document) repeated.push({ [keyword]: setting });
        else document[keyword] = setting;
      }
    }
    if (repeated.length > 0) document["allOf"] = repeated;
    return { ...document, ...this.annotations };
  }

  /**
   * A copy with one more rule.
   *
   * @internal
   */
  protected withRule(rule: Rule<Output>): this {
    return this.copy({ rules: [...this.rules, rule] });
  }

  /**
   * A copy with one more built-in rule.
   *
   * @internal
   */
  protected expecting(expected: string, holds: (value: Output) => boolean, json: JsonSchema): this {
    return this.withRule({ expected, holds, json, wholeMessage: false });
  }

  /**
   * A copy with some fields changed.
   *
   * @internal
   */
  protected copy(changes: object): this {
    return Object.assign(Object.create(Object.getPrototypeOf(this) as object) as this, this, changes);
  }

  /** The JSON Schema (draft 2020-12) of what the schema takes, or with `"output"` of what it gives. */
  jsonSchema(side: SchemaSide = "input"): JsonSchema {
    return { $schema: DIALECT, ...this.toJson(side) };
  }

  /** May be missing, or undefined. Write `.nullable()` to accept null. */
  optional(): OptionalSchema<Output, Input> {
    return new OptionalSchema(this);
  }

  /** May be null. */
  nullable(): NullableSchema<Output, Input> {
    return new NullableSchema(this);
  }

  /**
   * May be missing; this value stands in for it. The value is validated like any other: objects and arrays are built
   * anew each time, so that no call sees what another did to them. Give a function for a value that is made each time.
   */
  default(value: NonNullable<Input> | (() => Input)): DefaultSchema<Output, Input> {
    return new DefaultSchema(this, value);
  }

  /**
   * Adds a condition of your own. It sees the validated value and gives true or false.
   *
   * @param holds - the condition; it must be synchronous
   * @param message - what to say when it does not hold
   */
  refine(holds: (value: Output) => boolean, message: string): this {
    if (typeof holds !== "function") throw new TypeError("refine: the condition must be a function");
    if (typeof message !== "string") throw new TypeError("refine: the message must be a string");
    return this.withRule({
      expected: message,
      wholeMessage: true,
      json: {},
      holds(value) {
        const verdict: unknown = holds(value);
        if (typeof verdict !== "boolean") {
          throw new TypeError(`refine: the condition must give true or false, and gave ${typeof verdict}`);
        }
        return verdict;
      },
    });
  }

  /** Says what the value is for: `description` in the JSON Schema. */
  describe(description: string): this {
    return this.copy({ annotations: { ...this.annotations, description } });
  }

  /** The Standard Schema interface, with its JSON Schema extension. */
  get "~standard"(): StandardSchemaProps<Input, Output> & {
    readonly jsonSchema: Readonly<Record<SchemaSide, (options: { readonly target: string }) => JsonSchema>>;
  } {
    const converter = (side: SchemaSide) => (options: { readonly target: string }) => {
      if (options.target === "draft-2020-12") return this.jsonSchema(side);
      throw new TypeError(`JSON Schema ${options.target} is not supported, only draft-2020-12`);
    };
    return {
      version: 1,
      vendor: "stopgap",
      validate: (value) => {
        const problems = new Problems();
        const output = this.check(value, problems);
        return output === INVALID ? { issues: problems.toIssues() } : { value: output };
      },
      jsonSchema: { input: converter("input"), output: converter("output") },
    };
  }
}

/** Any schema made with `v`. */
export type AnySchema = Schema<any, any>;

/** A schema that wraps another one. Its own rules come after those of the inner one. */
abstract class WrappingSchema<Inner extends AnySchema, Output, Input> extends Schema<Output, Input> {
  /** @internal */
  protected readonly inner: Inner;

  /** @internal */
  constructor(inner: Inner) {
    super();
    this.inner = inner;
  }

  /** @internal */
  override get expected(): string {
    return this.inner.expected;
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    return this.inner.toJson(side);
  }
}

/** A schema whose value may be missing. */
export class OptionalSchema<Output, Input> extends WrappingSchema<
  Schema<Output, Input>,
  Output | undefined,
  Input | undefined
> {
  /** @internal */
  override mayBeAbsent(): boolean {
    return true;
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): Output | undefined | Invalid {
    return value === undefined ? undefined : this.inner.check(value, problems);
  }
}

/** A schema whose value may be null. */
export class NullableSchema<Output, Input> extends WrappingSchema<Schema<Output, Input>, Output | null, Input | null> {
  /** @internal */
  override get expected(): string {
    return `${this.inner.expected} or null`;
  }

  /** @internal */
  override mayBeAbsent(side: SchemaSide): boolean {
    return this.inner.mayBeAbsent(side);
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): Output | null | Invalid {
    return value === null ? null : this.inner.check(value, problems);
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    return { anyOf: [this.inner.toJson(side), { type: "null" }] };
  }
}

/** A schema with a value that stands in for a missing one. */
export class DefaultSchema<Output, Input> extends WrappingSchema<Schema<Output, Input>, Output, Input | undefined> {
  /** @internal */
  protected readonly fallback: unknown;

  /** @internal */
  constructor(inner: Schema<Output, Input>, fallback: unknown) {
    super(inner);
    this.fallback = fallback;
    if (typeof fallback === "function") return;
    const problems = new Problems();
    inner.check(fallback, problems);
    if (problems.count > 0) throw new TypeError(`default: ${problems.toError("value").message}`);
  }

  /** @internal */
  override mayBeAbsent(side: SchemaSide): boolean {
    return side === "input";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): Output | Invalid {
    if (value !== undefined) return this.inner.check(value, problems);
    const { fallback } = this;
    return this.inner.check(typeof fallback === "function" ? fallback() : fallback, problems);
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    const document = this.inner.toJson(side);
    const { fallback } = this;
    return typeof fallback === "function" ? document : { ...document, default: toJsonValue(fallback) };
  }
}

/** A default as JSON Schema shows it: a bigint as a number, or as its digits where a number would be inexact. */
function toJsonValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return value;
}
