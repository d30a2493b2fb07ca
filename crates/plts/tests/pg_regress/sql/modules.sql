-- Imports of functions: data: URLs, import.meta, import(), cycles, positions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS plts;
CREATE SCHEMA plts_modules;
RESET client_min_messages;
SET search_path = plts_modules;

-- data: modules, static and dynamic, JavaScript and JSON.
CREATE FUNCTION data() RETURNS jsonb LANGUAGE plts AS $$
import one, { two } from "data:text/javascript,export default 1; export const two: 2";
export default () => [one, two];
$$;
CREATE FUNCTION data() RETURNS jsonb LANGUAGE plts AS $$
import one, { two } from "data:text/javascript,export default 1; export const two = 2; export const url = import.meta.url";
import three from "data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgMw==";
import four from "data:application/json,{%22n%22:4}" with { type: "json" };
export default async () => {
  const five = await import("data:text/javascript,export { default } from %22data:application/json,5%22");
  return [one, two, three, four.n, five.default];
};
$$;
SELECT data(), data();
-- One text is one module, with one state, wherever it is imported.
CREATE FUNCTION counts() RETURNS jsonb LANGUAGE plts AS $$
import { next } from "data:text/javascript,let n = 0; export const next = () => ++n";
export default async () => [next(), (await import("data:text/javascript,let n = 0; export const next = () => ++n")).next()];
$$;
SELECT counts();
-- What is no module says why, with its place.
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$
export { default } from "data:text/css,x";
$$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$
export { default } from "data:text/javascript,import './x'; export default 1";
$$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$
export { none as default } from "data:text/javascript,export default 1";
$$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$
import { v } from "@stopgap/runtime"
import z from "zod"
export default () => [v, z]
$$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$
import fs from "node:fs";
import x from "https://example.com/x.js";
export default () => [fs, x];
$$;
CREATE FUNCTION bad() RETURNS int LANGUAGE plts AS $$
import { nothing } from "@stopgap/runtime";
export default () => nothing;
$$;
SELECT bad();
DROP FUNCTION bad();
CREATE FUNCTION relative() RETURNS int LANGUAGE plts AS $$
import x from "./x";
export default () => x;
$$;
SELECT relative();

-- import() of what is computed: the module's own specifiers, and nothing else.
CREATE FUNCTION computed(name text) RETURNS text LANGUAGE plts AS $$
const known = () => [import("data:text/javascript,export default 1"), import("@stopgap/runtime")];
export default async (ctx) => {
  try {
    const found = await import(ctx.args.name);
    return typeof (found.default ?? found.query);
  } catch (error) {
    return `${error.sqlstate}: ${error.message} (${error.hint})`;
  }
};
$$;
SELECT computed(name) FROM unnest('{"data:text/javascript,export default 1",@stopgap/runtime,"data:text/javascript,export default 2",./x,plts:a.b,node:fs,""}'::text[]) AS name;
CREATE FUNCTION from_body() RETURNS text LANGUAGE plts AS $$
  return (await import("@stopgap/runtime")).query.name;
$$;
SELECT from_body();

-- import.meta names the module, and no path.
CREATE FUNCTION "Meta é"() RETURNS jsonb LANGUAGE plts AS $$
import { url } from "data:text/javascript,export const url = import.meta.url";
export default () => [import.meta.url, url, Object.keys(import.meta), import.meta === import.meta];
$$;
SELECT "Meta é"();
-- A function may be called like a file.
CREATE FUNCTION "js"() RETURNS int LANGUAGE plts AS $$ export default (): number => 1 $$;
CREATE FUNCTION "x.json"() RETURNS int LANGUAGE plts AS $$ export default (): number => 2 $$;
SELECT "js"(), "x.json"();

-- What is thrown while a module is evaluated has its line.
CREATE FUNCTION early() RETURNS int LANGUAGE plts AS $$
interface Unused { a: number }
const before = (): number => later;
before();
const later: number = 1;
export default () => later;
$$;
SELECT early();
CREATE FUNCTION never() RETURNS int LANGUAGE plts AS $$
await new Promise(() => {});
export default () => 1;
$$;
SELECT never();
CREATE FUNCTION waits() RETURNS int LANGUAGE plts AS $$
const two = await Promise.resolve(2);
export default () => two;
$$;
SELECT waits();
CREATE FUNCTION fails_late() RETURNS int LANGUAGE plts AS $$
type T = 1;

await null;
throw new RangeError("late");
export default () => 1;
$$;
SELECT fails_late();
-- A module that is replaced is another module.
CREATE OR REPLACE FUNCTION waits() RETURNS int LANGUAGE plts AS $$
const three = await import("data:application/json,3");
export default () => three.default;
$$;
SELECT waits();
