//! Pure core of stopgap: manifest, deployment states, plan and diff, routing.
