import { query, v } from "@stopgap/runtime";

/** `SELECT live_dev.hello_greet('{"name": "world"}')` */
export const greet = query(v.object({ name: v.string() }), ({ name }) => ({ greeting: `Hello, ${name}!` }));
