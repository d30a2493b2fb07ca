// structuredClone: first the whole value is read, then buffers are transferred, then the copy is made, so that an error
// leaves everything as it was. Strings are shared between value and copy.

const { natives, platform, tagOf, byteLengthOf, toDictionary, needArguments, DOMException } = internals;
const call = Function.prototype.call;
const getter = (holder, key) => call.bind(Object.getOwnPropertyDescriptor(holder, key).get);
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);

const entriesOfMap = call.bind(Map.prototype.forEach);
const valuesOfSet = call.bind(Set.prototype.forEach);
const timeOf = call.bind(Date.prototype.getTime);
const sourceOf = getter(RegExp.prototype, "source");
const flagsOf = getter(RegExp.prototype, "flags");
const lengthOfBuffer = getter(ArrayBuffer.prototype, "byteLength");
const isDetached = getter(ArrayBuffer.prototype, "detached");
const transferBuffer = call.bind(ArrayBuffer.prototype.transfer);
const bufferOfArray = getter(typedArray, "buffer");
const offsetOfArray = getter(typedArray, "byteOffset");
const lengthOfArray = getter(typedArray, "length");
const bufferOfView = getter(DataView.prototype, "buffer");
const offsetOfView = getter(DataView.prototype, "byteOffset");
const lengthOfView = getter(DataView.prototype, "byteLength");
const valueOfBoolean = call.bind(Boolean.prototype.valueOf);
const valueOfNumber = call.bind(Number.prototype.valueOf);
const valueOfString = call.bind(String.prototype.valueOf);
const valueOfBigInt = call.bind(BigInt.prototype.valueOf);

// The numbers are those of src/natives/clone.rs.
const PLAIN = 0;
const ARRAY = 1;
const MAP = 2;
const SET = 3;
const DATE = 4;
const REGEXP = 5;
const BUFFER = 6;
const VIEW = 7;
const ERROR = 8;
const BOOLEAN = 9;
const NUMBER = 10;
const STRING = 11;
const BIGINT = 12;

const VIEWS = {
  __proto__: null,
  ...internals.INTEGER_VIEWS,
  Float16Array: globalThis.Float16Array,
  Float32Array,
  Float64Array,
};
const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

// What has a state that no property shows.
for (const type of [WeakRef, Iterator, Promise, WeakMap, WeakSet]) platform.add(type.prototype);
for (const name of Object.getOwnPropertyNames(Intl)) {
  const prototype = Intl[name]?.prototype;
  if (prototype !== undefined) platform.add(prototype);
}

const refuse = (what) => {
  throw new DOMException(`${what} cannot be cloned`, "DataCloneError");
};

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

// What was read of an object. Values that are no objects stand for themselves.
class Read {
  constructor(kind) {
    this.kind = kind;
    this.copy = undefined;
    this.a = undefined;
    this.b = undefined;
    this.c = undefined;
    this.d = undefined;
  }
}

const readProperties = (value, read, memory) => {
  read.a = [];
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(value, key)) read.a.push(key, readValue(value[key], memory));
  }
};

const readValue = (value, memory) => {
  if (!isObject(value)) {
    if (typeof value === "symbol") refuse("a symbol");
    return value;
  }
  if (typeof value === "function") refuse("a function");
  const known = memory.get(value);
  if (known !== undefined) return known;
  const kind = natives.cloneKind(value);
  if (kind === undefined) refuse("a Proxy, a promise, a symbol's object or the like");
  const read = new Read(kind);
  memory.set(value, read);
  switch (kind) {
    case PLAIN: {
      for (let each = Object.getPrototypeOf(value); each !== null; each = Object.getPrototypeOf(each)) {
        if (platform.has(each)) refuse(`an object of class ${each[Symbol.toStringTag]}`);
      }
      readProperties(value, read, memory);
      break;
    }
    case ARRAY:
      read.b = value.length;
      readProperties(value, read, memory);
      break;
    case MAP: {
      const entries = [];
      entriesOfMap(value, (each, key) => {
        entries.push(key, each);
      });
      read.a = entries;
      for (let i = 0; i < entries.length; i += 1) entries[i] = readValue(entries[i], memory);
      break;
    }
    case SET: {
      const members = [];
      valuesOfSet(value, (each) => {
        members.push(each);
      });
      read.a = members;
      for (let i = 0; i < members.length; i += 1) members[i] = readValue(members[i], memory);
      break;
    }
    case DATE:
      read.a = timeOf(value);
      break;
    case REGEXP:
      read.a = sourceOf(value);
      read.b = flagsOf(value);
      break;
    case BUFFER:
      if (isDetached(value)) refuse("a detached ArrayBuffer");
      // Not by `slice`: its species could be the program's.
      read.a = new ArrayBuffer(lengthOfBuffer(value));
      new Uint8Array(read.a).set(new Uint8Array(value));
      break;
    case VIEW: {
      const tag = tagOf(value);
      const isArray = tag !== undefined;
      const buffer = isArray ? bufferOfArray(value) : bufferOfView(value);
      if (isDetached(buffer)) refuse("a view of a detached ArrayBuffer");
      read.a = isArray ? VIEWS[tag] : DataView;
      read.b = readValue(buffer, memory);
      read.c = isArray ? offsetOfArray(value) : offsetOfView(value);
      read.d = isArray ? lengthOfArray(value) : lengthOfView(value);
      break;
    }
    case ERROR: {
      const name = value.name;
      read.a = ERRORS[name === undefined ? "Error" : `${name}`] ?? Error;
      const message = Reflect.getOwnPropertyDescriptor(value, "message");
      if (message !== undefined && "value" in message) read.b = `${message.value}`;
      const stack = value.stack;
      if (typeof stack === "string") read.c = stack;
      if (Object.hasOwn(value, "cause")) read.d = [readValue(value.cause, memory)];
      break;
    }
    case BOOLEAN:
      read.a = valueOfBoolean(value);
      break;
    case NUMBER:
      read.a = valueOfNumber(value);
      break;
    case STRING:
      read.a = valueOfString(value);
      break;
    case BIGINT:
      read.a = valueOfBigInt(value);
      break;
  }
  return read;
};

const writeProperties = (read, copy) => {
  const { a } = read;
  for (let i = 0; i < a.length; i += 2) {
    const value = write(a[i + 1]);
    if (a[i] === "__proto__") {
      Object.defineProperty(copy, a[i], { value, writable: true, enumerable: true, configurable: true });
    } else {
      copy[a[i]] = value;
    }
  }
};

const hide = (object, name, value) =>
  Object.defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });

const write = (read) => {
  if (!isObject(read)) return read;
  if (read.copy !== undefined) return read.copy;
  switch (read.kind) {
    case PLAIN:
      read.copy = {};
      writeProperties(read, read.copy);
      break;
    case ARRAY:
      read.copy = new Array(read.b);
      writeProperties(read, read.copy);
      break;
    case MAP:
      read.copy = new Map();
      for (let i = 0; i < read.a.length; i += 2) read.copy.set(write(read.a[i]), write(read.a[i + 1]));
      break;
    case SET:
      read.copy = new Set();
      for (const each of read.a) read.copy.add(write(each));
      break;
    case DATE:
      read.copy = new Date(read.a);
      break;
    case REGEXP:
      read.copy = new RegExp(read.a, read.b);
      break;
    case BUFFER:
      read.copy = read.a;
      break;
    case VIEW:
      read.copy = new read.a(write(read.b), read.c, read.d);
      break;
    case ERROR:
      read.copy = read.b === undefined ? new read.a() : new read.a(read.b);
      if (read.c !== undefined) hide(read.copy, "stack", read.c);
      if (read.d !== undefined) hide(read.copy, "cause", write(read.d[0]));
      break;
    default:
      read.copy = Object(read.a);
  }
  return read.copy;
};

internals.define("structuredClone", function structuredClone(value, options = undefined) {
  needArguments("structuredClone", arguments.length, 1);
  const { transfer } = toDictionary(options, "the options of structuredClone");
  const buffers = transfer === undefined ? [] : [...transfer];
  const memory = new Map();
  for (const buffer of buffers) {
    if (!isObject(buffer)) throw new TypeError("what is transferred must be an object");
    if (natives.cloneKind(buffer) !== BUFFER) refuse("an object that is transferred and no ArrayBuffer");
    if (memory.has(buffer)) refuse("an ArrayBuffer that is transferred twice");
    memory.set(buffer, new Read(BUFFER));
  }
  const read = readValue(value, memory);
  for (const buffer of buffers) {
    if (isDetached(buffer)) refuse("a detached ArrayBuffer");
  }
  for (const buffer of buffers) memory.get(buffer).a = transferBuffer(buffer);
  return write(read);
});
