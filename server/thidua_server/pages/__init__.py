"""Pages for readers, each a module and a template; they work without their scripts. No format for programs but HTML."""
