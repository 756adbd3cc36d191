"""Payment orders (缴款单) for what cases charge: numbered, printed, paid, refunded, reconciled. What is charged is the engine's."""
