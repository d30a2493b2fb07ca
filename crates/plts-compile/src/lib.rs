//! TypeScript in; diagnostics, JavaScript, source map, imports and exports out.
