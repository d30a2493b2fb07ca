// ctx.db: statements, savepoints and the `sql` tag. The work is synchronous; the promises are settled when they are
// given.

const { PgError } = internals;

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
  if (input === null || typeof input !== "object") throw notAStatement();
  if (params !== undefined) throw new TypeError("a statement object brings its own parameters");
  const made = typeof input.toSQL === "function" ? input.toSQL() : input;
  if (made === null || typeof made !== "object" || typeof made.sql !== "string") throw notAStatement();
  return made;
};

const query = (input, params) => {
  if (typeof input === "string") return internals.natives.query(input, params);
  const made = resolve(input, params);
  return internals.natives.query(made.sql, made.params);
};

const exec = (input, params) => {
  const made = typeof input === "string" ? { sql: input, params } : resolve(input, params);
  const outcome = internals.natives.exec(made.sql, made.params);
  return { rowCount: outcome[0], rows: outcome[1] };
};

const tooMany = () => new PgError("query returned more than one row", { sqlstate: "P0003" });

const one = (input, params) => {
  const rows = query(input, params);
  if (rows.length === 1) return rows[0];
  if (rows.length === 0) throw new PgError("query returned no rows", { sqlstate: "P0002" });
  throw tooMany();
};

const maybeOne = (input, params) => {
  const rows = query(input, params);
  if (rows.length === 0) return null;
  if (rows.length === 1) return rows[0];
  throw tooMany();
};

const requireFunction = (work) => {
  if (typeof work !== "function") throw new TypeError("savepoint takes a function");
};

const savepointSync = (work) => {
  requireFunction(work);
  const level = internals.natives.savepointBegin();
  let value;
  try {
    value = work();
    if (value !== null && typeof value === "object" && typeof value.then === "function") {
      throw new TypeError("a function passed to sync.savepoint must not give a promise; use savepoint");
    }
  } catch (error) {
    internals.natives.savepointEnd(level, false);
    throw error;
  }
  internals.natives.savepointEnd(level, true);
  return value;
};

class Database {
  constructor(mode) {
    this.mode = mode;
    this.sync = Object.freeze({ mode, query, exec, one, maybeOne, savepoint: savepointSync, sql: tag });
    Object.freeze(this);
  }

  async query(input, params) {
    return query(input, params);
  }

  async exec(input, params) {
    return exec(input, params);
  }

  async one(input, params) {
    return one(input, params);
  }

  async maybeOne(input, params) {
    return maybeOne(input, params);
  }

  async savepoint(work) {
    requireFunction(work);
    const level = internals.natives.savepointBegin();
    let value;
    try {
      value = await work();
    } catch (error) {
      internals.natives.savepointEnd(level, false);
      throw error;
    }
    internals.natives.savepointEnd(level, true);
    return value;
  }

  sql(strings, ...values) {
    return tag(strings, ...values);
  }
}

internals.databases = Object.freeze({ write: new Database("rw"), read: new Database("ro") });
internals.harden.push(Database, Sql, internals.databases);
