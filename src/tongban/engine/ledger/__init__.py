"""The ledger of cases: hash chains, their Merkle tree, signed checkpoints, and the proof that nothing was changed.

`chain`, `merkle`, `note` and the verifying half of `proof` are pure; `sealing`, `verify` and `erasure` work on the
database. The ledger proves that records were not altered after they were written; it does not prove that what was
written is true (docs/explanation/ledger.md).
"""
