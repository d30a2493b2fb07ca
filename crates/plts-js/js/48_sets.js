// Sets: whatever can be iterated is pulled in batches, so that V8 is entered once for many rows.

const { apply, getPrototypeOf } = Reflect;
const { keys: keysOf, values: valuesOf, prototype: EVERY_OBJECT } = Object;
const { isArray } = Array;
const ARRAY_VALUES = Array.prototype[Symbol.iterator];
const ITERATOR = Symbol.iterator;
const ASYNC_ITERATOR = Symbol.asyncIterator;

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

const notAnObject = (what) => new TypeError(`${what} is not an object`);

const nextOf = (iterator) => {
  const { next } = iterator;
  if (typeof next !== "function") throw new TypeError("next of the set's iterator is not a function");
  return next;
};

// Pulls up to `limit` values and gives their number; when there are no more, the number's complement. An object ends the
// batch, since whoever gave it may change it before he gives the next one.
const puller = (iterator, batch) => {
  const next = nextOf(iterator);
  return (limit) => {
    let count = 0;
    while (count < limit) {
      const step = apply(next, iterator, []);
      if (!isObject(step)) throw notAnObject("what next of the set's iterator gives");
      if (step.done) return ~count;
      const { value } = step;
      batch[count] = value;
      count += 1;
      if (isObject(value)) return count;
    }
    return count;
  };
};

// Added to the number of rows: the row after them lies in `odd`, as it was given.
const ODD = 65536;

// Whether a row is a plain object with just the columns, in their order.
const isFlat = (row, names) => {
  if (typeof row !== "object" || row === null) return false;
  const prototype = getPrototypeOf(row);
  if (prototype !== EVERY_OBJECT && prototype !== null) return false;
  const keys = keysOf(row);
  if (keys.length !== names.length) return false;
  for (let i = 0; i < keys.length; i += 1) {
    if (keys[i] !== names[i]) return false;
  }
  return true;
};

// As `puller`, for rows: the values of their columns, one row after the other. A value that is an object ends the batch.
const rowPuller = (iterator, batch, odd, names) => {
  const next = nextOf(iterator);
  return (limit) => {
    let count = 0;
    let at = 0;
    while (count < limit) {
      const step = apply(next, iterator, []);
      if (!isObject(step)) throw notAnObject("what next of the set's iterator gives");
      if (step.done) return ~count;
      const { value } = step;
      const values = isFlat(value, names) ? valuesOf(value) : undefined;
      // A getter may have taken a column away.
      if (values === undefined || values.length !== names.length) {
        odd[0] = value;
        return count + ODD;
      }
      let holdsObject = false;
      for (let i = 0; i < values.length; i += 1) {
        const item = values[i];
        if (isObject(item)) holdsObject = true;
        batch[at] = item;
        at += 1;
      }
      count += 1;
      if (holdsObject) return count;
    }
    return count;
  };
};

const asyncPuller = (iterator, batch) => {
  const next = nextOf(iterator);
  return async (limit) => {
    let count = 0;
    while (count < limit) {
      const step = await apply(next, iterator, []);
      if (!isObject(step)) throw notAnObject("what next of the set's iterator gives");
      if (step.done) return ~count;
      const { value } = step;
      batch[count] = value;
      count += 1;
      if (isObject(value)) return count;
    }
    return count;
  };
};

const closer = (iterator) => () => {
  const method = iterator.return;
  return method === undefined || method === null ? undefined : apply(method, iterator, []);
};

const opened = (method, value, pull, names) => {
  if (typeof method !== "function") throw new TypeError("Symbol.iterator of the set is not a function");
  const iterator = apply(method, value, []);
  if (!isObject(iterator)) throw notAnObject("what Symbol.iterator of the set gives");
  const batch = [];
  if (names === undefined) return [pull(iterator, batch), closer(iterator), batch];
  const odd = [undefined];
  return [rowPuller(iterator, batch, odd, names), closer(iterator), batch, odd];
};

// undefined for what is no set; the array itself; else [pull, close, batch], and `odd` if the batch holds the columns of
// rows, whose names are given for rows.
internals.openSet = (value, names) => {
  if (!isObject(value)) return undefined;
  const asyncMethod = value[ASYNC_ITERATOR];
  if (asyncMethod !== undefined && asyncMethod !== null) return opened(asyncMethod, value, asyncPuller);
  const method = value[ITERATOR];
  if (method === undefined || method === null) return undefined;
  if (method === ARRAY_VALUES && names === undefined && isArray(value)) return value;
  return opened(method, value, puller, names);
};
