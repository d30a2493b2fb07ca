// Statements: the `sql` tag, what stands for a statement, and the ways to run one. The work is synchronous.

const { natives, PgError } = internals;

class Sql {
  constructor(sql, params) {
    this.sql = sql;
    this.params = Object.freeze(params);
    Object.freeze(this);
  }
}

// `strings` and `values` of a template become a text with $1, $2, … and the parameters. A value that is itself
// made by the tag is put in whole, its parameters renumbered.
const tag = (strings, ...values) => {
  if (!Array.isArray(strings) || !Array.isArray(strings.raw)) {
    throw new TypeError("sql is a template tag: write sql`select ${value}`");
  }
  const params = [];
  const write = (texts, items) => {
    let text = texts[0];
    for (let i = 0; i < items.length; i += 1) {
      const item = items[i];
      if (PARTS.has(item)) {
        const parts = PARTS.get(item);
        text += write(parts.strings, parts.values);
      } else {
        params.push(item);
        text += "$" + params.length;
      }
      text += texts[i + 1];
    }
    return text;
  };
  const text = write(strings, values);
  const made = new Sql(text, params);
  PARTS.set(made, { strings, values });
  return made;
};
const PARTS = new WeakMap();

const notAStatement = () =>
  new TypeError("a statement is a text with parameters, an object { sql, params }, or has a method toSQL()");

// Gives { sql, params } for whatever stands for a statement.
const resolve = (input, params) => {
  if (typeof input === "string") return { sql: input, params };
  if (input === null || typeof input !== "object") throw notAStatement();
  if (params !== undefined) throw new TypeError("a statement object brings its own parameters");
  const made = typeof input.toSQL === "function" ? input.toSQL() : input;
  if (made === null || typeof made !== "object" || typeof made.sql !== "string") throw notAStatement();
  return made;
};

const query = (input, params) => {
  if (typeof input === "string") return natives.query(input, params);
  const made = resolve(input, params);
  return natives.query(made.sql, made.params);
};

const run = (sql, params) => {
  const outcome = natives.exec(sql, params);
  return { rowCount: outcome[0], rows: outcome[1] };
};

const exec = (input, params) => {
  if (typeof input === "string") return run(input, params);
  const made = resolve(input, params);
  return run(made.sql, made.params);
};

const tooMany = () => new PgError("query returned more than one row", { sqlstate: "P0003" });

// The only row: undefined when there is none, null when there are several.
const row = (input, params) => {
  if (typeof input === "string") return natives.row(input, params);
  const made = resolve(input, params);
  return natives.row(made.sql, made.params);
};

const one = (input, params) => {
  const only = row(input, params);
  if (only === undefined) throw new PgError("query returned no rows", { sqlstate: "P0002" });
  if (only === null) throw tooMany();
  return only;
};

const maybeOne = (input, params) => {
  const only = row(input, params);
  if (only === undefined) return null;
  if (only === null) throw tooMany();
  return only;
};

// The options of a call: an object with no other names than `known`.
internals.readOptions = (options, known, what) => {
  if (options === undefined || options === null) return {};
  if (typeof options !== "object") throw new TypeError(`the options of ${what} must be an object`);
  const read = {};
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${what} has no option "${name}"`);
    read[name] = options[name];
  }
  return read;
};

internals.statement = { tag, resolve, run, query, exec, one, maybeOne };
internals.harden.push(Sql);
