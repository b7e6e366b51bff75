-- Who may do what in the application. Needs the tables of the sets auth and tenancy, and is a set of its own so that each of those
-- stays what its document, or the package ia-auth-sessions, expects. Times are UTC and given by the application.

-- Who may ask for what concerns all tenants. Nobody becomes one over HTTP:
--     INSERT INTO administrators (user_id) SELECT id FROM users WHERE email = 'ada@example.org'
CREATE TABLE IF NOT EXISTS administrators (
    user_id VARCHAR(36) NOT NULL PRIMARY KEY,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- An organization is its members': the one who founded it is its owner, and says who else is one.
CREATE TABLE IF NOT EXISTS organization_members (
    organization_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL,
    role VARCHAR(20) NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ck_organization_members_role CHECK (
        role IN ('owner', 'member') AND length(replace(replace(role, 'owner', ''), 'member', '')) = 0
    )
);

CREATE INDEX IF NOT EXISTS idx_organization_members_user ON organization_members (user_id, organization_id);
