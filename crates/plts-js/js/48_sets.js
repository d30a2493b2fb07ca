// Sets: whatever can be iterated is pulled in batches, so that V8 is entered once for many rows.

const { apply } = Reflect;
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

const opened = (method, value, pull) => {
  if (typeof method !== "function") throw new TypeError("Symbol.iterator of the set is not a function");
  const iterator = apply(method, value, []);
  if (!isObject(iterator)) throw notAnObject("what Symbol.iterator of the set gives");
  const batch = [];
  return [pull(iterator, batch), closer(iterator), batch];
};

// undefined for what is no set; the array itself; else [pull, close, batch].
internals.openSet = (value) => {
  if (!isObject(value)) return undefined;
  const asyncMethod = value[ASYNC_ITERATOR];
  if (asyncMethod !== undefined && asyncMethod !== null) return opened(asyncMethod, value, asyncPuller);
  const method = value[ITERATOR];
  if (method === undefined || method === null) return undefined;
  if (method === ARRAY_VALUES && isArray(value)) return value;
  return opened(method, value, puller);
};
