"""Reads the schema of a database from PostgreSQL's system catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.schema import ObjectKind, SchemaObject

if TYPE_CHECKING:
    import psycopg

#: Every kind of object in one query: identity, name, owner, attributes.  A name is qualified where its schema is not
#: ``public``.  Objects of extensions and of PostgreSQL itself are left out (pg_depend, deptype 'e'): those that initdb
#: made have identifiers below 16384 (``FirstNormalObjectId``), so that the catalogs need not be read to their ends.
#: What is usual is left out of the attributes where nearly every object has it; the model knows those words.
#: ``conenforced``, and NOT NULL as a constraint of its own (contype 'n'), PostgreSQL has since 18.
_QUERY = """
WITH space AS (
    SELECT oid, CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END AS prefix
    FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
), extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND objid >= 16384
        AND classid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass,
            'pg_ts_config'::regclass)
), brought (extension, name) AS (  -- but for what PostgreSQL has itself under that name, for other types
    SELECT d.refobjid, coalesce(p.proname, t.typname, c.relname, f.cfgname, o.oprname) FROM pg_depend d
    LEFT JOIN pg_proc p ON (d.classid, d.objid) = ('pg_proc'::regclass, p.oid)
        AND NOT EXISTS (SELECT FROM pg_proc own WHERE own.proname = p.proname AND own.oid < 16384)
    LEFT JOIN pg_type t ON (d.classid, d.objid) = ('pg_type'::regclass, t.oid) AND t.typelem = 0
    LEFT JOIN pg_class c ON (d.classid, d.objid) = ('pg_class'::regclass, c.oid)
    LEFT JOIN pg_ts_config f ON (d.classid, d.objid) = ('pg_ts_config'::regclass, f.oid)
    LEFT JOIN pg_operator o ON (d.classid, d.objid) = ('pg_operator'::regclass, o.oid)
    WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass AND d.refobjid >= 16384
), rel AS (
    SELECT c.*, s.prefix || c.relname AS name FROM pg_class c JOIN space s ON s.oid = c.relnamespace
    WHERE c.oid >= 16384 AND (('pg_class'::regclass)::oid, c.oid) NOT IN (SELECT classid, objid FROM extended)
), type AS (
    SELECT t.*, s.prefix || t.typname AS name FROM pg_type t JOIN space s ON s.oid = t.typnamespace
    WHERE t.oid >= 16384
        AND (t.typtype IN ('e', 'd') OR (SELECT relkind = 'c' FROM pg_class c WHERE c.oid = t.typrelid))
        AND (('pg_type'::regclass)::oid, t.oid) NOT IN (SELECT classid, objid FROM extended)
), func AS (
    SELECT p.*, s.prefix || p.proname AS name FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
    WHERE p.oid >= 16384 AND (('pg_proc'::regclass)::oid, p.oid) NOT IN (SELECT classid, objid FROM extended)
), schema AS (
    SELECT n.* FROM pg_namespace n JOIN space USING (oid)
    WHERE (n.oid >= 16384 OR n.nspname = 'public')
        AND (('pg_namespace'::regclass)::oid, n.oid) NOT IN (SELECT classid, objid FROM extended)
), acl (classid, oid, part, rights) AS (
    SELECT 'pg_class'::regclass, oid, 0, coalesce(
        relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM rel WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL SELECT 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl
    FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid WHERE a.attacl IS NOT NULL
    UNION ALL SELECT 'pg_type'::regclass, oid, 0, coalesce(typacl, acldefault('T', typowner)) FROM type
    UNION ALL SELECT 'pg_proc'::regclass, oid, 0, coalesce(proacl, acldefault('f', proowner)) FROM func
    UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, coalesce(nspacl, acldefault('n', nspowner)) FROM schema
), granted AS (
    SELECT classid, oid, part, string_agg(grantee || ': ' || rights, '; ' ORDER BY grantee) AS rights
    FROM (
        SELECT classid, oid, part,
            CASE e.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(e.grantee) END AS grantee,
            string_agg(DISTINCT e.privilege_type, ', ' ORDER BY e.privilege_type) AS rights
        FROM acl CROSS JOIN aclexplode(acl.rights) e
        GROUP BY 1, 2, 3, 4
    ) g
    GROUP BY 1, 2, 3
), setting AS (
    SELECT s.setrole AS role, jsonb_object_agg(left(e, strpos(e, '=') - 1), substr(e, strpos(e, '=') + 1)) AS given
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase CROSS JOIN unnest(s.setconfig) e
    WHERE d.datname = current_database() AND split_part(e, '=', 1) <> ALL (ARRAY['log_lock_waits', 'deadlock_timeout'])
    GROUP BY 1
)
SELECT 'table', rel.oid::text, name, '', jsonb_strip_nulls(jsonb_build_object(
        'storage', relfilenode::text, 'row security', relrowsecurity::text, 'rights', coalesce(rights, ''),
        'row security of its owner', CASE WHEN relforcerowsecurity THEN 'forced' END,
        'replica identity', CASE relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'an index' END,
        'published by', (SELECT string_agg(p.pubname, ' ' ORDER BY p.pubname) FROM pg_publication p
            WHERE p.puballtables OR EXISTS (
                SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = rel.oid)),
        'bounds', pg_get_expr(relpartbound, rel.oid),
        'parts', (SELECT coalesce(string_agg(c.relname, ' ' ORDER BY c.relname), '')
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = rel.oid)))
    FROM rel LEFT JOIN granted g ON (g.classid, g.oid, part) = ('pg_class'::regclass, rel.oid, 0)
    WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'view', rel.oid::text, name, '', jsonb_strip_nulls(jsonb_build_object(
        'definition', pg_get_viewdef(rel.oid), 'rights', coalesce(rights, ''),
        'populated', CASE WHEN NOT relispopulated THEN 'no' END,
        'options', CASE relkind WHEN 'v' THEN array_to_string(reloptions, ' ') END))
    FROM rel LEFT JOIN granted g ON (g.classid, g.oid, part) = ('pg_class'::regclass, rel.oid, 0)
    WHERE relkind IN ('v', 'm')
UNION ALL SELECT 'column', a.attrelid || '.' || a.attnum, a.attname, rel.name, jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN l.collname END,
        'null', CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'nullable' END,
        'default', CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), 'none') END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END, 'rights', g.rights))
    FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid AND rel.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN granted g ON (g.classid, g.oid, g.part) = ('pg_class'::regclass, a.attrelid, a.attnum)
    WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'constraint', c.oid::text, c.conname, rel.name, jsonb_strip_nulls(jsonb_build_object(
        'definition', pg_get_constraintdef(c.oid), 'validated', c.convalidated::text,
        'enforced', CASE WHEN NOT c.convalidated AND to_jsonb(c) ->> 'conenforced' = 'false' THEN 'no' END))
    FROM pg_constraint c JOIN rel ON rel.oid = c.conrelid WHERE c.contype IN ('c', 'f', 'n', 'p', 'u', 'x')
UNION ALL SELECT 'constraint', c.oid::text, c.conname, type.name, jsonb_build_object(
        'definition', pg_get_constraintdef(c.oid), 'validated', c.convalidated::text)
    FROM pg_constraint c JOIN type ON type.oid = c.contypid WHERE c.contype = 'c'
UNION ALL SELECT 'index', i.indexrelid::text, x.relname, rel.name, jsonb_build_object(
        'definition', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid::text)
    FROM pg_index i JOIN rel ON rel.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
UNION ALL SELECT 'type', type.oid::text, name, '', jsonb_strip_nulls(jsonb_build_object(
        'base', format_type(typbasetype, typtypmod), 'null', CASE WHEN typnotnull THEN 'NOT NULL' ELSE 'nullable' END,
        'default', CASE WHEN typtype = 'd' THEN coalesce(pg_get_expr(typdefaultbin, 0), 'none') END,
        'labels', (SELECT string_agg(enumlabel, E'\\n' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = type.oid),
        'rights', coalesce(rights, '')))
    FROM type LEFT JOIN granted g ON (g.classid, g.oid) = ('pg_type'::regclass, type.oid)
UNION ALL SELECT 'enum label', e.oid::text, e.enumlabel, type.name, '{}'::jsonb
    FROM pg_enum e JOIN type ON type.oid = e.enumtypid
UNION ALL SELECT 'attribute', a.attrelid || '.' || a.attnum, a.attname, type.name, jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod))
    FROM pg_attribute a JOIN type ON type.typrelid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'function', func.oid::text, name, '', jsonb_strip_nulls(jsonb_build_object(
        'arguments', pg_get_function_identity_arguments(func.oid), 'defaults', pg_get_expr(proargdefaults, 0),
        'body', coalesce(pg_get_function_sqlbody(func.oid), prosrc),  -- the former where it is BEGIN ATOMIC
        'result', CASE WHEN (SELECT typtype <> 'p' OR proretset FROM pg_type t WHERE t.oid = prorettype)
            THEN pg_get_function_result(func.oid) END,
        'security', CASE WHEN prosecdef THEN 'definer' END, 'strict', CASE WHEN proisstrict THEN 'yes' END,
        'volatility', CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END,
        'settings', array_to_string(proconfig, ' '), 'rights', coalesce(rights, '')))
    FROM func LEFT JOIN granted g ON (g.classid, g.oid) = ('pg_proc'::regclass, func.oid)
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
    FROM rel JOIN pg_sequence s ON s.seqrelid = rel.oid
    LEFT JOIN granted g ON (g.classid, g.oid, part) = ('pg_class'::regclass, rel.oid, 0)
    WHERE relkind = 'S'
UNION ALL SELECT 'extension', e.oid::text, extname, '', jsonb_strip_nulls(jsonb_build_object(
        'version', extversion, 'schema', nspname, 'brings', (
            SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM brought WHERE brought.extension = e.oid)))
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= 16384
UNION ALL SELECT 'text search configuration', c.oid::text, s.prefix || cfgname, '', coalesce((
        SELECT jsonb_object_agg(alias, dictionaries) FROM (
            SELECT alias, string_agg(dictname, ' ' ORDER BY mapseqno) AS dictionaries
            FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) ON tokid = maptokentype
            JOIN pg_ts_dict d ON d.oid = mapdict WHERE mapcfg = c.oid GROUP BY alias) mapped), '{}')
    FROM pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace
    WHERE c.oid >= 16384 AND (('pg_ts_config'::regclass)::oid, c.oid) NOT IN (SELECT classid, objid FROM extended)
UNION ALL SELECT 'policy', p.oid::text, p.polname, rel.name, jsonb_strip_nulls(jsonb_build_object(
        'kind', CASE WHEN NOT p.polpermissive THEN 'restrictive' END,
        'for', CASE WHEN p.polroles <> '{0}' THEN (
            SELECT string_agg(pg_get_userbyid(r), ' ' ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r) END,
        'command', p.polcmd::text, 'using', coalesce(pg_get_expr(p.polqual, p.polrelid), 'none'),
        'check', coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'none')))
    FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
UNION ALL SELECT 'schema', schema.oid::text, nspname, '', jsonb_build_object('rights', coalesce(rights, ''))
    FROM schema LEFT JOIN granted g ON (g.classid, g.oid) = ('pg_namespace'::regclass, schema.oid)
UNION ALL SELECT 'settings', 'of all', 'of the database', '', coalesce((SELECT given FROM setting WHERE role = 0), '{}')
UNION ALL SELECT 'settings', role::text, 'of role ' || pg_get_userbyid(role), '', given
    FROM setting WHERE role <> 0
        AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)  -- nobody else can give them to a copy
        AND role NOT IN (SELECT setrole FROM pg_db_role_setting WHERE setdatabase = 0  -- the rehearsal's own roles
            AND EXISTS (SELECT FROM unnest(setconfig) e WHERE starts_with(e, 'role=')))
"""
#: Definitions are told in the same words whatever ``ALTER DATABASE ... SET`` says of sessions.
_AS_EVER = """
SELECT set_config(name, value, true)
FROM (VALUES ('search_path', '"$user", public'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO')) AS usual (name, value)
"""


def capture_schema(connection: psycopg.Connection[Any]) -> tuple[SchemaObject, ...]:
    """Reads all objects that an application's statements could depend on.

    Source of the meaning of each column: PostgreSQL's manual, chapter "System Catalogs".

    Args:
        connection: To the database.
    """
    with connection.transaction():
        connection.execute(_AS_EVER)
        rows = connection.execute(_QUERY).fetchall()
    return tuple(
        SchemaObject(kind=ObjectKind(kind), identity=identity, name=name, owner=owner, attributes=attributes)
        for kind, identity, name, owner, attributes in rows
    )
