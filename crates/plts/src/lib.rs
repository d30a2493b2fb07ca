//! The procedural language plts: a thin extension over plts-js and pg-boundary.
