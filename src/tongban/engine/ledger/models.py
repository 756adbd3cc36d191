"""Tables of the ledger's tree: what was sealed, in which order, under which signed heads. Append-only by trigger.

`sealing.py` writes them; nothing else does. Imported by `tongban.engine.models`, whose app they belong to.
"""

from django.db import models


class LedgerLeaf(models.Model):
    """A sealed event: a second copy of its hash, so that an event that vanishes is missed. `index` counts from 0."""

    index = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        app_label = "engine"
        db_table = "engine_ledger_leaf"
        verbose_name = "存证叶"
        verbose_name_plural = "存证叶"
        constraints = [models.UniqueConstraint(name="ledger_leaf_event", fields=["case_id", "seq"])]

    def __str__(self) -> str:
        return f"{self.index}: {self.case_id}/{self.seq}"


class LedgerNode(models.Model):
    """The hash of a complete subtree of the Merkle tree; levels below `sealing.STORED_FROM` follow from the leaves."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        app_label = "engine"
        db_table = "engine_ledger_node"
        verbose_name = "存证树节点"
        verbose_name_plural = "存证树节点"

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class LedgerOrigin(models.Model):
    """What this installation's ledger is hashed with: one row, written at its first use, never changed."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    hash_name = models.CharField(max_length=10)
    created = models.DateTimeField()

    class Meta:
        app_label = "engine"
        db_table = "engine_ledger_origin"
        verbose_name = "存证账本"
        verbose_name_plural = "存证账本"
        constraints = [models.CheckConstraint(name="ledger_origin_single", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return self.hash_name


class LedgerKey(models.Model):
    """A key that signs checkpoints, its public half. Every key but the first was named by the one before."""

    key_id = models.CharField(primary_key=True, max_length=8)
    public = models.CharField(max_length=300)  # C2SP form name+id+base64
    created = models.DateTimeField()
    retired = models.DateTimeField(null=True)

    class Meta:
        app_label = "engine"
        db_table = "engine_ledger_key"
        verbose_name = "存证签名公钥"
        verbose_name_plural = "存证签名公钥"
        constraints = [
            models.UniqueConstraint(
                name="ledger_key_one_current",
                fields=["retired"],
                condition=models.Q(retired__isnull=True),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.key_id


class Checkpoint(models.Model):
    """A signed head of the tree (检查点): `note` is its text, `signature` that of the key over it."""

    no = models.BigIntegerField(primary_key=True)
    tree_size = models.BigIntegerField(db_index=True)
    root = models.BinaryField(max_length=32)
    hash_name = models.CharField(max_length=10)
    signed_at = models.DateTimeField()
    note = models.TextField()
    signature = models.BinaryField(max_length=64)
    key = models.ForeignKey(
        LedgerKey, on_delete=models.PROTECT, db_constraint=False, related_name="checkpoints"
    )

    class Meta:
        app_label = "engine"
        db_table = "engine_ledger_checkpoint"
        verbose_name = "检查点"
        verbose_name_plural = "检查点"

    def __str__(self) -> str:
        return f"{self.no}: {self.tree_size}"
