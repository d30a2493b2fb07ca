/**
 * Schemas of single values: literals, enums, null, booleans, and the one that takes anything.
 *
 * @module
 */

import type { JsonSchema } from "../json-schema.js";
import { formatLiteral, oneOf, type Problems } from "./problems.js";
import { INVALID, Schema, type Invalid } from "./schema.js";

/** What a literal can be. */
export type Literal = string | number | boolean | null;

function isLiteral(value: unknown): value is Literal {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** One of some given values. */
export class LiteralSchema<T extends Literal> extends Schema<T> {
  /** The values, in the order given. */
  readonly values: readonly T[];

  /** @internal */
  constructor(method: string, values: readonly T[]) {
    super();
    if (!Array.isArray(values) || values.length === 0 || !(values as readonly unknown[]).every(isLiteral)) {
      throw new TypeError(`${method}: expected strings, finite numbers, booleans or null, at least one`);
    }
    this.values = Object.freeze(values.slice());
  }

  /** @internal */
  override get expected(): string {
    return oneOf(this.values.map(formatLiteral));
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): T | Invalid {
    if (this.values.includes(value as T)) return value as T;
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return this.values.length === 1 ? { const: this.values[0] } : { enum: this.values };
  }
}

/** A boolean. */
export class BooleanSchema extends Schema<boolean> {
  /** @internal */
  override get expected(): string {
    return "boolean";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): boolean | Invalid {
    if (typeof value === "boolean") return value;
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return { type: "boolean" };
  }
}

/** Anything that is there. It is passed on as it came, unchecked. */
export class AnythingSchema<T> extends Schema<T> {
  /** @internal */
  override get expected(): string {
    return "a value";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): T | Invalid {
    if (value !== undefined) return value as T;
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return {};
  }
}
