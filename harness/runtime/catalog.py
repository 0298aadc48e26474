"""Reads the schema of a database from PostgreSQL's system catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.schema import ObjectKind, SchemaObject

if TYPE_CHECKING:
    import psycopg

#: Every kind of object in one query: identity, name, owner, attributes.  A name is qualified where its schema is not
#: ``public``.  Objects of extensions and of PostgreSQL itself are left out (pg_depend, deptype 'e'): those that initdb
#: made have identifiers below 16384 (``FirstNormalObjectId``), so that the catalogs need not be read to their ends.
_QUERY = """
WITH space AS (
    SELECT oid, CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END AS prefix
    FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
), extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND objid >= 16384
        AND classid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass)
), rel AS (
    SELECT c.*, s.prefix || c.relname AS name FROM pg_class c JOIN space s ON s.oid = c.relnamespace
    WHERE c.oid >= 16384 AND (('pg_class'::regclass)::oid, c.oid) NOT IN (SELECT classid, objid FROM extended)
), granted AS (
    SELECT oid, string_agg(grantee || ': ' || rights, '; ' ORDER BY grantee) AS rights
    FROM (
        SELECT rel.oid, CASE e.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(e.grantee) END AS grantee,
            string_agg(DISTINCT e.privilege_type, ', ' ORDER BY e.privilege_type) AS rights
        FROM rel CROSS JOIN aclexplode(coalesce(
            rel.relacl, acldefault(CASE rel.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", rel.relowner))) e
        WHERE rel.relkind IN ('r', 'p', 'v', 'm', 'S')
        GROUP BY 1, 2
    ) g
    GROUP BY 1
), type AS (
    SELECT t.*, s.prefix || t.typname AS name FROM pg_type t JOIN space s ON s.oid = t.typnamespace
    WHERE t.oid >= 16384
        AND (t.typtype IN ('e', 'd') OR (SELECT relkind = 'c' FROM pg_class c WHERE c.oid = t.typrelid))
        AND (('pg_type'::regclass)::oid, t.oid) NOT IN (SELECT classid, objid FROM extended)
)
SELECT 'table', oid::text, name, '', jsonb_strip_nulls(jsonb_build_object(
        'storage', relfilenode::text, 'row security', relrowsecurity::text, 'rights', coalesce(rights, ''),
        'replica identity', CASE relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'an index' END,
        'published by', (SELECT string_agg(p.pubname, ' ' ORDER BY p.pubname) FROM pg_publication p
            WHERE p.puballtables OR EXISTS (
                SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = rel.oid)),
        'parts', (SELECT coalesce(string_agg(c.relname, ' ' ORDER BY c.relname), '')
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = rel.oid)))
    FROM rel LEFT JOIN granted USING (oid) WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'view', oid::text, name, '', jsonb_build_object(
        'definition', pg_get_viewdef(oid), 'rights', coalesce(rights, ''))
    FROM rel LEFT JOIN granted USING (oid) WHERE relkind IN ('v', 'm')
UNION ALL SELECT 'column', a.attrelid || '.' || a.attnum, a.attname, rel.name, jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN l.collname END,
        'null', CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'nullable' END,
        'default', CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), 'none') END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END))
    FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid AND rel.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'constraint', c.oid::text, c.conname, rel.name, jsonb_build_object(
        'definition', pg_get_constraintdef(c.oid), 'validated', c.convalidated::text)
    FROM pg_constraint c JOIN rel ON rel.oid = c.conrelid WHERE c.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL SELECT 'constraint', c.oid::text, c.conname, type.name, jsonb_build_object(
        'definition', pg_get_constraintdef(c.oid), 'validated', c.convalidated::text)
    FROM pg_constraint c JOIN type ON type.oid = c.contypid WHERE c.contype = 'c'
UNION ALL SELECT 'index', i.indexrelid::text, x.relname, rel.name, jsonb_build_object(
        'definition', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid::text)
    FROM pg_index i JOIN rel ON rel.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
UNION ALL SELECT 'type', oid::text, name, '', jsonb_build_object(
        'base', format_type(typbasetype, typtypmod), 'null', CASE WHEN typnotnull THEN 'NOT NULL' ELSE 'nullable' END)
    FROM type
UNION ALL SELECT 'enum label', e.oid::text, e.enumlabel, type.name, '{}'::jsonb
    FROM pg_enum e JOIN type ON type.oid = e.enumtypid
UNION ALL SELECT 'attribute', a.attrelid || '.' || a.attnum, a.attname, type.name, jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod))
    FROM pg_attribute a JOIN type ON type.typrelid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'function', p.oid::text, s.prefix || p.proname, '', jsonb_build_object(
        'arguments', pg_get_function_identity_arguments(p.oid), 'body', p.prosrc)
    FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
    WHERE p.oid >= 16384 AND (('pg_proc'::regclass)::oid, p.oid) NOT IN (SELECT classid, objid FROM extended)
UNION ALL SELECT 'trigger', t.oid::text, t.tgname, rel.name, jsonb_build_object(
        'definition', pg_get_triggerdef(t.oid), 'enabled', CASE t.tgenabled WHEN 'D' THEN 'no' ELSE 'yes' END)
    FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'rule', r.oid::text, r.rulename, rel.name, jsonb_build_object('definition', pg_get_ruledef(r.oid))
    FROM pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL SELECT 'sequence', rel.oid::text, name, '', jsonb_build_object('rights', coalesce(rights, '')) || CASE
        WHEN EXISTS (SELECT FROM pg_depend d WHERE d.objid = rel.oid AND d.deptype = 'i' AND d.classid = d.refclassid)
        THEN '{}'::jsonb  -- an identity column's: what is done to it, no statement names
        ELSE jsonb_build_object('increment', s.seqincrement::text, 'minimum', s.seqmin::text,
            'maximum', s.seqmax::text, 'cycles', s.seqcycle::text) END
    FROM rel LEFT JOIN granted USING (oid) JOIN pg_sequence s ON s.seqrelid = rel.oid WHERE relkind = 'S'
UNION ALL SELECT 'policy', p.oid::text, p.polname, rel.name, jsonb_build_object(
        'command', p.polcmd::text, 'using', coalesce(pg_get_expr(p.polqual, p.polrelid), 'none'),
        'check', coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'none'))
    FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
"""


def capture_schema(connection: psycopg.Connection[Any]) -> tuple[SchemaObject, ...]:
    """Reads all objects that an application's statements could depend on.

    Source of the meaning of each column: PostgreSQL's manual, chapter "System Catalogs".

    Args:
        connection: To the database.
    """
    rows = connection.execute(_QUERY).fetchall()
    return tuple(
        SchemaObject(kind=ObjectKind(kind), identity=identity, name=name, owner=owner, attributes=attributes)
        for kind, identity, name, owner, attributes in rows
    )
