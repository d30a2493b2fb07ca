/**
 * Numbers: doubles, integers, and bigints.
 *
 * @module
 */

import type { JsonSchema, SchemaSide } from "../json-schema.js";
import type { Problems } from "./problems.js";
import { INVALID, Schema, type Invalid } from "./schema.js";

function requireBound(method: string, bound: unknown, type: "number" | "bigint"): void {
  if (typeof bound !== type || (type === "number" && !Number.isFinite(bound))) {
    throw new TypeError(`${method}: expected a finite ${type}, got ${String(bound)}`);
  }
}

/** The bounds that doubles and integers share. */
abstract class BoundedNumberSchema extends Schema<number> {
  /** Not less than this. */
  min(bound: number): this {
    requireBound("min", bound, "number");
    return this.expecting(`${this.expected} of at least ${bound}`, (value) => value >= bound, { minimum: bound });
  }

  /** Not more than this. */
  max(bound: number): this {
    requireBound("max", bound, "number");
    return this.expecting(`${this.expected} of at most ${bound}`, (value) => value <= bound, { maximum: bound });
  }

  /** More than zero. */
  positive(): this {
    return this.expecting(`positive ${this.expected}`, (value) => value > 0, { exclusiveMinimum: 0 });
  }

  /** Zero or more. */
  nonnegative(): this {
    return this.expecting(`nonnegative ${this.expected}`, (value) => value >= 0, { minimum: 0 });
  }
}

/** A finite double. An integer beyond ±2^53 reaches a handler as a bigint, and is refused here: see `v.bigint()`. */
export class NumberSchema extends BoundedNumberSchema {
  /** @internal */
  override get expected(): string {
    return "number";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): number | Invalid {
    if (Number.isFinite(value)) return value as number;
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return { type: "number" };
  }
}

/** An integer that a double holds exactly: from -(2^53-1) to 2^53-1. */
export class IntSchema extends BoundedNumberSchema {
  /** @internal */
  override get expected(): string {
    return "integer";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): number | Invalid {
    if (Number.isSafeInteger(value)) return value as number;
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return { type: "integer" };
  }
}

/** More digits than any id has; a longer text is refused before time is spent on it. */
const MAX_DIGITS = 1000;
const DECIMAL = new RegExp(`^-?\\d{1,${MAX_DIGITS}}$`);

/** What `v.bigint()` takes. */
export type BigIntInput = bigint | number | string;

/** An integer of any size. */
export class BigIntSchema extends Schema<bigint, BigIntInput> {
  /** @internal */
  override get expected(): string {
    return "integer";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): bigint | Invalid {
    if (typeof value === "bigint") return value;
    if (Number.isSafeInteger(value) || (typeof value === "string" && DECIMAL.test(value))) {
      return BigInt(value as number | string);
    }
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    const integer = { type: "integer" };
    return side === "output" ? integer : { anyOf: [integer, { type: "string", pattern: DECIMAL.source }] };
  }

  /** Not less than this. */
  min(bound: bigint): this {
    requireBound("min", bound, "bigint");
    return this.expecting(`integer of at least ${bound}`, (value) => value >= bound, boundKeyword("minimum", bound));
  }

  /** Not more than this. */
  max(bound: bigint): this {
    requireBound("max", bound, "bigint");
    return this.expecting(`integer of at most ${bound}`, (value) => value <= bound, boundKeyword("maximum", bound));
  }

  /** More than zero. */
  positive(): this {
    return this.expecting("positive integer", (value) => value > 0n, { exclusiveMinimum: 0 });
  }
}

/** A bound as JSON Schema shows it: not at all if a double cannot hold it, since a rounded bound would be wrong. */
function boundKeyword(keyword: "minimum" | "maximum", bound: bigint): JsonSchema {
  const number = Number(bound);
  return Number.isSafeInteger(number) ? { [keyword]: number } : {};
}
