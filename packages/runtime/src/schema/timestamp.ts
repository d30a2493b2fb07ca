/**
 * Moments as `Date` objects.
 *
 * @module
 */

import type { JsonSchema } from "../json-schema.js";
import type { Problems } from "./problems.js";
import { INVALID, Schema, type Invalid } from "./schema.js";
import { isDatetime } from "./string.js";

/**
 * A moment: a `Date`, as a `timestamptz` column gives it, passes unchanged (with the microseconds that ride along); an
 * ISO 8601 text with its zone becomes one.
 */
export class TimestampSchema extends Schema<Date, Date | string> {
  /** @internal */
  override get expected(): string {
    return "ISO 8601 date and time with zone";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): Date | Invalid {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
    if (typeof value === "string" && isDatetime(value)) return new Date(value);
    problems.expected(this.expected, value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return { type: "string", format: "date-time" };
  }
}
