"""A local Stripe: stateful, signs its webhooks, keeps its own journal, reached only over HTTP."""
