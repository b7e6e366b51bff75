-- Requirement 003: the messages of a user with an agent, and the tasks that it keeps for them. Users are those of the token that
-- the application was given. Keys are integers that the application makes (database/repositories/keys.py), because SERIAL and
-- AUTO_INCREMENT are not portable. Times are UTC and given by the application.
-- length(replace(...)) = 0 tells capitals apart where = does not; substr() counts characters where length() counts bytes.

CREATE TABLE IF NOT EXISTS messages (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    role VARCHAR(50) NOT NULL,
    content TEXT NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT ck_messages_user_id CHECK (length(user_id) > 0 AND length(substr(user_id, 256, 1)) = 0),
    CONSTRAINT ck_messages_role CHECK (
        role IN ('user', 'assistant') AND length(replace(replace(role, 'user', ''), 'assistant', '')) = 0
    ),
    CONSTRAINT ck_messages_content CHECK (length(content) > 0)
);

-- The id makes the order of equal times certain.
CREATE INDEX IF NOT EXISTS ix_messages_user_created ON messages (user_id, created_at, id);

CREATE TABLE IF NOT EXISTS tasks (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    title VARCHAR(255) NOT NULL,
    description TEXT NOT NULL DEFAULT (''),
    completed BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT ck_tasks_user_id CHECK (length(user_id) > 0 AND length(substr(user_id, 256, 1)) = 0),
    CONSTRAINT ck_tasks_title CHECK (length(title) > 0 AND length(substr(title, 256, 1)) = 0),
    CONSTRAINT ck_tasks_completed CHECK (completed IN (TRUE, FALSE)),
    CONSTRAINT ck_tasks_updated_at CHECK (updated_at >= created_at)
);

CREATE INDEX IF NOT EXISTS ix_tasks_user_created ON tasks (user_id, created_at, id);
CREATE INDEX IF NOT EXISTS ix_tasks_user_completed ON tasks (user_id, completed, created_at, id);
