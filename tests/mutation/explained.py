"""What no test can notice, and why: the file, what stood there and what it became."""

CALLS, COMPLETION = "gateway/calls.py", "payments/completion_services/payment_completion.py"
RESERVING = "payouts/reserving.py"

EXPLAINED: dict[tuple[str, str, str], str] = {
    (
        CALLS,
        "if is_in_doubt:",
        "if True:",
    ): "of a call never sent the same attempt is sent, as before",
    (CALLS, "return False", "return None"): "both say no",
    (CALLS, "True", "False"): "a new attempt in a transaction is refused a moment later, when it is sent",
    (RESERVING, "return False", "return None"): "both say no",
    (COMPLETION, "if sales:", "if True:"): "without sales every step of theirs writes nothing",
    (COMPLETION, "True", "False"): "the two lists that are zipped were made of one",
}
