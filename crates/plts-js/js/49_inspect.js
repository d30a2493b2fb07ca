// Any value as text for people, on one line but for the stacks of errors. Properties with a getter are not read, and it
// never fails.

const DEPTH = 6;
const ENTRIES = 100;
const STRING_CHARACTERS = 10_000;
const ALL_CHARACTERS = 64_000;
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

const { apply, ownKeys, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
const { forEach: forEachOfMap } = Map.prototype;
const { forEach: forEachOfSet } = Set.prototype;
const { toString: tagOf } = Object.prototype;
const { toISOString, getTime } = Date.prototype;
const { toString: textOfRegExp } = RegExp.prototype;
const { toString: textOfSymbol } = Symbol.prototype;
const TypedArray = getPrototypeOf(Uint8Array);
const { get: nameOfTypedArray } = getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag);

const cut = (text, limit) => (text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text);

// A data property's value, the object's own or inherited; undefined for what is none.
const dataOf = (object, name) => {
  for (let holder = object; holder !== null; holder = getPrototypeOf(holder)) {
    const property = getOwnPropertyDescriptor(holder, name);
    if (property !== undefined) return "value" in property ? property.value : undefined;
  }
  return undefined;
};

// The name of an object's class, unless it is a plain one.
const classOf = (object) => {
  const prototype = getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) return "";
  const constructor = dataOf(prototype, "constructor");
  const name = typeof constructor === "function" ? dataOf(constructor, "name") : "";
  return typeof name === "string" ? name : "";
};

class Inspection {
  #length = 0;
  #path = [];

  // Once this is true, the rest is left out.
  #isFull(text) {
    this.#length += text.length;
    return this.#length > ALL_CHARACTERS;
  }

  show(value, depth) {
    switch (typeof value) {
      case "string":
        return JSON.stringify(cut(value, STRING_CHARACTERS));
      case "bigint":
        return `${value}n`;
      case "symbol":
        return apply(textOfSymbol, value, []);
      case "number":
        return Object.is(value, -0) ? "-0" : `${value}`;
      case "function": {
        const name = dataOf(value, "name");
        return `[function ${typeof name === "string" && name !== "" ? name : "anonymous"}]`;
      }
      case "object":
        return value === null ? "null" : this.#object(value, depth);
      default:
        return `${value}`;
    }
  }

  #object(value, depth) {
    if (this.#path.includes(value)) return "[circular]";
    if (this.#length > ALL_CHARACTERS) return "…";
    this.#path.push(value);
    try {
      return this.#shown(value, depth);
    } catch {
      return apply(tagOf, value, []);
    } finally {
      this.#path.pop();
    }
  }

  #shown(value, depth) {
    if (value instanceof Error) return this.#error(value, depth);
    if (value instanceof Date) {
      const time = apply(getTime, value, []);
      return Number.isNaN(time) ? "Invalid Date" : apply(toISOString, value, []);
    }
    if (value instanceof RegExp) return apply(textOfRegExp, value, []);
    const name = classOf(value);
    if (depth >= DEPTH) return `[${name === "" ? (Array.isArray(value) ? "Array" : "Object") : name}]`;
    if (Array.isArray(value)) return this.#list(name === "" ? "" : `${name} `, value, value.length, depth);
    if (value instanceof TypedArray) {
      const kind = apply(nameOfTypedArray, value, []);
      return this.#list(`${kind}(${value.length}) `, value, value.length, depth);
    }
    if (value instanceof Map) return this.#map(value, depth);
    if (value instanceof Set) return this.#set(value, depth);
    if (value instanceof Promise) return "Promise {}";
    return this.#properties(name === "" ? "" : `${name} `, value, [], depth);
  }

  #list(prefix, list, length, depth) {
    const parts = [];
    for (let i = 0; i < length && i < ENTRIES; i += 1) {
      const text = i in list ? this.show(list[i], depth + 1) : "empty";
      parts.push(text);
      if (this.#isFull(text)) break;
    }
    if (parts.length < length) parts.push(`… ${length - parts.length} more`);
    return `${prefix}[${parts.join(", ")}]`;
  }

  #map(map, depth) {
    const parts = [];
    let size = 0;
    apply(forEachOfMap, map, [
      (value, key) => {
        size += 1;
        if (parts.length >= ENTRIES || this.#length > ALL_CHARACTERS) return;
        const text = `${this.show(key, depth + 1)} => ${this.show(value, depth + 1)}`;
        this.#length += text.length;
        parts.push(text);
      },
    ]);
    if (parts.length < size) parts.push(`… ${size - parts.length} more`);
    return size === 0 ? "Map(0) {}" : `Map(${size}) { ${parts.join(", ")} }`;
  }

  #set(set, depth) {
    const parts = [];
    let size = 0;
    apply(forEachOfSet, set, [
      (value) => {
        size += 1;
        if (parts.length >= ENTRIES || this.#length > ALL_CHARACTERS) return;
        const text = this.show(value, depth + 1);
        this.#length += text.length;
        parts.push(text);
      },
    ]);
    if (parts.length < size) parts.push(`… ${size - parts.length} more`);
    return size === 0 ? "Set(0) {}" : `Set(${size}) { ${parts.join(", ")} }`;
  }

  #properties(prefix, object, leftOut, depth) {
    const parts = [];
    let count = 0;
    for (const key of ownKeys(object)) {
      const property = getOwnPropertyDescriptor(object, key);
      if (property === undefined || !property.enumerable || leftOut.includes(key)) continue;
      count += 1;
      if (parts.length >= ENTRIES || this.#length > ALL_CHARACTERS) continue;
      const shown = "value" in property ? this.show(property.value, depth + 1) : "[getter]";
      const name =
        typeof key === "symbol"
          ? `[${apply(textOfSymbol, key, [])}]`
          : PLAIN_KEY.test(key)
            ? key
            : JSON.stringify(key);
      parts.push(`${name}: ${shown}`);
      this.#length += name.length + shown.length;
    }
    if (parts.length < count) parts.push(`… ${count - parts.length} more`);
    return count === 0 ? `${prefix}{}` : `${prefix}{ ${parts.join(", ")} }`;
  }

  #error(error, depth) {
    // Of the errors themselves the name is an accessor, so that it can be set on those that inherit it.
    const { name } = error;
    const message = dataOf(error, "message");
    let text = cut(
      [name, message].filter((part) => typeof part === "string" && part !== "").join(": ") || "Error",
      STRING_CHARACTERS,
    );
    const extra = this.#properties(" ", error, ["name", "message", "stack", "cause", "code", "where"], depth + 1);
    if (extra !== " {}") text += extra;
    const stack = internals.natives.errorStack(error);
    if (stack !== "") text += `\n${stack}`;
    const cause = dataOf(error, "cause");
    if (cause !== undefined) text += `\ncaused by ${this.show(cause, depth + 1)}`;
    return text;
  }
}

// The values of one message: strings at its top are text, not quoted.
internals.format = (values) => {
  const inspection = new Inspection();
  const texts = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    texts.push(typeof value === "string" ? cut(value, ALL_CHARACTERS) : inspection.show(value, 0));
  }
  return cut(texts.join(" "), 2 * ALL_CHARACTERS);
};
internals.harden.push(Inspection);
