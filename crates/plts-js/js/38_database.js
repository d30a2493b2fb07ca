// ctx.db: everything that reaches the database, with promises and without. The promises are settled when they are given.

const { statement, transaction, cursor, quote } = internals;

class Database {
  constructor(mode) {
    this.mode = mode;
    this.quote = quote;
    this.sync = Object.freeze({
      mode,
      quote,
      query: statement.query,
      exec: statement.exec,
      one: statement.one,
      maybeOne: statement.maybeOne,
      sql: statement.tag,
      cursor: cursor.openSync,
      savepoint: transaction.savepointSync,
      batch: transaction.batch,
      insert: internals.insert,
      call: internals.call,
      commit: transaction.commit,
      rollback: transaction.rollback,
    });
    Object.freeze(this);
  }

  async query(input, params) {
    return statement.query(input, params);
  }

  async exec(input, params) {
    return statement.exec(input, params);
  }

  async one(input, params) {
    return statement.one(input, params);
  }

  async maybeOne(input, params) {
    return statement.maybeOne(input, params);
  }

  sql(strings, ...values) {
    return statement.tag(strings, ...values);
  }

  cursor(input, second, third) {
    return cursor.open(input, second, third);
  }

  async savepoint(work) {
    return transaction.savepoint(work);
  }

  async batch(statements) {
    return transaction.batch(statements);
  }

  async insert(table, rows, options) {
    return internals.insert(table, rows, options);
  }

  async call(name, args) {
    return internals.call(name, args);
  }

  async commit() {
    transaction.commit();
  }

  async rollback() {
    transaction.rollback();
  }
}

internals.databases = Object.freeze({ write: new Database("rw"), read: new Database("ro") });
internals.harden.push(Database, internals.databases);
