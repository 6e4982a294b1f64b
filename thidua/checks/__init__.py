"""What must hold of a set of quads: rules, shapes, hygiene, OWL. No publishing, no processes."""
