"""The plugin is registered by its entry point; tests of plugins need pytester."""

pytest_plugins = ["pytester"]
