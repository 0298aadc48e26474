"""The plugin is registered by its entry point; tests of plugins need pytester."""

pytest_plugins = ["pytester"]
# They need a package index and minutes: whoever wants one names its folder.
collect_ignore = ["scenarios/third_party"]
