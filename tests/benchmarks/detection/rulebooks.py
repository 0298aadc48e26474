"""Which rule of which tool speaks of which hazards, generously: the ids are those of ``scenario.toml``.

A beginning of an id stands for all that begin so. Where a rule is about a statement, it is given every family that the
statement can bring about, whether its text speaks of it or not.
"""

from __future__ import annotations

from marks import Rulebook

_TYPE_CHANGE = ("A13", "A14", "A16", "A17", "A19", "A20", "A21", "C0", "H05", "J02", "J07")
_NEW_CONSTRAINT = ("B03", "B06", "B08", "B10", "B12", "B18", "C06", "J04", "J05", "J06")
_REQUIRED = ("B01", "B02", "B03", "J05", "J07")
_DROPPED_COLUMN = ("A01", "A02", "A03", "A04", "A20", "D11")
_INDEX = ("B08", "E10", "J03", "J06")
_POLICY = ("I03",)

SQUAWK = Rulebook(
    dangers={
        "adding-field-with-default": ("A21", "B02", "J02"),
        "adding-foreign-key-constraint": ("B10", "B11", "J04"),
        "adding-not-nullable-field": _REQUIRED,
        "adding-required-field": _REQUIRED,
        "adding-serial-primary-key-field": ("J02", "J06"),
        "ban-add-column": ("A06", "A07", "A09", "A11", "A21", "B01", "B02", "D09", "H01", "H02", "H03", "J01", "J02"),
        "ban-add-composite-attribute": ("C08", "H06"),
        "ban-add-enum-value": ("C01", "C04", "C05"),
        "ban-alter-domain-with-add-constraint": ("B18",),
        "ban-alter-generated-expression": ("A21", "J02"),
        "ban-alter-identity": ("A21", "E06"),
        "ban-alter-policy-condition": _POLICY,
        "ban-alter-policy-roles": _POLICY,
        "ban-alter-row-level-security": _POLICY,
        "ban-concurrent-index-creation-in-transaction": ("K01", "K03"),
        "ban-create-policy": _POLICY,
        "ban-detach-inheritance": ("J12",),
        "ban-disable-trigger": ("G",),
        "ban-drop-column": _DROPPED_COLUMN,
        "ban-drop-constraint": ("B11", "E0", "C06"),
        "ban-drop-default": ("B02", "B04", "E06", "A21"),
        "ban-drop-domain": ("C0",),
        "ban-drop-extension": ("C09",),
        "ban-drop-function": ("C09", "C11"),
        "ban-drop-generated-expression": ("A21",),
        "ban-drop-index": ("E01", "E03", "E10", "J03"),
        "ban-drop-not-null": ("B14", "F06"),
        "ban-drop-policy": _POLICY,
        "ban-drop-schema": ("D01", "D13"),
        "ban-drop-sequence": ("E06",),
        "ban-drop-table": ("A20", "D01", "D14", "D16", "I01"),
        "ban-drop-type": ("C03", "C07", "C09"),
        "ban-drop-view": ("A02", "D09", "D11", "D01"),
        "ban-new-write-restriction": (*_NEW_CONSTRAINT, *_REQUIRED, "A13", "B15"),
        "ban-replace-view-function": ("A02", "C09", "C11", "D09", "D11"),
        "ban-replica-identity": ("M04",),
        "ban-revoke": ("I04",),
        "ban-set-default": ("B05", "E06", "E07"),
        "ban-set-schema": ("D13",),
        "ban-truncate-cascade": ("D01", "J12"),
        "changing-column-type": _TYPE_CHANGE,
        "constraint-missing-not-valid": _NEW_CONSTRAINT,
        "disallowed-unique-constraint": ("B08", "E0", "J06"),
        "prefer-repack": ("J12",),
        "renaming-column": ("A04", "A05"),
        "renaming-object": ("C02", "D13", "E04", "C09"),
        "renaming-table": ("D0", "I01"),
        "require-concurrent-index-creation": _INDEX,
        "require-concurrent-index-deletion": ("E01", "E03", *_INDEX),
        "require-concurrent-partition-detach": ("J12",),
        "require-concurrent-reindex": ("J03", "J12"),
        "transaction-nesting": ("K01", "J08"),
    },
    advice={"require-lock-timeout": ("J",), "require-statement-timeout": ("J",), "prefer-robust-stmts": ("K",)},
)

#: django-migration-linter's tests, which alembic-migration-linter runs.
LINTER = Rulebook(
    dangers={
        "RENAME_TABLE": ("D0", "D13", "I01"),
        "NOT_NULL": (*_REQUIRED, "B04", "E06"),
        "DROP_COLUMN": _DROPPED_COLUMN,
        "DROP_TABLE": ("A20", "D01", "D14", "I01"),
        "RENAME_COLUMN": ("A04", "A05"),
        "ALTER_COLUMN": (*_TYPE_CHANGE, "B04", "B05", "E06"),
        "ADD_UNIQUE": ("B08", "E0", "J06"),
        "CREATE_INDEX": _INDEX,
        "CREATE_INDEX_EXCLUSIVE": _INDEX,
        "DROP_INDEX": ("E01", "E03", *_INDEX),
        "REINDEX": ("J03", "J12"),
    },
    advice={},
)

#: Its tests are about the migrations themselves: that they run, on an empty database, up and down.
PYTEST_ALEMBIC = Rulebook(
    dangers={
        "test_single_head_revision": ("K05", "K14"),
        "test_upgrade": ("K", "C04"),
        "test_up_down_consistency": ("K", "C05"),
        "test_model_definitions_match_ddl": ("K08", "K11"),
    },
    advice={},
)
