"""``rolldeploy init``: looks at a project, and writes settings and a first journey that run."""
