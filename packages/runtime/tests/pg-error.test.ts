/**
 * Telling errors of PostgreSQL from others.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isPgError, ValidationError } from "../src/index.js";

test("an error with a SQLSTATE is one", () => {
  const error = Object.assign(new Error("duplicate key"), { sqlstate: "23505" });
  assert.equal(isPgError(error), true);
  assert.equal(isPgError(error, "23505"), true);
  assert.equal(isPgError(error, "23503"), false);
});

test("anything else is none", () => {
  const others = [null, undefined, "23505", 5, {}, new Error("x"), { sqlstate: 23505 }, { sqlstate: "2350" }, { sqlstate: "2350a" }];
  for (const other of others) assert.equal(isPgError(other), false);
  assert.equal(isPgError(new ValidationError("arguments", [])), false);
});
