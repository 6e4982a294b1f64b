"""Blueprints for programs, one per topic: what they send is read, answered in the format asked for. No pages."""
