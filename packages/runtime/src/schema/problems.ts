/**
 * Collects what is wrong with a value while schemas walk through it, and says it in words.
 *
 * @module
 */

import type { StandardIssue } from "../standard-schema.js";
import { MAX_LISTED_PROBLEMS, ValidationError, type ValidationSubject } from "../validation-error.js";

/** A key of an object or an index of an array. */
export type PathSegment = string | number;

/** How much of a string, a number or a key a message shows, in UTF-16 units. */
const SHOWN_LENGTH = 40;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A text as a JSON string, cut if it is long, never in the middle of a character. */
function quote(text: string): string {
  if (text.length <= SHOWN_LENGTH) return JSON.stringify(text);
  return JSON.stringify(`${text.slice(0, SHOWN_LENGTH).replace(/[\uD800-\uDBFF]$/, "")}…`);
}

/** `$.items[2].qty`; a key that is no identifier is written `["a b"]`. */
export function formatPath(segments: readonly PathSegment[]): string {
  let path = "$";
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (segment.length <= SHOWN_LENGTH && IDENTIFIER.test(segment)) path += `.${segment}`;
    else path += `[${quote(segment)}]`;
  }
  return path;
}

/** The kind of an object, `Object` for a plain one: what `Object.prototype.toString` says. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** What a value is, in a few words: `string "x"`, `number 1.5`, `array of 3`, `object`, `nothing` for undefined. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${quote(value)}`;
    case "number":
    case "boolean":
      return `${typeof value} ${value}`;
    case "bigint": {
      const digits = String(value);
      return `bigint ${digits.length > SHOWN_LENGTH ? `${digits.slice(0, SHOWN_LENGTH)}…` : digits}`;
    }
    case "undefined":
      return "nothing";
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `array of ${value.length}`;
      const tag = tagOf(value);
      return tag === "Object" ? "object" : quote(tag).slice(1, -1);
    }
    default:
      return typeof value;
  }
}

/** `"a"`, `1`, `2n`, `null`: a value of a literal or an enum as it is written in a message. */
export function formatLiteral(value: string | number | bigint | boolean | null): string {
  return typeof value === "string" ? quote(value) : String(value);
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  const last = words[words.length - 1] ?? "nothing";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** A problem and where it is. */
interface Problem {
  readonly path: readonly PathSegment[];
  readonly message: string;
}

/** The problems of one validation, and where in the value it is at the moment. */
export class Problems {
  /** How many were reported; only the first few are kept. */
  count = 0;
  /**
   * Whether the value at least had the right type: the first problem was further in, or a rule. So a union finds the
   * option that was meant.
   */
  typeMatched = false;
  readonly #kept: Problem[] = [];
  readonly #path: PathSegment[];
  readonly #startDepth: number;

  constructor(path: readonly PathSegment[] = []) {
    this.#path = path.slice();
    this.#startDepth = path.length;
  }

  /** Goes down to a key or an index. */
  enter(segment: PathSegment): void {
    this.#path.push(segment);
  }

  /** Comes back up. */
  leave(): void {
    this.#path.pop();
  }

  /** Reports that the present value is not of the type that was expected. */
  expected(what: string, value: unknown): void {
    this.reject(false, () => `expected ${what}, got ${describeValue(value)}`);
  }

  /** Reports that the present value breaks a rule. */
  brokenRule(message: () => string): void {
    this.reject(true, message);
  }

  /** Reports a problem of the present value. The message is made only if it will be listed. */
  private reject(typeMatched: boolean, message: () => string): void {
    if (this.count === 0) this.typeMatched = typeMatched || this.#path.length > this.#startDepth;
    this.count += 1;
    if (this.#kept.length < MAX_LISTED_PROBLEMS) {
      this.#kept.push({ path: this.#path.slice(), message: message() });
    }
  }

  /** An empty collection at the same place, for an attempt that may fail without harm. */
  attempt(): Problems {
    return new Problems(this.#path);
  }

  /** Takes over what an attempt has reported. */
  adopt(attempt: Problems): void {
    if (this.count === 0) this.typeMatched = attempt.typeMatched;
    this.count += attempt.count;
    this.#kept.push(...attempt.#kept.slice(0, MAX_LISTED_PROBLEMS - this.#kept.length));
  }

  /** The problems in the form of Standard Schema. */
  toIssues(): readonly StandardIssue[] {
    return this.#kept;
  }

  /** The error that lists the problems. */
  toError(subject: ValidationSubject): ValidationError {
    const problems = this.#kept.map(({ path, message }) => ({ path: formatPath(path), message }));
    return new ValidationError(subject, problems, this.count);
  }
}
