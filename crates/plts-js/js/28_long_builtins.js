// V8's own functions of which one call can take milliseconds. A loop of them is interpreted some thousand rounds between two
// looks at interrupts; the entry of a function of JavaScript is such a look, so that a cancel or a timeout waits for one call.

const { apply } = Reflect;

// Puts `methods`, each of which calls the one that `holder` has of that name, in their places.
const listen = (holder, methods) => {
  for (const name of Reflect.ownKeys(methods)) Object.defineProperty(holder, name, { value: methods[name] });
};

const { normalize, localeCompare, lastIndexOf, toLocaleUpperCase, toLocaleLowerCase } = String.prototype;
listen(String.prototype, {
  normalize() {
    return apply(normalize, this, arguments);
  },
  localeCompare(that) {
    return apply(localeCompare, this, arguments);
  },
  lastIndexOf(searched) {
    return apply(lastIndexOf, this, arguments);
  },
  toLocaleUpperCase() {
    return apply(toLocaleUpperCase, this, arguments);
  },
  toLocaleLowerCase() {
    return apply(toLocaleLowerCase, this, arguments);
  },
});

const OfBytes = Object.getPrototypeOf(Uint8Array.prototype);
const { fill, copyWithin, reverse, indexOf, includes } = OfBytes;
const lastIndexOfBytes = OfBytes.lastIndexOf;
listen(OfBytes, {
  fill(value) {
    return apply(fill, this, arguments);
  },
  copyWithin(target, start) {
    return apply(copyWithin, this, arguments);
  },
  reverse() {
    return apply(reverse, this, arguments);
  },
  indexOf(searched) {
    return apply(indexOf, this, arguments);
  },
  lastIndexOf(searched) {
    return apply(lastIndexOfBytes, this, arguments);
  },
  includes(searched) {
    return apply(includes, this, arguments);
  },
});

const fillArray = Array.prototype.fill;
listen(Array.prototype, {
  fill(value) {
    return apply(fillArray, this, arguments);
  },
});

const { parse } = JSON;
listen(JSON, {
  parse(text, reviver) {
    return apply(parse, JSON, arguments);
  },
});

const { encodeURI, encodeURIComponent, decodeURI, decodeURIComponent, escape, unescape } = globalThis;
listen(globalThis, {
  encodeURI(uri) {
    return apply(encodeURI, undefined, arguments);
  },
  encodeURIComponent(component) {
    return apply(encodeURIComponent, undefined, arguments);
  },
  decodeURI(encoded) {
    return apply(decodeURI, undefined, arguments);
  },
  decodeURIComponent(encoded) {
    return apply(decodeURIComponent, undefined, arguments);
  },
  escape(text) {
    return apply(escape, undefined, arguments);
  },
  unescape(text) {
    return apply(unescape, undefined, arguments);
  },
});
