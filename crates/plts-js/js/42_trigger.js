// ctx.trigger and ctx.event: what a trigger's function is called with, and what became of the row.

const { Context, PgError, databases } = internals;
const { is, keys } = Object;
const { isArray } = Array;

class Trigger {
  constructor(info, event, formerRow, row) {
    this.event = event;
    this.when = info.when;
    this.level = info.level;
    this.old = formerRow;
    this.new = row;
    this.name = info.name;
    this.schema = info.schema;
    this.table = info.table;
    this.relid = info.relid;
    this.args = info.args;
  }
}

class TriggerContext extends Context {
  #trigger;
  #former;

  constructor(info, db, trigger, formerRow) {
    super(info, db, []);
    this.#trigger = trigger;
    this.#former = formerRow;
  }

  get trigger() {
    return this.#trigger;
  }

  static rowOf(context) {
    return context.#trigger.new;
  }

  static isFormer(context, row) {
    return context.#former === row;
  }
}

class EventContext extends Context {
  #event;

  constructor(info, db, event) {
    super(info, db, []);
    this.#event = event;
  }

  get event() {
    return this.#event;
  }
}

const databaseFor = (readOnly) => (readOnly ? databases.read : databases.write);

internals.makeTriggerInfo = (name, schema, table, relid, when, level, args, columns) =>
  Object.freeze({ name, schema, table, relid, when, level, args: Object.freeze(args), columns: new Set(columns) });

internals.makeEventContext = (info, readOnly, event, tag) =>
  new EventContext(info, databaseFor(readOnly), Object.freeze({ event, tag }));

const notARow = (trigger, what) =>
  new PgError(`${what} must be an object with the columns of table "${trigger.table}" as properties`, {
    sqlstate: "42804",
    schema: trigger.schema,
    table: trigger.table,
  });

const makeContext = (info, trigger, readOnly, event, formerRow, row) =>
  new TriggerContext(info, databaseFor(readOnly), new Trigger(trigger, event, formerRow, row), formerRow);

// DELETE has no row to be read back; its result is checked all the same.
const checkDelete = (result) => {
  if (result !== undefined && typeof result !== "object") {
    throw new PgError("the result of a trigger function must be an object, null or undefined", {
      sqlstate: "42804",
    });
  }
};

const tagOf = Function.prototype.call.bind(Object.prototype.toString);

// The row that a trigger's result stands for; `undefined` when it is the row as it was before the change, which counts
// unchanged whatever was done to the object.
const rowOfResult = (trigger, context, result) => {
  const mutated = result === undefined;
  const row = mutated ? TriggerContext.rowOf(context) : result;
  if (row === null || typeof row !== "object" || isArray(row) || (!mutated && tagOf(row) !== "[object Object]")) {
    throw notARow(trigger, mutated ? "ctx.trigger.new" : "the result of a trigger function");
  }
  if (context !== undefined && TriggerContext.isFormer(context, row)) return undefined;
  return row;
};

// Refuses a property that no column has: its value would be lost.
const checkRow = (trigger, row) => {
  for (const key of keys(row)) {
    if (!trigger.columns.has(key)) {
      throw new PgError(`column "${key}" of relation "${trigger.table}" does not exist`, {
        sqlstate: "42703",
        schema: trigger.schema,
        table: trigger.table,
        column: key,
      });
    }
  }
};

internals.triggerParts = Object.freeze({
  Promise,
  makeContext,
  rowOfResult,
  checkRow,
  checkDelete,
  events: Object.freeze(["INSERT", "UPDATE", "DELETE", "TRUNCATE"]),
  is,
});
internals.harden.push(Trigger, TriggerContext, EventContext);
