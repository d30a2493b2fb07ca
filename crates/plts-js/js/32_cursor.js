// Cursors: rows in portions, for those who want them one by one, and for those who go to and fro.

const { natives, statement } = internals;

const FETCH_SIZE = 500;
const OVER = Symbol("over");

const distance = (count) => {
  if (typeof count === "bigint") return Number(count);
  return count;
};

// What both kinds of cursor do. Rows that were fetched and not yet taken count as not yet reached.
class Portal {
  #id;
  #size;
  #scroll;
  #rows = [];
  #taken = 0;
  // Whether the last portion was short: the cursor then stands behind the last row, not on it.
  #short = false;
  #closed = false;

  constructor(made, options) {
    const { fetchSize = FETCH_SIZE, scroll = false } = internals.readOptions(
      options,
      ["fetchSize", "scroll"],
      "cursor",
    );
    if (!Number.isSafeInteger(fetchSize) || fetchSize < 1) {
      throw new RangeError("fetchSize must be a whole number of rows, 1 or more");
    }
    if (typeof scroll !== "boolean") throw new TypeError("scroll must be true or false");
    this.#size = fetchSize;
    this.#scroll = scroll;
    this.#id = natives.cursorOpen(made.sql, made.params, scroll);
  }

  next() {
    if (this.#taken === this.#rows.length) {
      if (this.#closed) return OVER;
      this.#rows = natives.cursorFetch(this.#id, this.#size);
      this.#taken = 0;
      this.#short = this.#rows.length < this.#size;
      if (this.#rows.length === 0) {
        // One that can go back is kept for it.
        if (!this.#scroll) this.close();
        return OVER;
      }
    }
    const row = this.#rows[this.#taken];
    this.#rows[this.#taken] = undefined;
    this.#taken += 1;
    return row;
  }

  fetch(count) {
    const wanted = this.#direction(count);
    if (wanted === 0) return [];
    if (wanted < 0) {
      this.#giveBack();
      return natives.cursorFetch(this.#id, wanted);
    }
    const first = this.#rows.slice(this.#taken, this.#taken + Math.min(wanted, this.#left()));
    this.#taken += first.length;
    if (first.length === wanted) return first;
    this.#forget();
    const more = natives.cursorFetch(this.#id, wanted - first.length);
    if (first.length === 0) return more;
    for (let i = 0; i < more.length; i += 1) first[first.length] = more[i];
    return first;
  }

  move(count) {
    const wanted = this.#direction(count);
    if (wanted === 0) return 0;
    if (wanted < 0) {
      this.#giveBack();
      return natives.cursorMove(this.#id, wanted);
    }
    const skipped = Math.min(wanted, this.#left());
    this.#taken += skipped;
    if (skipped === wanted) return skipped;
    this.#forget();
    return skipped + natives.cursorMove(this.#id, wanted - skipped);
  }

  close() {
    this.#forget();
    if (this.#closed) return;
    this.#closed = true;
    natives.cursorClose(this.#id);
  }

  #direction(count) {
    const wanted = distance(count);
    if (typeof wanted !== "number" || Math.trunc(wanted) !== wanted) {
      throw new RangeError("a cursor goes by a whole number of rows, or by Infinity");
    }
    if (wanted < 0 && !this.#scroll) {
      throw new internals.PgError("a cursor goes backwards only when it is opened with scroll: true", {
        sqlstate: "55000",
      });
    }
    return wanted;
  }

  #left() {
    return this.#rows.length - this.#taken;
  }

  #forget() {
    this.#rows = [];
    this.#taken = 0;
    this.#short = false;
  }

  // Stands on the row that was taken last, as if no more had been fetched.
  #giveBack() {
    const back = this.#left() + (this.#short && this.#rows.length > 0 ? 1 : 0);
    this.#forget();
    if (back > 0) natives.cursorMove(this.#id, -back);
  }
}

class Cursor {
  #portal;

  constructor(portal) {
    this.#portal = portal;
    Object.freeze(this);
  }

  async next() {
    const row = this.#portal.next();
    return row === OVER ? { value: undefined, done: true } : { value: row, done: false };
  }

  async return(value) {
    this.#portal.close();
    return { value, done: true };
  }

  async fetch(count) {
    return this.#portal.fetch(count);
  }

  async move(count) {
    return this.#portal.move(count);
  }

  async close() {
    this.#portal.close();
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [Symbol.asyncDispose]() {
    this.#portal.close();
  }
}

class SyncCursor {
  #portal;

  constructor(portal) {
    this.#portal = portal;
    Object.freeze(this);
  }

  next() {
    const row = this.#portal.next();
    return row === OVER ? { value: undefined, done: true } : { value: row, done: false };
  }

  return(value) {
    this.#portal.close();
    return { value, done: true };
  }

  fetch(count) {
    return this.#portal.fetch(count);
  }

  move(count) {
    return this.#portal.move(count);
  }

  close() {
    this.#portal.close();
  }

  [Symbol.iterator]() {
    return this;
  }

  [Symbol.dispose]() {
    this.#portal.close();
  }
}

// (text, params?, options?) or (statement, options?)
const open = (input, second, third) => {
  if (typeof input === "string") return new Portal(statement.resolve(input, second), third);
  if (third !== undefined) return new Portal(statement.resolve(input, second), third);
  return new Portal(statement.resolve(input), second);
};

internals.cursor = {
  open: (input, second, third) => new Cursor(open(input, second, third)),
  openSync: (input, second, third) => new SyncCursor(open(input, second, third)),
};
internals.harden.push(Cursor, SyncCursor);
