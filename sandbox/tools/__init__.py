"""The programs the sandbox runs and the engine Kogge drives: pinned, built from their modules, cached by pin."""
