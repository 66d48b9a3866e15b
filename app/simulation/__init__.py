"""The time machine: months of customers' lives, played through the product's own use cases in minutes.

One thread, one seed: the same seed gives the same story to the kopeck (`bpm simulate`). With faults the
provider loses answers, webhooks come late, twice or never, processes are killed at named points, two
schedulers run at once, Redis forgets, the scheduler sleeps for weeks. Afterwards the provider's books are
compared with ours and everything that must hold is asked for.
"""
