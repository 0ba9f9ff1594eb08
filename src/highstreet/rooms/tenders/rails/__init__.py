"""Connectors to payment providers: stateless translators, their answers into our words."""
