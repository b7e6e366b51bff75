-- Conversations of a user, their messages, and the runs of pipelines. Needs the tables of the auth set.
-- Times are UTC; TIMESTAMP(6) keeps the microseconds on every database, where plain TIMESTAMP drops them on two.

CREATE TABLE IF NOT EXISTS chat_sessions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    title VARCHAR(255),
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- A user's sessions by last message; the id makes the order of equal times certain.
CREATE INDEX IF NOT EXISTS idx_chat_sessions_user_updated ON chat_sessions (user_id, updated_at, id);

-- The order of messages is (created_at, sequence_number): who writes two of one moment numbers them, within their session.
-- The number is never NULL: MySQL 9.7 does not check a foreign key whose index has a NULL in another column.
CREATE TABLE IF NOT EXISTS chat_messages (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    session_id VARCHAR(36) NOT NULL,
    sequence_number BIGINT NOT NULL DEFAULT 0,
    role VARCHAR(20) NOT NULL,
    content TEXT NOT NULL,
    model VARCHAR(100),
    tokens_used INTEGER,
    metadata TEXT,
    created_at TIMESTAMP(6) NOT NULL,
    FOREIGN KEY (session_id) REFERENCES chat_sessions (id) ON DELETE CASCADE,
    CONSTRAINT ck_chat_messages_role CHECK (role IN ('user', 'assistant', 'system')),
    CONSTRAINT ck_chat_messages_tokens CHECK (tokens_used >= 0)
);

CREATE INDEX IF NOT EXISTS idx_chat_messages_order ON chat_messages (session_id, created_at, sequence_number);

CREATE TABLE IF NOT EXISTS pipeline_executions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    pipeline_name VARCHAR(100) NOT NULL,
    input_data TEXT,
    output_data TEXT,
    status VARCHAR(20) NOT NULL,
    error_message TEXT,
    duration_ms INTEGER,
    created_at TIMESTAMP(6) NOT NULL,
    completed_at TIMESTAMP(6),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT ck_pipeline_executions_status CHECK (status IN ('running', 'completed', 'failed')),
    CONSTRAINT ck_pipeline_executions_duration CHECK (duration_ms >= 0)
);

CREATE INDEX IF NOT EXISTS idx_pipeline_executions_user ON pipeline_executions (user_id, created_at);
