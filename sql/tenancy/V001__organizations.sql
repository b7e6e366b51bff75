-- Requirement 000: what is there once, for all tenants: the organizations, and one-time passwords. Times are UTC and given by the
-- application. Of a one-time password only a salted hash is kept; there is one of a purpose for an address at a time.
-- substr() counts characters where length() counts bytes.

-- tenant is the name of the schema in which the organization's own tables are (sql/tenant). Names that differ in capitals alone
-- are one name on MySQL and MariaDB, where the schema itself may be so too.
CREATE TABLE IF NOT EXISTS organizations (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    tenant VARCHAR(63) NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT uq_organizations_tenant UNIQUE (tenant),
    CONSTRAINT ck_organizations_name CHECK (length(name) > 0 AND length(substr(name, 256, 1)) = 0),
    CONSTRAINT ck_organizations_tenant CHECK (length(tenant) > 0 AND length(substr(tenant, 64, 1)) = 0),
    CONSTRAINT ck_organizations_updated_at CHECK (updated_at >= created_at)
);

CREATE TABLE IF NOT EXISTS one_time_passwords (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    email VARCHAR(255) NOT NULL,
    purpose VARCHAR(50) NOT NULL,
    salt VARCHAR(64) NOT NULL,
    code_hash VARCHAR(128) NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    expires_at TIMESTAMP(6) NOT NULL,
    used_at TIMESTAMP(6) NULL,
    created_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT uq_one_time_passwords_email UNIQUE (email, purpose),
    CONSTRAINT ck_one_time_passwords_email CHECK (length(email) > 0 AND length(substr(email, 256, 1)) = 0),
    CONSTRAINT ck_one_time_passwords_purpose CHECK (length(purpose) > 0 AND length(substr(purpose, 51, 1)) = 0),
    CONSTRAINT ck_one_time_passwords_attempts CHECK (attempts >= 0),
    CONSTRAINT ck_one_time_passwords_expires_at CHECK (expires_at > created_at)
);

CREATE INDEX IF NOT EXISTS idx_one_time_passwords_expires_at ON one_time_passwords (expires_at);
