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

const databaseFor = (readOnly) => (readOnly ? databases.read : databases.write);

internals.makeTriggerInfo = (name, schema, table, relid, when, level, args, columns) =>
  Object.freeze({ name, schema, table, relid, when, level, args: Object.freeze(args), columns: new Set(columns) });

internals.makeEventContext = (info, readOnly, event, tag) => {
  const context = new Context(info, databaseFor(readOnly), []);
  context.event = Object.freeze({ event, tag });
  return context;
};

const notARow = (trigger, what) =>
  new PgError(`${what} must be an object with the columns of table "${trigger.table}" as properties`, {
    sqlstate: "42804",
    schema: trigger.schema,
    table: trigger.table,
  });

const makeContext = (info, readOnly, fired) => {
  const context = new Context(info, databaseFor(readOnly), []);
  context.trigger = fired;
  return context;
};

// DELETE has no row to be read back; its result is checked all the same.
const checkDelete = (result) => {
  if (result !== undefined && typeof result !== "object") {
    throw new PgError("the result of a trigger function must be an object, null or undefined", {
      sqlstate: "42804",
    });
  }
};

const tagOf = Function.prototype.call.bind(Object.prototype.toString);

// The row that a trigger's result stands for.
const rowOfResult = (trigger, context, fired, result) => {
  const mutated = result === undefined;
  if (context !== undefined && context.trigger !== fired) {
    throw new TypeError("ctx.trigger cannot be replaced: assign to ctx.trigger.new");
  }
  const row = mutated ? fired.new : result;
  if (row === null || typeof row !== "object" || isArray(row) || (!mutated && tagOf(row) !== "[object Object]")) {
    throw notARow(trigger, mutated ? "ctx.trigger.new" : "the result of a trigger function");
  }
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

// Adds a change to those found so far, which are none but the first at first. Nearly every trigger makes one or two.
const told = (found, firstIndex, firstValue, index, value) => {
  if (found === undefined) return [firstIndex, firstValue, index, value];
  found.push(index, value);
  return found;
};

internals.triggerParts = Object.freeze({
  Promise,
  Trigger,
  makeContext,
  rowOfResult,
  checkRow,
  checkDelete,
  told,
  events: Object.freeze(["INSERT", "UPDATE", "DELETE", "TRUNCATE"]),
  is,
  // In place of a value that the function can only replace.
  untouched: Symbol("untouched"),
});
internals.harden.push(Trigger);
