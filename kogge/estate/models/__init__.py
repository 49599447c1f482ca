"""The types of tenants/, catalogue/ and platform.yaml, one file per noun; no model knows another file."""
