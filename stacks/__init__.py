"""Pulumi programs: ``platform`` and ``tenant``. ``__main__`` chooses by the name of the stack."""
