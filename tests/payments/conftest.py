from tests.gateway.conftest import fault, gateway_sandbox, stripe_at  # noqa: F401  (fixtures, used by name)
