// DOMException: the errors of the web's interfaces.

const CODES = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};
Object.setPrototypeOf(CODES, null);

class DOMException extends Error {
  #name;

  constructor(message = "", name = "Error") {
    super(`${message}`);
    this.#name = `${name}`;
  }

  get name() {
    // The stack's first line asks while the error is being made.
    return #name in this ? this.#name : "Error";
  }

  get code() {
    return CODES[this.#name] ?? 0;
  }
}

for (const name of Object.keys(CODES)) {
  const constant = `${name.replace(/Error$/, "").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()}_ERR`;
  for (const holder of [DOMException, DOMException.prototype]) {
    Object.defineProperty(holder, constant, { value: CODES[name], enumerable: true });
  }
}
internals.expose(DOMException);
internals.DOMException = DOMException;
