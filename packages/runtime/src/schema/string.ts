/**
 * Strings and their formats.
 *
 * @module
 */

import type { JsonSchema } from "../json-schema.js";
import type { Problems } from "./problems.js";
import { INVALID, Schema, type Invalid } from "./schema.js";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@<>"]+@[^\s@.]+(?:\.[^\s@.]+)+$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME_AND_ZONE = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether a text is a day that exists, as `2024-02-29`. */
export function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return false;
  // Day 0 of the next month is the last day of this one.
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
}

/** Whether a text is a moment with its zone, as `2024-02-29T12:00:00Z` (RFC 3339). */
export function isDatetime(text: string): boolean {
  return text[10] === "T" && isDate(text.slice(0, 10)) && TIME_AND_ZONE.test(text.slice(11));
}

/** The length in characters (code points), as PostgreSQL's `char_length` and JSON Schema count it. */
function characters(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index += 1) {
    const pair = (text.charCodeAt(index - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(index) & 0xfc00) === 0xdc00;
    if (pair) count -= 1;
  }
  return count;
}

function requireLength(method: string, length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new TypeError(`${method}: expected a length, got ${String(length)}`);
  }
}

/** `1 character`, `3 characters`. */
function counted(length: number): string {
  return `${length} character${length === 1 ? "" : "s"}`;
}

/** A string. Lengths are in characters, as PostgreSQL counts them. */
export class StringSchema extends Schema<string> {
  /** @internal */
  override get expected(): string {
    return "string";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): string | Invalid {
    if (typeof value === "string") return value;
    problems.expected("string", value);
    return INVALID;
  }

  /** @internal */
  protected override describeType(): JsonSchema {
    return { type: "string" };
  }

  /** At least so many characters. */
  min(length: number): this {
    requireLength("min", length);
    return this.expecting(`at least ${counted(length)}`, (text) => characters(text) >= length, { minLength: length });
  }

  /** At most so many characters. */
  max(length: number): this {
    requireLength("max", length);
    return this.expecting(`at most ${counted(length)}`, (text) => characters(text) <= length, { maxLength: length });
  }

  /** Exactly so many characters. */
  length(length: number): this {
    requireLength("length", length);
    return this.expecting(`exactly ${counted(length)}`, (text) => characters(text) === length, {
      minLength: length,
      maxLength: length,
    });
  }

  /**
   * A text in which the pattern is found; write `^…$` for the whole text.
   *
   * @param expected - what to call such a text in messages: `"a slug"`
   */
  pattern(pattern: RegExp, expected: string = `string matching ${String(pattern)}`): this {
    if (!(pattern instanceof RegExp)) throw new TypeError("pattern: expected a regular expression");
    // A pattern with the flags g or y remembers where it stopped, and would answer differently the next time.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
    // JSON Schema has no flags: only a pattern that means the same without them can be shown.
    const json = /[ims]/.test(pattern.flags) ? {} : { pattern: pattern.source };
    return this.expecting(expected, (text) => stateless.test(text), json);
  }

  /** A UUID in its usual form. */
  uuid(): this {
    return this.expecting("UUID", (text) => UUID.test(text), { format: "uuid" });
  }

  /** An e-mail address: something, an `@`, a host with a dot. */
  email(): this {
    return this.expecting("e-mail address", (text) => EMAIL.test(text), { format: "email" });
  }

  /** A day, `2024-02-29`. It stays a string, as PostgreSQL's `date` is one. */
  date(): this {
    return this.expecting("ISO 8601 date", isDate, { format: "date" });
  }

  /** A moment with its zone, `2024-02-29T12:00:00Z`. It stays a string. */
  datetime(): this {
    return this.expecting("ISO 8601 date and time with zone", isDatetime, { format: "date-time" });
  }
}
