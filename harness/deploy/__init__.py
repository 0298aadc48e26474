"""Reads what deployments are described by elsewhere: Kubernetes' YAML, a Procfile, docker-compose. Pure: texts in."""
