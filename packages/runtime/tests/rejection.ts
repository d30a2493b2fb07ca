/**
 * What a validation error says.
 */

import assert from "node:assert/strict";
import { validate, ValidationError, type AnySchema } from "../src/index.js";

/** Runs something that must fail with a ValidationError, and gives the error. */
export function rejection(work: () => unknown): ValidationError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ValidationError, `not a ValidationError: ${String(error)}`);
    return error;
  }
  assert.fail("the value was accepted");
}

/** The lines of DETAIL for a value that must be rejected. */
export function problemsOf(schema: AnySchema, value: unknown): string[] {
  return rejection(() => validate(schema, value)).detail.split("\n");
}
