// Savepoints, batches, and the end of a transaction.

const { natives, statement } = internals;

const requireFunction = (work) => {
  if (typeof work !== "function") throw new TypeError("savepoint takes a function");
};

const savepoint = async (work) => {
  requireFunction(work);
  const level = natives.savepointBegin();
  let value;
  try {
    value = await work();
  } catch (error) {
    natives.savepointEnd(level, false);
    throw error;
  }
  natives.savepointEnd(level, true);
  return value;
};

// Runs `work` in a savepoint. What it throws, or `check` of its value, rolls the savepoint back.
const nested = (work, check = () => {}) => {
  const level = natives.savepointBegin();
  let value;
  try {
    value = work();
    check(value);
  } catch (error) {
    natives.savepointEnd(level, false);
    throw error;
  }
  natives.savepointEnd(level, true);
  return value;
};

const refusePromise = (value) => {
  if (value !== null && typeof value === "object" && typeof value.then === "function") {
    throw new TypeError("a function passed to sync.savepoint must not give a promise; use savepoint");
  }
};

const savepointSync = (work) => {
  requireFunction(work);
  return nested(work, refusePromise);
};

// Runs `work` so that its statements fail together: one subtransaction for all of them, and none where a failure fails
// the call anyway.
internals.together = (work) => {
  const level = natives.batchBegin();
  let value;
  try {
    value = work();
  } catch (error) {
    if (level !== 0) natives.savepointEnd(level, false);
    throw error;
  }
  if (level !== 0) natives.savepointEnd(level, true);
  return value;
};

// Says in an error which part of the work failed.
internals.locateError = (error, line, name, value) => {
  natives.amendError(error, line);
  if (error instanceof Error && Object.isExtensible(error)) {
    Object.defineProperty(error, name, { value, writable: true, enumerable: true, configurable: true });
  }
};

// All or nothing: an array with the outcome of each statement.
const batch = (statements) => {
  if (!Array.isArray(statements)) throw new TypeError("batch takes an array of statements");
  // Code of the author's (toSQL) runs before, not in between.
  const resolved = [];
  for (let i = 0; i < statements.length; i += 1) {
    const each = statements[i];
    try {
      resolved[i] = Array.isArray(each) ? statement.resolve(each[0], each[1]) : statement.resolve(each);
    } catch (error) {
      internals.locateError(error, `batch, statement ${i}`, "index", i);
      throw error;
    }
  }
  return internals.together(() => {
    const outcomes = [];
    for (let i = 0; i < resolved.length; i += 1) {
      try {
        outcomes[i] = statement.run(resolved[i].sql, resolved[i].params);
      } catch (error) {
        internals.locateError(error, `batch, statement ${i}`, "index", i);
        throw error;
      }
    }
    return outcomes;
  });
};

internals.transaction = {
  nested,
  savepoint,
  savepointSync,
  batch,
  commit: () => natives.endTransaction(true),
  rollback: () => natives.endTransaction(false),
};
