from importlib import import_module

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Klubba"

    def ready(self) -> None:
        """Every room may ask for sets of rows."""
        import_module("money.sets")
