/**
 * Runs a validator, ours or a Standard Schema, and turns what it finds into one kind of error.
 *
 * @module
 */

import { Problems, type PathSegment } from "./schema/problems.js";
import { INVALID, Schema } from "./schema/schema.js";
import {
  isStandardSchema,
  type Infer,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
} from "./standard-schema.js";
import type { ValidationSubject } from "./validation-error.js";

/** Whether a value is a promise, of any realm and library. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function"
  );
}

function toSegment(segment: NonNullable<StandardIssue["path"]>[number]): PathSegment {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}

function settle(result: StandardResult<unknown>, subject: ValidationSubject): unknown {
  if (result.issues === undefined) return result.value;
  const problems = new Problems();
  for (const issue of result.issues) {
    const path = (issue.path ?? []).map(toSegment);
    path.forEach((segment) => problems.enter(segment));
    problems.brokenRule(() => issue.message);
    path.forEach(() => problems.leave());
  }
  throw problems.toError(subject);
}

/**
 * Gives the validated value, in a promise only if the validator does so.
 *
 * @internal
 */
export function run(schema: StandardSchema<any, any>, value: unknown, subject: ValidationSubject): unknown {
  if (schema instanceof Schema) {
    const problems = new Problems();
    const output: unknown = schema.check(value, problems);
    if (output === INVALID) throw problems.toError(subject);
    return output;
  }
  const result = schema["~standard"].validate(value);
  return isPromiseLike(result) ? result.then((settled) => settle(settled, subject)) : settle(result, subject);
}

/** What {@link validate} gives: a schema made with `v` answers at once. */
export type Validated<S extends StandardSchema<any, any>> =
  S extends Schema<any, any> ? Infer<S> : Infer<S> | Promise<Infer<S>>;

/**
 * Validates a value with a schema made with `v` or with any Standard Schema validator.
 *
 * @returns the validated value, defaults filled in; in a promise if the validator is asynchronous
 * @throws {@link ValidationError} if the value does not pass
 */
export function validate<S extends StandardSchema<any, any>>(schema: S, value: unknown): Validated<S> {
  if (!isStandardSchema(schema)) {
    throw new TypeError("validate: expected a schema made with v, or a Standard Schema validator");
  }
  return run(schema, value, "value") as Validated<S>;
}
