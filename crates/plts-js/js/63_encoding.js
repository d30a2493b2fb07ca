// TextEncoder, TextDecoder, atob and btoa.

const { natives, toUSVString, toDictionary, needArguments, DOMException } = internals;
const call = Function.prototype.call;
const byteLengthOf = call.bind(
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "byteLength").get,
);
const lengthOfBuffer = call.bind(Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get);
const tagOf = call.bind(
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get,
);
const setBytes = call.bind(Object.getPrototypeOf(Uint8Array.prototype).set);

internals.tagOf = tagOf;
internals.byteLengthOf = byteLengthOf;

// Bytes that native functions may write to: on a buffer made as such.
const newBytes = (length) => new Uint8Array(new ArrayBuffer(length));
internals.newBytes = newBytes;

// A view of what was given, or undefined when that is no source of bytes.
const viewOf = (value) => {
  if (ArrayBuffer.isView(value)) return value;
  try {
    lengthOfBuffer(value);
  } catch {
    return undefined;
  }
  return value.detached ? new Uint8Array(0) : new Uint8Array(value);
};
internals.viewOf = viewOf;

class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(input = "") {
    const text = `${input}`;
    const bytes = newBytes(natives.utf8Length(text));
    natives.utf8Write(text, bytes);
    return bytes;
  }

  encodeInto(source, destination) {
    needArguments("encodeInto", arguments.length, 2);
    const text = `${source}`;
    if (tagOf(destination) !== "Uint8Array") throw new TypeError("encodeInto writes to a Uint8Array");
    const bytes = newBytes(Math.min(byteLengthOf(destination), natives.utf8Length(text)));
    const [read, written] = natives.utf8Write(text, bytes);
    setBytes(destination, written === bytes.length ? bytes : bytes.subarray(0, written));
    return { read, written };
  }
}

const NO_BYTES = new Uint8Array(0);
const BOM = "\uFEFF";

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #left = NO_BYTES;
  #begun = false;

  constructor(label = "utf-8", options = undefined) {
    const { fatal, ignoreBOM } = toDictionary(options, "the options of a TextDecoder");
    const name = natives.encodingName(`${label}`);
    if (name === undefined) throw new RangeError(`there is no encoding "${label}"`);
    this.#encoding = name;
    this.#fatal = !!fatal;
    this.#ignoreBOM = !!ignoreBOM;
  }

  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = undefined) {
    const encoding = this.#encoding;
    const more = !!toDictionary(options, "the options of decode").stream;
    let view = NO_BYTES;
    if (input !== undefined) {
      view = viewOf(input);
      if (view === undefined) throw new TypeError("decode takes an ArrayBuffer or a view of one");
    }
    const left = this.#left;
    if (left.length > 0) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      view = new Uint8Array(left.length + bytes.length);
      view.set(left);
      view.set(bytes, left.length);
    }
    this.#left = NO_BYTES;
    const decoded = natives.decode(encoding, view, this.#fatal, more);
    if (decoded === null) {
      throw new TypeError(`${encoding} cannot be decoded in pieces here: collect the bytes and decode them at once`);
    }
    if (decoded === undefined) {
      this.#begun = false;
      throw new TypeError(`the bytes are not ${encoding}`);
    }
    const [text, count] = decoded;
    if (count > 0) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      this.#left = bytes.slice(bytes.length - count);
    }
    const first = !this.#begun && text !== "";
    this.#begun = more && (this.#begun || text !== "");
    return first && !this.#ignoreBOM && text[0] === BOM && encoding.startsWith("utf-") ? text.slice(1) : text;
  }
}

for (const type of [TextEncoder, TextDecoder]) {
  internals.expose(type);
  internals.platform.add(type.prototype);
}

internals.define("btoa", function btoa(data) {
  needArguments("btoa", arguments.length, 1);
  const text = `${data}`;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) {
      throw new DOMException("btoa takes characters up to U+00FF, one for each byte", "InvalidCharacterError");
    }
    bytes[i] = unit;
  }
  return bytes.toBase64();
});

const PIECE = 8192;

internals.define("atob", function atob(data) {
  needArguments("atob", arguments.length, 1);
  let bytes;
  const text = `${data}`;
  try {
    bytes = Uint8Array.fromBase64(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DOMException("the string is not base64", "InvalidCharacterError");
  }
  let result = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    result += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + PIECE));
  }
  return result;
});
