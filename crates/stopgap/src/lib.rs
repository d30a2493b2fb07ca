//! The release manager: a thin extension over stopgap-core and pg-boundary.
