//! The V8 host: isolate, contexts, modules, calls, deadlines and stack traces.
