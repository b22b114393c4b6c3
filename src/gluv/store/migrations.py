"""The tables, step by step: each entry turns the schema before it into the next one."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE pipelines (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        iid INTEGER NOT NULL UNIQUE,
        source TEXT NOT NULL,
        ref TEXT NOT NULL,
        tag INTEGER NOT NULL CHECK (tag IN (0, 1)),
        sha TEXT NOT NULL,
        name TEXT,
        status TEXT NOT NULL,
        duration REAL,
        owner TEXT NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        pipeline_id INTEGER NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        stage TEXT NOT NULL,
        status TEXT NOT NULL,
        exit_code INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        duration REAL,
        notes TEXT NOT NULL DEFAULT '[]',
        token_hash TEXT UNIQUE,
        owner TEXT NOT NULL,
        created_at REAL NOT NULL,
        started_at REAL,
        finished_at REAL
    ) STRICT;
    CREATE INDEX jobs_of_pipeline ON jobs (pipeline_id);
    CREATE TABLE packages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        normalised TEXT NOT NULL,
        requires_python TEXT NOT NULL,
        summary TEXT NOT NULL,
        metadata TEXT NOT NULL,
        created_at REAL NOT NULL,
        UNIQUE (name, version)
    ) STRICT;
    CREATE INDEX packages_by_name ON packages (normalised);
    CREATE TABLE package_files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        package_id INTEGER NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        size INTEGER NOT NULL,
        requires_python TEXT NOT NULL,
        job_id INTEGER,
        created_at REAL NOT NULL,
        UNIQUE (package_id, name)
    ) STRICT;
    CREATE INDEX files_by_hash ON package_files (sha256, name);
    CREATE TABLE releases (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        tag TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        sha TEXT NOT NULL,
        author TEXT NOT NULL,
        job_id INTEGER,
        created_at REAL NOT NULL,
        released_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE release_links (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        release_id INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        url TEXT NOT NULL,
        filepath TEXT,
        link_type TEXT NOT NULL,
        created_at REAL NOT NULL,
        UNIQUE (release_id, name),
        UNIQUE (release_id, url),
        UNIQUE (release_id, filepath)
    ) STRICT;
    CREATE TABLE tags (
        name TEXT PRIMARY KEY,
        sha TEXT NOT NULL,
        message TEXT NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE addresses (
        url TEXT PRIMARY KEY
    ) STRICT;
    """,
    """
    ALTER TABLE pipelines ADD COLUMN parent_job INTEGER;
    ALTER TABLE jobs ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
    CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint, name) WHERE fingerprint != '';
    """,
    """
    CREATE TABLE namespaces (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE COLLATE NOCASE,
        kind TEXT NOT NULL CHECK (kind IN ('group', 'user')),
        forwarding TEXT CHECK (forwarding IN ('forward', 'warn', 'off')),
        forwarding_locked INTEGER NOT NULL DEFAULT 0 CHECK (forwarding_locked IN (0, 1)),
        created_at REAL NOT NULL
    ) STRICT;
    INSERT INTO sqlite_sequence (name, seq) VALUES ('namespaces', 1);
    CREATE TABLE projects (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL UNIQUE COLLATE NOCASE,
        namespace_id INTEGER NOT NULL REFERENCES namespaces (id),
        title TEXT NOT NULL DEFAULT '',
        description TEXT NOT NULL DEFAULT '',
        visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal', 'private')),
        default_branch TEXT NOT NULL DEFAULT 'main',
        checkout TEXT NOT NULL DEFAULT '',
        is_home INTEGER NOT NULL DEFAULT 0 CHECK (is_home IN (0, 1)),
        registry_public INTEGER NOT NULL DEFAULT 0 CHECK (registry_public IN (0, 1)),
        job_token_scope INTEGER NOT NULL DEFAULT 1 CHECK (job_token_scope IN (0, 1)),
        created_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX projects_of_namespace ON projects (namespace_id);
    CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        username TEXT NOT NULL UNIQUE COLLATE NOCASE,
        name TEXT NOT NULL,
        email TEXT NOT NULL DEFAULT '',
        bot INTEGER NOT NULL DEFAULT 0 CHECK (bot IN (0, 1)),
        admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
        created_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE members (
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        namespace_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
        project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
        access_level INTEGER NOT NULL,
        created_at REAL NOT NULL,
        CHECK ((namespace_id IS NULL) <> (project_id IS NULL)),
        UNIQUE (user_id, namespace_id),
        UNIQUE (user_id, project_id)
    ) STRICT;
    CREATE TABLE tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('personal', 'project', 'group', 'deploy')),
        name TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,
        username TEXT NOT NULL DEFAULT '',
        namespace_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
        project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
        created_at REAL NOT NULL,
        expires_at REAL,
        revoked_at REAL,
        last_used_at REAL
    ) STRICT;
    CREATE TABLE job_token_allowlist (
        target_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        project_id INTEGER REFERENCES projects (id) ON DELETE CASCADE,
        namespace_id INTEGER REFERENCES namespaces (id) ON DELETE CASCADE,
        created_at REAL NOT NULL,
        CHECK ((namespace_id IS NULL) <> (project_id IS NULL)),
        UNIQUE (target_id, project_id),
        UNIQUE (target_id, namespace_id)
    ) STRICT;
    CREATE TABLE notices (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        what TEXT NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;

    INSERT INTO namespaces (path, kind, created_at)
        SELECT '', 'group', 0 WHERE EXISTS (SELECT 1 FROM pipelines)
        OR EXISTS (SELECT 1 FROM packages) OR EXISTS (SELECT 1 FROM releases);
    INSERT INTO projects (path, namespace_id, visibility, is_home, created_at)
        SELECT '', id, 'public', 1, 0 FROM namespaces;

    CREATE TABLE new_pipelines (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        iid INTEGER NOT NULL,
        source TEXT NOT NULL,
        ref TEXT NOT NULL,
        tag INTEGER NOT NULL CHECK (tag IN (0, 1)),
        sha TEXT NOT NULL,
        name TEXT,
        status TEXT NOT NULL,
        duration REAL,
        owner TEXT NOT NULL,
        created_at REAL NOT NULL,
        parent_job INTEGER,
        before_sha TEXT NOT NULL DEFAULT '',
        user_id INTEGER NOT NULL DEFAULT 1,
        UNIQUE (project_id, iid)
    ) STRICT;
    INSERT INTO new_pipelines SELECT id, 1, iid, source, ref, tag, sha, name, status, duration,
        owner, created_at, parent_job, '', 1 FROM pipelines;
    DROP TABLE pipelines;
    ALTER TABLE new_pipelines RENAME TO pipelines;
    ALTER TABLE jobs ADD COLUMN allow_failure INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN coverage REAL;
    ALTER TABLE jobs ADD COLUMN "when" TEXT NOT NULL DEFAULT 'on_success';
    ALTER TABLE jobs ADD COLUMN needs TEXT;
    ALTER TABLE jobs ADD COLUMN bridge INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE new_packages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        normalised TEXT NOT NULL,
        requires_python TEXT NOT NULL,
        summary TEXT NOT NULL,
        metadata TEXT NOT NULL,
        created_at REAL NOT NULL,
        UNIQUE (project_id, name, version)
    ) STRICT;
    INSERT INTO new_packages SELECT id, 1, name, version, normalised, requires_python, summary,
        metadata, created_at FROM packages;
    DROP TABLE packages;
    ALTER TABLE new_packages RENAME TO packages;
    CREATE INDEX packages_by_name ON packages (normalised, project_id);

    CREATE TABLE new_releases (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        sha TEXT NOT NULL,
        author TEXT NOT NULL,
        job_id INTEGER,
        created_at REAL NOT NULL,
        released_at REAL NOT NULL,
        UNIQUE (project_id, tag)
    ) STRICT;
    INSERT INTO new_releases SELECT id, 1, tag, name, description, sha, author, job_id, created_at,
        released_at FROM releases;
    DROP TABLE releases;
    ALTER TABLE new_releases RENAME TO releases;

    CREATE TABLE new_tags (
        project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sha TEXT NOT NULL,
        message TEXT NOT NULL,
        created_at REAL NOT NULL,
        PRIMARY KEY (project_id, name)
    ) STRICT;
    INSERT INTO new_tags SELECT 1, name, sha, message, created_at FROM tags;
    DROP TABLE tags;
    ALTER TABLE new_tags RENAME TO tags;
    """,
    """
    ALTER TABLE jobs ADD COLUMN artifacts_expire_at REAL;
    ALTER TABLE jobs ADD COLUMN artifacts_removed_at REAL;
    CREATE INDEX jobs_by_name ON jobs (name);
    CREATE INDEX jobs_to_expire ON jobs (artifacts_expire_at)
        WHERE artifacts_expire_at IS NOT NULL AND artifacts_removed_at IS NULL;
    """,
    """
    ALTER TABLE projects ADD COLUMN protected TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE pipelines ADD COLUMN variables TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE releases ADD COLUMN updated_at REAL NOT NULL DEFAULT 0;
    UPDATE releases SET updated_at = created_at;
    ALTER TABLE package_files ADD COLUMN md5 TEXT NOT NULL DEFAULT '';
    ALTER TABLE tokens ADD COLUMN description TEXT NOT NULL DEFAULT '';
    """,
)
