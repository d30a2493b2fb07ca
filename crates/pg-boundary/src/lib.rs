//! The one place that touches the C API of PostgreSQL.
